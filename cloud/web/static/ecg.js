// The moving ECG: 25 mm/s and 10 mm/mV on millimetre paper, swept left to right as on a bedside monitor.
// It plays a little behind the newest sample, so that strips arriving in pieces still move smoothly.

const PX_PER_MM = 96 / 25.4;
const PX_PER_MS = (25 * PX_PER_MM) / 1000;
const PX_PER_MV = 10 * PX_PER_MM;
const BASELINE = 0.6; // share of the height: room for 3 mV above and 2 mV below
const WIPE_PX = 28;
const KEPT_MS = 40_000;
const SPARE_MS = 600;
const STARVED_MS = 3_000;
const FAR_BEHIND_MS = 15_000;
const CALM_STEP_MS = 2_000;

export class MovingTrace {
  #paper; #grid; #trace; #clock; #say;
  #strips = [];
  #playMs = null;
  #drawnMs = null;
  #frameAt = 0;
  #starvedMs = 0;
  #stepMs = 0;
  #size = { width: 0, height: 0 };
  #ink = {};

  constructor(paper, clock, say) {
    this.#paper = paper;
    this.#clock = clock;
    this.#say = say;
    [this.#grid, this.#trace] = ["grid", "trace"].map((name) => paper.querySelector(`.${name}`).getContext("2d"));
    new ResizeObserver(() => this.#layOut()).observe(paper);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#layOut());
    const calm = matchMedia("(prefers-reduced-motion: reduce)");
    const frame = (at) => { this.#advance(at, calm.matches); requestAnimationFrame(frame); };
    requestAnimationFrame(frame);
  }

  /** Take a strip as the API and the stream give it. */
  add({ t0_ms: t0, rate_hz: rate, scale, offset, samples }) {
    const bytes = Uint8Array.from(atob(samples), (char) => char.charCodeAt(0));
    const view = new DataView(bytes.buffer);
    const mv = Float32Array.from({ length: bytes.length >> 1 }, (_, i) => view.getInt16(2 * i, true) * scale + offset);
    const strip = { t0, t1: t0 + (mv.length * 1000) / rate, step: 1000 / rate, mv };
    const after = this.#strips.findIndex((each) => each.t0 >= t0);
    if (after >= 0 && this.#strips[after].t0 === t0) return;
    this.#strips.splice(after < 0 ? this.#strips.length : after, 0, strip);
    const oldest = this.#strips.at(-1).t1 - KEPT_MS;
    while (this.#strips[0].t1 < oldest) this.#strips.shift();
    if (this.#playMs !== null && strip.t1 <= this.#drawnMs && strip === this.#strips.at(-1)) this.#restart();
  }

  #advance(at, calm) {
    const elapsed = Math.min(at - this.#frameAt, 1000) * this.#clock.speed;
    this.#frameAt = at;
    const newest = this.#strips.at(-1);
    if (!newest || !this.#size.width) return;
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
    const newest = this.#strips.at(-1);
    this.#playMs = newest.t1 - (newest.t1 - newest.t0) - SPARE_MS * this.#clock.speed;
    this.#starvedMs = 0;
    this.#redraw();
  }

  #layOut() {
    const { clientWidth: width, clientHeight: height } = this.#paper;
    this.#size = { width, height };
    for (const context of [this.#grid, this.#trace]) {
      context.canvas.width = Math.round(width * devicePixelRatio);
      context.canvas.height = Math.round(height * devicePixelRatio);
      context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    }
    const style = getComputedStyle(this.#paper);
    this.#ink = Object.fromEntries(["trace", "grid", "grid-bold"].map((name) => [name, style.getPropertyValue(`--${name}`)]));
    this.#rule();
    if (this.#playMs !== null) this.#redraw();
  }

  #rule() {
    const { width, height } = this.#size;
    for (const [every, ink] of [[1, this.#ink.grid], [5, this.#ink["grid-bold"]]]) {
      this.#grid.strokeStyle = ink;
      this.#grid.lineWidth = 1;
      this.#grid.beginPath();
      for (let at = 0; at * PX_PER_MM < Math.max(width, height); at += every) {
        const px = Math.round(at * PX_PER_MM) + 0.5;
        this.#grid.moveTo(px, 0); this.#grid.lineTo(px, height);
        this.#grid.moveTo(0, px); this.#grid.lineTo(width, px);
      }
      this.#grid.stroke();
    }
  }

  #redraw() {
    const { width, height } = this.#size;
    this.#trace.clearRect(0, 0, width, height);
    this.#draw(this.#playMs - (width - WIPE_PX) / PX_PER_MS, this.#playMs);
  }

  #draw(fromMs, toMs) {
    const sweepMs = this.#size.width / PX_PER_MS;
    let sweep = Math.floor(fromMs / sweepMs);
    for (let start = fromMs; start < toMs; sweep += 1) {
      const end = Math.min(toMs, (sweep + 1) * sweepMs);
      if (end > start) this.#drawWithin(sweep * sweepMs, start, end);
      start = Math.max(start, end);
    }
    this.#drawnMs = toMs;
  }

  #drawWithin(sweepStart, fromMs, toMs) {
    const { width, height } = this.#size;
    const x = (t) => (t - sweepStart) * PX_PER_MS;
    const pen = this.#trace;
    const wiped = x(toMs) + WIPE_PX;
    pen.clearRect(x(fromMs), 0, wiped - x(fromMs), height);
    if (wiped > width) pen.clearRect(0, 0, wiped - width, height);
    pen.save();
    pen.beginPath(); pen.rect(x(fromMs) - 2, 0, x(toMs) - x(fromMs) + 2, height); pen.clip();
    pen.strokeStyle = this.#ink.trace;
    pen.lineWidth = 1.6;
    pen.lineJoin = "round";
    pen.beginPath();
    let covered = fromMs;
    let last = -Infinity;
    for (const strip of this.#strips) {
      if (strip.t1 + strip.step < fromMs || strip.t0 > toMs) { if (strip.t0 <= toMs) last = strip.t1 - strip.step; continue; }
      if (strip.t0 - covered > 3 * strip.step) this.#hatch(x(covered), x(strip.t0));
      covered = Math.max(covered, strip.t1);
      const first = Math.max(0, Math.floor((fromMs - strip.t0) / strip.step) - 2);
      const stop = Math.min(strip.mv.length, Math.ceil((toMs - strip.t0) / strip.step) + 2);
      for (let i = first; i < stop; i += 1) {
        const t = strip.t0 + i * strip.step;
        const y = height * BASELINE - strip.mv[i] * PX_PER_MV;
        if (t - last > 3 * strip.step) pen.moveTo(x(t), y); else pen.lineTo(x(t), y);
        last = t;
      }
    }
    pen.stroke();
    if (toMs - covered > 30) this.#hatch(x(covered), x(toMs));
    pen.restore();
  }

  /** Its own paths: the trace around it may be half drawn. */
  #hatch(from, to) {
    const { height } = this.#size;
    const pen = this.#trace;
    const area = new Path2D();
    const lines = new Path2D();
    area.rect(from, 0, to - from, height);
    for (let at = Math.floor((from - height) / 10) * 10; at < to; at += 10) { lines.moveTo(at, height); lines.lineTo(at + height, 0); }
    pen.save();
    pen.clip(area);
    pen.strokeStyle = this.#ink["grid-bold"];
    pen.lineWidth = 2;
    pen.stroke(lines);
    pen.restore();
  }
}
