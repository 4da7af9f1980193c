// Puts freshly rendered regions of a page in place, without disturbing what somebody is doing in it.

export class Regions {
  #url;
  #busy = false;
  #again = false;

  constructor(url) {
    this.#url = url;
  }

  async refresh() {
    if (this.#busy) { this.#again = true; return; }
    this.#busy = true;
    try {
      const answer = await fetch(this.#url, { cache: "no-store" });
      if (answer.redirected || answer.status === 404) { location.reload(); return; }
      if (answer.ok) place(new DOMParser().parseFromString(await answer.text(), "text/html"));
    } catch {
      // Offline: the stream says so, and asks again when it is back.
    } finally {
      this.#busy = false;
      if (this.#again) { this.#again = false; this.refresh(); }
    }
  }
}

function place(fresh) {
  for (const region of fresh.querySelectorAll("[data-region]")) {
    const shown = document.querySelector(`[data-region="${region.dataset.region}"]`);
    if (!shown) continue;
    for (const card of region.querySelectorAll("[data-key]")) keep(card, shown);
    const hadFocus = shown.contains(document.activeElement) ? document.activeElement : null;
    const focusedCard = hadFocus?.closest("[data-key]")?.dataset.key;
    shown.replaceChildren(...region.childNodes);
    if (hadFocus && shown.contains(hadFocus)) hadFocus.focus();
    else if (focusedCard) shown.querySelector(`[data-key="${CSS.escape(focusedCard)}"] a`)?.focus();
  }
}

/** A card whose alert is as it was stays, with its open panel and half-typed note; only its ages move on. */
function keep(card, shown) {
  const old = shown.querySelector(`[data-key="${CSS.escape(card.dataset.key)}"]`);
  if (!old) return;
  if (old.dataset.version === card.dataset.version) card.replaceWith(old);
  else if (old.querySelector("details")?.open) card.querySelector("details")?.setAttribute("open", "");
}
