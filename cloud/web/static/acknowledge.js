// Acknowledging in place. Without scripts the same form posts and comes back to the page.
// Who was not first is told who was; who is signed out meanwhile is offered the answer again once signed in.

export function acknowledgeInPlace(words, done) {
  document.addEventListener("submit", async (event) => {
    const form = event.target.closest("form[data-acknowledge]");
    if (!form) return;
    event.preventDefault();
    const button = form.querySelector("button");
    const said = button.textContent;
    const page = `/alerts/${encodeURIComponent(form.dataset.acknowledge)}`;
    const reason = new FormData(form).get("reason");
    button.disabled = true;
    button.textContent = words.saidSaving;
    const answer = await fetch(`/api/v1${page}/acknowledge`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ reason }),
    }).catch(() => null);
    if (answer?.ok) {
      if ((await answer.json()).is_first) await done();
      else location.assign(`${page}?answered=late`);
      return;
    }
    if (answer?.status === 401) { location.assign(`${page}?answer=${encodeURIComponent(reason)}`); return; }
    button.disabled = false;
    button.textContent = said;
    const failed = form.querySelector(".failed") ?? form.appendChild(Object.assign(document.createElement("p"), { className: "failed" }));
    failed.setAttribute("role", "alert");
    failed.textContent = words.saidFailed;
  });
}
