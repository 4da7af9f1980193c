// Two calipers on a time axis: what lies between them, and how they are moved. Pure.

const LONGEST_RATE_MS = 6_000; // ten a minute: less than that is no heart rate

export class Calipers {
  constructor(aMs, bMs) {
    Object.assign(this, { aMs, bMs });
    Object.freeze(this);
  }

  /** Two thirds of a view apart from each other, or on two beats that follow one another. */
  static within(fromMs, toMs, peaks = []) {
    const shown = peaks.filter((t) => t > fromMs && t < toMs);
    const first = Math.max(0, Math.floor(shown.length / 2) - 1);
    if (shown.length > 1) return new Calipers(shown[first], shown[first + 1]);
    return new Calipers(fromMs + (toMs - fromMs) / 3, fromMs + (2 * (toMs - fromMs)) / 3);
  }

  /** As an address holds them. */
  static read(text) {
    const found = /^(\d{1,15})-(\d{1,15})$/.exec(text ?? "");
    return found ? new Calipers(Number(found[1]), Number(found[2])) : null;
  }

  toString() {
    return `${Math.round(this.aMs)}-${Math.round(this.bMs)}`;
  }

  get ms() {
    return Math.abs(this.bMs - this.aMs);
  }

  /** The rate of beats so far apart; null where that is no rate of a heart. */
  get perMin() {
    return this.ms > 0 && this.ms <= LONGEST_RATE_MS ? 60_000 / this.ms : null;
  }

  moved(which, t) {
    return which === "a" ? new Calipers(t, this.bMs) : new Calipers(this.aMs, t);
  }

  at(which) {
    return which === "a" ? this.aMs : this.bMs;
  }
}

/** The beat nearest to a moment; the moment itself without any. */
export function nearest(peaks, t) {
  return peaks.reduce((best, each) => (best === null || Math.abs(each - t) < Math.abs(best - t) ? each : best), null) ?? t;
}
