// Millimetre paper on two canvases: the grid below, the trace above. All drawing of ECG in a browser is here.

import { JOINED_STEPS, missing } from "./ecg_strips.js";

const TRACE_PX = 1.6;
const HATCH_PX = 10;
const BACK_MS = 60;

export class Paper {
  #element; #grid; #onLayOut;
  #ink = {};

  /** Takes an element with `canvas.grid` and `canvas.trace`; calls back when its size or its colours changed. */
  constructor(element, onLayOut) {
    this.#element = element;
    this.#onLayOut = onLayOut;
    [this.#grid, this.pen] = ["grid", "trace"].map((name) => element.querySelector(`.${name}`).getContext("2d"));
    this.size = { width: 0, height: 0 };
    this.pxPerMm = 0;
    new ResizeObserver(() => this.#layOut()).observe(element);
    for (const query of ["(prefers-color-scheme: dark)", "print"]) matchMedia(query).addEventListener("change", () => this.#layOut());
  }

  /** Rule the paper in millimetres, every fifth line bold. */
  rule(pxPerMm) {
    this.pxPerMm = pxPerMm;
    const { width, height } = this.size;
    this.#grid.clearRect(0, 0, width, height);
    for (const [every, ink] of [[1, "grid"], [5, "grid-bold"]]) {
      this.#grid.strokeStyle = this.#ink[ink];
      this.#grid.lineWidth = 1;
      this.#grid.beginPath();
      for (let at = 0; at * pxPerMm < Math.max(width, height); at += every) {
        const px = Math.round(at * pxPerMm) + 0.5;
        this.#grid.moveTo(px, 0); this.#grid.lineTo(px, height);
        this.#grid.moveTo(0, px); this.#grid.lineTo(width, px);
      }
      this.#grid.stroke();
    }
  }

  ink(name) {
    return this.#ink[name];
  }

  clear(from = 0, to = this.size.width) {
    this.pen.clearRect(from, 0, to - from, this.size.height);
  }

  /** Draw what there is between two moments and hatch what is missing: `x` and `y` place a time and a voltage. */
  signal(strips, fromMs, toMs, x, y) {
    this.#trace(strips, fromMs, toMs, x, y);
    // What is drawn may be a frame's worth, too short to tell by itself that something is missing.
    for (const [from, to] of missing(strips, fromMs - BACK_MS, toMs)) if (to > fromMs) this.hatch(x(Math.max(from, fromMs)), x(to));
  }

  /** No line over what is missing. */
  #trace(strips, fromMs, toMs, x, y) {
    const pen = this.pen;
    pen.save();
    pen.beginPath(); pen.rect(x(fromMs) - 2, 0, x(toMs) - x(fromMs) + 2, this.size.height); pen.clip();
    pen.strokeStyle = this.#ink.trace;
    pen.lineWidth = TRACE_PX;
    pen.lineJoin = "round";
    pen.beginPath();
    let last = -Infinity;
    for (const { t0, step, counts, scale, offset } of strips) {
      const first = Math.max(0, Math.floor((fromMs - t0) / step) - 2);
      const stop = Math.min(counts.length, Math.ceil((toMs - t0) / step) + 2);
      for (let i = first; i < stop; i += 1) {
        const t = t0 + i * step;
        const place = y(counts[i] * scale + offset);
        if (t - last > JOINED_STEPS * step) pen.moveTo(x(t), place); else pen.lineTo(x(t), place);
        last = t;
      }
    }
    pen.stroke();
    pen.restore();
  }

  /** A curve of its own, dashed: values, from where, how far apart. */
  dashed(values, fromPx, stepPx, y, ink) {
    const pen = this.pen;
    pen.save();
    pen.strokeStyle = this.#ink[ink];
    pen.lineWidth = TRACE_PX;
    pen.setLineDash([4, 3]);
    pen.beginPath();
    values.forEach((value, i) => pen.lineTo(fromPx + i * stepPx, y(value)));
    pen.stroke();
    pen.restore();
  }

  /** Its own paths: the trace around it may be half drawn. */
  hatch(from, to) {
    const { height } = this.size;
    const pen = this.pen;
    const area = new Path2D();
    const lines = new Path2D();
    area.rect(from, 0, to - from, height);
    for (let at = Math.floor((from - height) / HATCH_PX) * HATCH_PX; at < to; at += HATCH_PX) { lines.moveTo(at, height); lines.lineTo(at + height, 0); }
    pen.save();
    pen.clip(area);
    pen.strokeStyle = this.#ink["grid-bold"];
    pen.lineWidth = 2;
    pen.stroke(lines);
    pen.restore();
  }

  /** Signs are drawn in millimetres, as the legend's are. */
  sign(path, x, ink, isHollow) {
    const pen = this.pen;
    pen.save();
    pen.translate(x, 2);
    pen.scale(this.pxPerMm, this.pxPerMm);
    pen.fillStyle = pen.strokeStyle = this.#ink[ink];
    pen.lineWidth = 0.5;
    if (isHollow) pen.stroke(path); else pen.fill(path);
    pen.restore();
  }

  text(words, x, y, { align = "center", ink = "text-soft" } = {}) {
    const pen = this.pen;
    pen.font = `12px ${this.#ink.fonts}`;
    pen.textAlign = align;
    pen.fillStyle = this.#ink[ink];
    pen.fillText(words, x, y);
  }

  #layOut() {
    const { clientWidth: width, clientHeight: height } = this.#element;
    if (!width || !height) return;
    this.size = { width, height };
    for (const context of [this.#grid, this.pen]) {
      context.canvas.width = Math.round(width * devicePixelRatio);
      context.canvas.height = Math.round(height * devicePixelRatio);
      context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    }
    const style = getComputedStyle(this.#element);
    this.#ink = Object.fromEntries(["trace", "grid", "grid-bold", "text", "text-soft", "accent", "fonts"].map((name) => [name, style.getPropertyValue(`--${name}`)]));
    this.#onLayOut();
  }
}

/** Calls back in each frame while an element can be seen, and not at all otherwise. */
export function whileSeen(element, frame) {
  let asked = 0;
  const next = (at) => { asked = requestAnimationFrame(next); frame(at); };
  new IntersectionObserver(([{ isIntersecting }]) => {
    cancelAnimationFrame(asked);
    asked = isIntersecting ? requestAnimationFrame(next) : 0;
  }).observe(element);
}
