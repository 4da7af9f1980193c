// The moving ECG: 25 mm/s and 10 mm/mV on millimetre paper, swept left to right as on a bedside monitor.
// It plays a little behind the newest sample, so that strips arriving in pieces still move smoothly.

import { Paper, whileSeen } from "./ecg_paper.js";
import { Scale } from "./ecg_scale.js";
import { Strips, decoded } from "./ecg_strips.js";

const BASELINE = 0.6; // share of the height: room for 3 mV above and 2 mV below
const WIPE_PX = 28;
const KEPT_MS = 40_000;
const SPARE_MS = 600;
const STARVED_MS = 3_000;
const FAR_BEHIND_MS = 15_000;
const CALM_STEP_MS = 2_000;
const FRAME_MS = 30; // thirty frames a second are smooth at 25 mm/s, at half the cost of sixty

export class MovingTrace {
  #paper; #clock; #say;
  #strips = new Strips();
  #scale = new Scale();
  #playMs = null;
  #drawnMs = null;
  #frameAt = 0;
  #starvedMs = 0;
  #stepMs = 0;

  constructor(paper, clock, say) {
    this.#clock = clock;
    this.#say = say;
    this.#paper = new Paper(paper, () => this.#layOut());
    const calm = matchMedia("(prefers-reduced-motion: reduce)");
    whileSeen(paper, (at) => { if (at - this.#frameAt >= FRAME_MS) this.#advance(at, calm.matches); });
  }

  /** Take a strip as the API and the stream give it. */
  add(given) {
    const strip = decoded(given);
    if (!this.#strips.add(strip)) return;
    const newest = this.#strips.newest;
    if (this.#strips.oldest.t1 < newest.t1 - KEPT_MS) this.#strips.keepWhere(({ t1 }) => t1 > newest.t1 - KEPT_MS);
    if (this.#playMs !== null && strip.t1 <= this.#drawnMs && strip === newest) this.#restart();
  }

  get bytes() {
    return this.#strips.bytes;
  }

  #advance(at, calm) {
    const elapsed = Math.min(at - this.#frameAt, 1000) * this.#clock.speed;
    this.#frameAt = at;
    const newest = this.#strips.newest;
    if (!newest || !this.#paper.size.width) return;
    if (this.#playMs === null) this.#restart();
    this.#move(elapsed, newest);
    this.#stepMs += elapsed;
    if (calm && this.#stepMs < CALM_STEP_MS * this.#clock.speed) return;
    this.#stepMs = 0;
    if (this.#playMs > this.#drawnMs) this.#draw(this.#drawnMs, this.#playMs);
    this.#say(this.#starvedMs > STARVED_MS ? null : Math.max(0, this.#clock.nowMs() - this.#playMs));
  }

  #move(elapsed, newest) {
    const waiting = newest.t1 - this.#playMs;
    const wanted = newest.t1 - newest.t0 + SPARE_MS * this.#clock.speed;
    if (waiting > wanted + FAR_BEHIND_MS * this.#clock.speed) { this.#restart(); return; }
    if (waiting <= 0) {
      this.#starvedMs += elapsed / this.#clock.speed;
      if (this.#starvedMs > STARVED_MS) this.#playMs += elapsed; // go on, over hatched paper
      return;
    }
    this.#starvedMs = 0;
    const haste = Math.min(0.25, Math.max(-0.1, (waiting - wanted) / (10_000 * this.#clock.speed)));
    this.#playMs = Math.min(newest.t1, this.#playMs + elapsed * (1 + haste));
  }

  #restart() {
    const newest = this.#strips.newest;
    this.#playMs = newest.t1 - (newest.t1 - newest.t0) - SPARE_MS * this.#clock.speed;
    this.#starvedMs = 0;
    this.#redraw();
  }

  #layOut() {
    this.#paper.rule(this.#scale.pxPerMm);
    if (this.#playMs !== null) this.#redraw();
  }

  #redraw() {
    this.#paper.clear();
    this.#draw(this.#playMs - this.#scale.spanMs(this.#paper.size.width - WIPE_PX), this.#playMs);
  }

  #draw(fromMs, toMs) {
    const sweepMs = this.#scale.spanMs(this.#paper.size.width);
    let sweep = Math.floor(fromMs / sweepMs);
    for (let start = fromMs; start < toMs; sweep += 1) {
      const end = Math.min(toMs, (sweep + 1) * sweepMs);
      if (end > start) this.#drawWithin(sweep * sweepMs, start, end);
      start = Math.max(start, end);
    }
    this.#drawnMs = toMs;
  }

  #drawWithin(sweepStart, fromMs, toMs) {
    const { width, height } = this.#paper.size;
    const x = (t) => (t - sweepStart) * this.#scale.pxPerMs;
    const wiped = x(toMs) + WIPE_PX;
    this.#paper.clear(x(fromMs), wiped);
    if (wiped > width) this.#paper.clear(0, wiped - width);
    const some = this.#strips.between(fromMs - 100, toMs + 100);
    this.#paper.signal(some, fromMs, toMs, x, (mv) => height * BASELINE - mv * this.#scale.pxPerMv);
  }
}
