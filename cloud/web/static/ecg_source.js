// What the service keeps of an ECG, fetched in pieces as it is wanted: strips and beats.

import { Strips, decoded } from "./ecg_strips.js";
import { Windows } from "./ecg_windows.js";

export class Source {
  #api; #changed;
  #source = null;

  constructor(api, nowMs, changed) {
    this.#api = api;
    this.#changed = changed;
    this.strips = new Strips();
    this.windows = new Windows((from, to) => this.#loadStrips(from, to), nowMs);
    this.beats = new BeatBook((from, to) => this.#loadBeats(from, to), nowMs);
  }

  /** Fetch what is not here of a view, and forget strips with the windows they were fetched in. */
  async want(fromMs, toMs, source) {
    if (source !== this.#source) { this.#source = source; this.beats.clear(); }
    const asked = [this.windows.want(fromMs, toMs), this.beats.want(fromMs, toMs)];
    this.strips.keepWhere(({ t0, t1 }) => this.windows.holds(t0) || this.windows.holds(t1 - 1));
    await Promise.all(asked.map((one) => one.then(this.#changed)));
  }

  /** Take a strip that came by itself. */
  heard(given) {
    const strip = decoded(given);
    this.strips.add(strip);
    this.windows.heardUntil(strip.t1);
    return strip;
  }

  async #loadStrips(from, to) {
    for (const strip of (await this.#read("waveforms/ecg", { from, to })).strips) this.strips.add(decoded(strip));
  }

  async #loadBeats(from, to) {
    return this.#read("beats", { from, to, ...(this.#source && { source: this.#source }) });
  }

  async #read(what, query) {
    const answer = await fetch(`${this.#api}/${what}?${new URLSearchParams(query)}`, { cache: "no-store" });
    if (answer.status === 401 || answer.status === 404) location.reload(); // who may no longer look is shown the door
    if (!answer.ok) throw new Error(`${what}: ${answer.status}`);
    return answer.json();
  }
}

/** Beats by the window they were found in. */
class BeatBook {
  #beats = new Map(); // window -> beats
  #windows;

  constructor(load, nowMs) {
    this.#windows = new Windows(async (from, to) => { this.#beats.set(from, read(await load(from, to))); }, nowMs, { beside: 0 });
  }

  async want(fromMs, toMs) {
    await this.#windows.want(fromMs, toMs);
    const held = new Set(this.#windows.held);
    for (const start of this.#beats.keys()) if (!held.has(start)) this.#beats.delete(start);
  }

  clear() {
    this.#beats.clear();
    this.#windows.clear();
  }

  between(fromMs, toMs) {
    return [...this.#beats.keys()].sort((a, b) => a - b).flatMap((start) => this.#beats.get(start).filter(({ t }) => t >= fromMs && t < toMs));
  }
}

function read({ t_ms: times, rr_ms: rr, early, other, median_mv: mv, median_rate_hz: rateHz, median_r_at_s: rAtS }) {
  const usual = { mv, rateHz, rAtS };
  return times.map((t, i) => ({ t, rr: rr[i], sign: sign(early[i], other[i]), usual }));
}

function sign(isEarly, isOther) {
  if (isEarly === null || isOther === null) return "unknown";
  return [isEarly && "early", isOther && "other"].filter(Boolean).join("-") || "usual";
}
