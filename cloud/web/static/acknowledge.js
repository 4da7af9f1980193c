// Acknowledging in place. Without scripts the same form posts and comes back to the page.

export function acknowledgeInPlace(words, done) {
  document.addEventListener("submit", async (event) => {
    const form = event.target.closest("form[data-acknowledge]");
    if (!form) return;
    event.preventDefault();
    const button = form.querySelector("button");
    const said = button.textContent;
    button.disabled = true;
    button.textContent = words.saidSaving;
    const answer = await fetch(`/api/v1/alerts/${encodeURIComponent(form.dataset.acknowledge)}/acknowledge`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ reason: new FormData(form).get("reason") }),
    }).catch(() => null);
    if (answer?.ok) { await done(); return; }
    button.disabled = false;
    button.textContent = said;
    const failed = form.querySelector(".failed") ?? form.appendChild(Object.assign(document.createElement("p"), { className: "failed" }));
    failed.setAttribute("role", "alert");
    failed.textContent = words.saidFailed;
  });
}
