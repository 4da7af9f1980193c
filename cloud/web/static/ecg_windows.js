// Which minutes of hours are here, which are on their way and which failed: what is shown and its neighbours are fetched.

export const WINDOW_MS = 60_000;
const KEPT = 16; // windows: at 250 Hz half a megabyte of samples
const RETRY_MS = 5_000;
const STALE_MS = 5_000;

/** The beginnings of the windows that a stretch of time touches, and of one more on each side. */
export function windowsOf(fromMs, toMs, beside) {
  const first = Math.floor(fromMs / WINDOW_MS) - beside;
  const last = Math.ceil(toMs / WINDOW_MS) - 1 + beside;
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => (first + i) * WINDOW_MS).filter((start) => start >= 0);
}

export class Windows {
  #held = new Map(); // beginning -> { state, at: when that became so, until: up to when it is known }
  #load;
  #nowMs;
  #wallMs;
  #beside;

  /** `load(fromMs, toMs)` fetches and resolves when what it fetched is in place; `nowMs()` is the service's time. */
  constructor(load, nowMs, { wallMs = () => performance.now(), beside = 1 } = {}) {
    this.#load = load;
    this.#beside = beside;
    this.#nowMs = nowMs;
    this.#wallMs = wallMs;
  }

  /** Fetch what is not here of what is shown, first, and of what lies beside it. */
  want(fromMs, toMs) {
    const shown = windowsOf(fromMs, toMs, 0);
    const all = [...shown, ...windowsOf(fromMs, toMs, this.#beside).filter((start) => !shown.includes(start))];
    const asked = all.filter((start) => start < this.#nowMs() && this.#isDue(start)).map((start) => this.#fetch(start));
    this.#forget(all);
    return Promise.all(asked);
  }

  /** How a moment stands: loaded, loading, failed, absent (nobody asked yet) or ahead (it is still to come). */
  state(t) {
    const held = this.#held.get(Math.floor(t / WINDOW_MS) * WINDOW_MS);
    if (held && t < held.until) return "loaded";
    if (t >= this.#nowMs()) return "ahead";
    return held?.state ?? "absent";
  }

  /** Stretches of from..to that are known to be here. */
  known(fromMs, toMs) {
    const found = [];
    for (const start of windowsOf(fromMs, toMs, 0)) {
      const [from, to] = [Math.max(start, fromMs), Math.min(this.#held.get(start)?.until ?? start, start + WINDOW_MS, toMs)];
      if (to <= from) continue;
      if (found.at(-1)?.[1] === from) found.at(-1)[1] = to; else found.push([from, to]);
    }
    return found;
  }

  /** What came by itself up to a moment is known as well, where its beginning is. */
  heardUntil(t) {
    const held = this.#held.get(Math.floor((t - 1) / WINDOW_MS) * WINDOW_MS);
    if (held) Object.assign(held, { until: Math.max(held.until, t), at: this.#wallMs() });
    else if (this.state(t - WINDOW_MS) === "loaded") this.#held.set(Math.floor((t - 1) / WINDOW_MS) * WINDOW_MS, { state: "loaded", at: this.#wallMs(), until: t });
  }

  /** Forget all, as when something else is asked for from now on. */
  clear() {
    this.#held.clear();
  }

  /** Whether the window of a moment is here or on its way. */
  holds(t) {
    return this.#held.has(Math.floor(t / WINDOW_MS) * WINDOW_MS);
  }

  get held() {
    return [...this.#held.keys()];
  }

  #isDue(start) {
    const held = this.#held.get(start);
    if (!held) return true;
    if (held.state === "loading") return false;
    const ageMs = this.#wallMs() - held.at;
    if (held.state === "failed") return ageMs > RETRY_MS;
    return held.until < Math.min(start + WINDOW_MS, this.#nowMs()) && ageMs > STALE_MS;
  }

  async #fetch(start) {
    const until = this.#held.get(start)?.until ?? start;
    const mine = { state: "loading", at: this.#wallMs(), until };
    this.#held.set(start, mine);
    const now = this.#nowMs();
    try {
      await this.#load(start, start + WINDOW_MS);
      Object.assign(mine, { state: "loaded", until: Math.max(mine.until, Math.min(start + WINDOW_MS, now)) });
    } catch {
      mine.state = "failed";
    }
    mine.at = this.#wallMs();
  }

  /** Keep the latest asked for: a Map keeps the order in which they came. */
  #forget(wanted) {
    for (const start of wanted) {
      const held = this.#held.get(start);
      if (held) { this.#held.delete(start); this.#held.set(start, held); }
    }
    for (const start of this.#held.keys()) {
      if (this.#held.size <= KEPT) return;
      if (this.#held.get(start).state !== "loading" && !wanted.includes(start)) this.#held.delete(start);
    }
  }
}
