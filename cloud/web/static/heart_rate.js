// The heart-rate tile: value, age, trend and at most the last quarter of an hour. Old values fade; gaps stay gaps.

import { age } from "./ages.js";

const MINUTE = 60_000;
const PERIODS_MS = [2 * MINUTE, 5 * MINUTE, 15 * MINUTE]; // the shortest that holds what there is is drawn
const KEPT_MS = PERIODS_MS.at(-1);
const GAP_MS = 15_000;
const STALE_MS = 15_000;
const STEADY = 5;
const LEAST_SPAN = 20;
const BOX = { width: 300, height: 72, margin: 4 };
const TRENDS = { rising: "M6 18 18 6M9 6h9v9", steady: "M3 12h18M14 5l7 7-7 7", falling: "M6 6l12 12M18 9v9H9" };
const SVG = "http://www.w3.org/2000/svg";

const byId = (id) => document.getElementById(id);
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

export class HeartRateTile {
  #points = [];
  #leftOut = new Set();
  #clock;
  #words;
  #plausible;
  #usual;

  constructor(clock, words) {
    this.#clock = clock;
    this.#words = words;
    const { low, high, usualLow, usualHigh } = byId("rate-tile").dataset;
    this.#usual = usualLow && usualHigh ? [Number(usualLow), Number(usualHigh)] : null;
    this.#plausible = (value) => value >= Number(low) && value <= Number(high);
    setInterval(() => this.#show(), 1000);
  }

  /** Take [t_ms, value] points in any order; the same time twice is the same point. */
  add(points) {
    const known = new Set(this.#points.map(([t]) => t));
    for (const [t, value] of points) {
      if (!this.#plausible(value)) this.#leftOut.add(t);
      else if (!known.has(t)) this.#points.push([t, value]);
    }
    this.#points.sort(([a], [b]) => a - b);
    this.#show();
  }

  #show() {
    const now = this.#clock.nowMs();
    const newest = this.#points.at(-1);
    if (!newest) return;
    this.#points = this.#points.filter(([t], i) => t > now - KEPT_MS || i === this.#points.length - 1);
    byId("rate-value").textContent = Math.round(newest[1]);
    byId("rate").toggleAttribute("data-stale", now - newest[0] > STALE_MS);
    this.#showAge(newest[0], now);
    this.#showTrend(now);
    this.#showCurve(now);
  }

  #showAge(t, now) {
    const place = byId("rate-age");
    const time = place.querySelector("time") ?? place.replaceChildren(document.createElement("time")) ?? place.firstChild;
    time.dataset.ms = t;
    time.dateTime = new Date(t).toISOString();
    time.textContent = age(t, now);
  }

  #showTrend(now) {
    const last = this.#points.filter(([t]) => t >= now - MINUTE).map(([, value]) => value);
    const before = this.#points.filter(([t]) => t < now - MINUTE && t >= now - 11 * MINUTE).map(([, value]) => value);
    const place = byId("rate-trend");
    if (!last.length || !before.length) { place.replaceChildren(); return; }
    const change = mean(last) - mean(before);
    const trend = Math.abs(change) < STEADY ? "steady" : change > 0 ? "rising" : "falling";
    if (place.dataset.trend === trend && place.firstChild) return;
    place.dataset.trend = trend;
    const mark = document.createElementNS(SVG, "svg");
    for (const [name, value] of Object.entries({ class: "trend", viewBox: "0 0 24 24", width: 20, height: 20, "aria-hidden": true })) mark.setAttribute(name, value);
    mark.append(path(TRENDS[trend]));
    const word = document.createElement("span");
    word.textContent = this.#words[trend];
    place.replaceChildren(mark, word);
  }

  #showCurve(now) {
    const shown = this.#points.filter(([t]) => t > now - KEPT_MS);
    const period = (shown.length && PERIODS_MS.find((each) => now - shown[0][0] <= each)) || KEPT_MS;
    this.#leftOut = new Set([...this.#leftOut].filter((t) => t > now - KEPT_MS));
    byId("rate-period").textContent = this.#words.period.replace("{n}", period / MINUTE);
    byId("rate-left-out").textContent = this.#leftOut.size ? this.#words.leftOut.replace("{n}", this.#leftOut.size) : "";
    const svg = byId("rate-spark");
    if (!shown.length) { svg.replaceChildren(); byId("rate-range").textContent = this.#words.nothing; return; }
    const values = shown.map(([, value]) => value);
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const spare = Math.max(0, LEAST_SPAN - (high - low)) / 2;
    const x = (t) => ((t - (now - period)) / period) * BOX.width;
    const y = (value) => BOX.height - BOX.margin - ((value - low + spare) / (high - low + 2 * spare)) * (BOX.height - 2 * BOX.margin);
    let drawn = "";
    const gaps = [];
    let before = null;
    for (const [t, value] of shown) {
      const joined = before !== null && t - before <= GAP_MS;
      if (before !== null && !joined) gaps.push(gap(x(before), x(t)));
      drawn += `${joined ? "L" : "M"}${x(t).toFixed(1)} ${y(value).toFixed(1)}`;
      before = t;
    }
    if (now - before > GAP_MS) gaps.push(gap(x(before), BOX.width));
    svg.replaceChildren(...(this.#usual ? [band(...this.#usual.map(y))] : []), ...gaps, path(drawn));
    byId("rate-range").textContent = `${Math.round(low)}–${Math.round(high)}`;
  }
}

function path(d) {
  const made = document.createElementNS(SVG, "path");
  made.setAttribute("d", d);
  return made;
}

function gap(from, to) {
  const made = document.createElementNS(SVG, "rect");
  for (const [name, value] of Object.entries({ class: "gap", x: from, y: 0, width: Math.max(0, to - from), height: BOX.height })) made.setAttribute(name, value);
  return made;
}

/** What is usual lies behind the line, as far as it is within the drawing. */
function band(low, high) {
  const made = document.createElementNS(SVG, "rect");
  const [top, bottom] = [Math.max(0, Math.min(high, BOX.height)), Math.max(0, Math.min(low, BOX.height))];
  for (const [name, value] of Object.entries({ class: "band", x: 0, y: top, width: BOX.width, height: bottom - top })) made.setAttribute(name, value);
  return made;
}
