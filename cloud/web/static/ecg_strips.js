// Strips of ECG as typed arrays, by time: what there is between two moments, and what is missing. Pure.

export const JOINED_STEPS = 3; // so many steps may lie between two strips that are one signal
const LEAST_MISSING_MS = 30;

/** A strip as the API and the stream give it. Samples stay int16: a minute at 250 Hz is 30 kB. */
export function decoded({ t0_ms: t0, rate_hz: rate, scale, offset, samples, device = "", lead = "" }) {
  const text = atob(samples);
  const bytes = new Uint8Array(text.length & ~1);
  for (let i = 0; i < bytes.length; i += 1) bytes[i] = text.charCodeAt(i);
  const step = 1000 / rate;
  const counts = littleEndian(bytes);
  return { t0, t1: t0 + counts.length * step, step, counts, scale, offset, source: `${device}.${lead}`, lead };
}

function littleEndian(bytes) {
  if (new Uint8Array(new Uint16Array([1]).buffer)[0] === 1) return new Int16Array(bytes.buffer);
  const view = new DataView(bytes.buffer);
  return Int16Array.from({ length: bytes.length >> 1 }, (_, i) => view.getInt16(2 * i, true));
}

/** What is missing between two moments, as [from, to]. */
export function missing(strips, fromMs, toMs) {
  const found = [];
  let covered = fromMs;
  for (const strip of strips) {
    if (strip.t1 <= fromMs || strip.t0 >= toMs) continue;
    if (strip.t0 - covered > Math.max(JOINED_STEPS * strip.step, LEAST_MISSING_MS)) found.push([covered, strip.t0]);
    covered = Math.max(covered, strip.t1);
  }
  if (toMs - covered > LEAST_MISSING_MS) found.push([covered, toMs]);
  return found;
}

export class Strips {
  #strips = []; // by beginning
  #longestMs = 0;

  /** Put a strip in its place; the same beginning of the same source is the same strip. */
  add(strip) {
    const at = this.#after(strip.t0);
    for (let i = at - 1; i >= 0 && this.#strips[i].t0 === strip.t0; i -= 1) if (this.#strips[i].source === strip.source) return false;
    this.#strips.splice(at, 0, strip);
    this.#longestMs = Math.max(this.#longestMs, strip.t1 - strip.t0);
    return true;
  }

  /** Those that overlap a stretch of time, of one source or of any. */
  between(fromMs, toMs, source = null) {
    const found = [];
    for (let i = this.#after(fromMs - this.#longestMs - 1); i < this.#strips.length && this.#strips[i].t0 < toMs; i += 1) {
      const strip = this.#strips[i];
      if (strip.t1 > fromMs && (source === null || strip.source === source)) found.push(strip);
    }
    return found;
  }

  /** By what something was measured between two moments, the one there is most of first. */
  sources(fromMs, toMs) {
    const lengths = new Map();
    for (const strip of this.between(fromMs, toMs)) lengths.set(strip.source, (lengths.get(strip.source) ?? 0) + strip.t1 - strip.t0);
    return [...lengths].sort(([a, long], [b, longer]) => longer - long || (a < b ? -1 : 1)).map(([source]) => source);
  }

  /** Forget all but those of which something is true. */
  keepWhere(isKept) {
    this.#strips = this.#strips.filter(isKept);
  }

  get newest() {
    return this.#strips.at(-1);
  }

  get oldest() {
    return this.#strips[0];
  }

  get bytes() {
    return this.#strips.reduce((sum, { counts }) => sum + counts.byteLength, 0);
  }

  /** The place of the first strip that begins later. */
  #after(t) {
    let [low, high] = [0, this.#strips.length];
    while (low < high) {
      const mid = (low + high) >> 1;
      if (this.#strips[mid].t0 <= t) low = mid + 1; else high = mid;
    }
    return low;
  }
}
