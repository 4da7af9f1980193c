// Says what came while nobody listened: the alerts that stand on the page now and did not before.

export class Missed {
  #before = null;
  #words;

  constructor(words) {
    this.#words = words;
  }

  /** The connection is lost: what stands here is what was known. */
  lost() {
    this.#before ??= new Set(shown().keys());
  }

  /** It is back, and the page is up to date again. */
  back() {
    if (this.#before === null) return;
    const fresh = [...shown()].filter(([href]) => !this.#before.has(href)).map(([, text]) => text);
    this.#before = null;
    say(fresh.length ? this.#words.saidMissed.replace("{what}", fresh.join(" · ")) : this.#words.saidNothingMissed);
  }
}

function shown() {
  const links = document.querySelectorAll('main a[href^="/alerts/"]');
  return new Map([...links].map((link) => [link.getAttribute("href"), (link.querySelector(".inbox-what") ?? link).textContent.trim().replace(/\s+/g, " ")]));
}

function say(text) {
  const main = document.getElementById("main");
  const place = document.getElementById("missed") ?? Object.assign(document.createElement("p"), { id: "missed", className: "notice" });
  place.setAttribute("role", "status");
  if (!place.isConnected) main.prepend(place);
  place.textContent = text;
}
