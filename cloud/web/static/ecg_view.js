// One view of stored ECG: a stretch of paper with its trace, beats, episodes and calipers, drawn when something changed.

import { Paper } from "./ecg_paper.js";
import { middle } from "./ecg_scale.js";
import { missing } from "./ecg_strips.js";

const BASELINE = 0.6; // share of the height
const LEVEL_KEPT_MV = 0.3; // the trace stays where it is on the paper until its middle is this far off
const LEAST_RR_PX = 44;
const EDGE_PX = 2;

export class View {
  #paper; #asked = 0; #source; #shown;
  #levelMv = null;

  /** `source` gives strips, windows and beats; `shown` is told of each drawing what can be said of it. */
  constructor(element, source, signs, shown) {
    this.#source = source;
    this.#shown = shown;
    this.signs = signs; // Path2D by name
    this.state = null;
    this.episodes = [];
    this.#paper = new Paper(element, () => this.#ruled());
  }

  get widthPx() {
    return this.#paper.size.width;
  }

  get spanMs() {
    return this.state.scale.spanMs(this.widthPx);
  }

  x(t) {
    return (t - this.state.atMs) * this.state.scale.pxPerMs;
  }

  t(x) {
    return this.state.atMs + x / this.state.scale.pxPerMs;
  }

  /** Show another state; it is drawn with the next frame, once. */
  show(state) {
    const isRuled = state.scale.pxPerMm === this.#paper.pxPerMm;
    this.state = state;
    if (isRuled) this.again(); else this.#ruled();
  }

  again() {
    if (!this.state || !this.widthPx) return;
    this.#asked ||= requestAnimationFrame(() => { this.#asked = 0; this.#draw(); });
  }

  #ruled() {
    if (!this.state || !this.widthPx) return;
    this.#paper.rule(this.state.scale.pxPerMm);
    this.again();
  }

  #draw() {
    const { atMs, scale, source, usual } = this.state;
    const toMs = atMs + this.spanMs;
    const strips = this.#source.strips.between(atMs - 100, toMs + 100, source);
    const level = this.#level(strips, atMs, toMs);
    const base = this.#baseline(level);
    const y = (mv) => base - (mv - level.middle) * scale.pxPerMv;
    const known = this.#source.windows.known(atMs, toMs);
    this.#paper.clear();
    for (const [from, to] of known) this.#paper.signal(strips, from, to, (t) => this.x(t), y);
    const beats = this.#source.beats.between(atMs, toMs);
    if (usual) this.#drawUsual(beats, strips, y);
    this.#drawBeats(beats);
    this.#drawEpisodes(atMs, toMs);
    this.#shown({
      toMs,
      beats,
      isEmpty: known.length > 0 && !strips.length,
      isPartial: known.some(([from, to]) => missing(strips, from, to).length),
      isTaller: level.high !== null && (y(level.high) < 0 || y(level.low) > this.#paper.size.height),
      states: new Set([atMs, (atMs + toMs) / 2, toMs - 1].map((t) => this.#source.windows.state(t))),
    });
  }

  /** Where on the paper the middle lies: moved up or down if that shows all of a tall trace. */
  #baseline({ middle: at, low, high }) {
    const { height } = this.#paper.size;
    const usual = height * BASELINE;
    if (high === null) return usual;
    const [least, most] = [(high - at) * this.state.scale.pxPerMv + EDGE_PX, height + (low - at) * this.state.scale.pxPerMv - EDGE_PX];
    return least > most ? usual : Math.min(Math.max(usual, least), most);
  }

  /** Where the middle of what is shown lies, and its extremes. */
  #level(strips, fromMs, toMs) {
    let [low, high] = [Infinity, -Infinity];
    const values = [];
    for (const { t0, step, counts, scale, offset } of strips) {
      const stop = Math.min(counts.length, Math.ceil((toMs - t0) / step));
      for (let i = Math.max(0, Math.ceil((fromMs - t0) / step)); i < stop; i += 1) {
        const mv = counts[i] * scale + offset;
        low = Math.min(low, mv);
        high = Math.max(high, mv);
        if (i % 8 === 0) values.push(mv);
      }
    }
    const found = middle(values);
    if (found !== null && (this.#levelMv === null || Math.abs(found - this.#levelMv) > LEVEL_KEPT_MV)) this.#levelMv = found;
    return { middle: this.#levelMv ?? 0, low, high: found === null ? null : high };
  }

  #drawBeats(beats) {
    for (const { t, rr, sign } of beats) {
      const [x, rrPx] = [this.x(t), (rr ?? 0) * this.state.scale.pxPerMs];
      this.#paper.sign(this.signs[sign], x, sign === "usual" || sign === "unknown" ? "text-soft" : "text", sign === "unknown");
      if (rrPx > LEAST_RR_PX && x - rrPx > -rrPx / 2) this.#paper.text(Math.round(rr), x - rrPx / 2, 14);
    }
  }

  /** The usual beat over each beat, lifted to where the trace is. */
  #drawUsual(beats, strips, y) {
    for (const { t, usual } of beats) {
      if (!usual.mv.length) continue;
      const step = 1000 / usual.rateHz;
      const from = t - usual.rAtS * 1000;
      const lift = middle(usual.mv.map((mv, i) => valueAt(strips, from + i * step) - mv).filter(Number.isFinite));
      if (lift !== null) this.#paper.dashed(usual.mv, this.x(from), step * this.state.scale.pxPerMs, (mv) => y(mv + lift), "accent");
    }
  }

  #drawEpisodes(fromMs, toMs) {
    const { height } = this.#paper.size;
    const pen = this.#paper.pen;
    let row = 0;
    for (const { from, to, title } of this.episodes) {
      if (from >= toMs || to <= fromMs) continue;
      const [left, right, at] = [Math.max(0, this.x(from)), Math.min(this.widthPx, this.x(to)), height - 6 - 20 * row];
      pen.strokeStyle = this.#paper.ink("text-soft");
      pen.lineWidth = 3;
      pen.beginPath(); pen.moveTo(left, at); pen.lineTo(right, at); pen.stroke();
      this.#paper.text(title, left + 4, at - 6, { align: "left", ink: "text" });
      row += 1;
    }
  }
}

function valueAt(strips, t) {
  const strip = strips.find(({ t0, t1 }) => t >= t0 && t < t1);
  return strip ? strip.counts[Math.floor((t - strip.t0) / strip.step)] * strip.scale + strip.offset : NaN;
}
