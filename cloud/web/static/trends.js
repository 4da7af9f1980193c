// Charts that can be looked at closely: drag to zoom, arrows to move, one cursor through all. The address says what is shown.

const place = document.getElementById("trends");
const words = place.dataset;
const language = document.documentElement.lang;
const timeZone = document.documentElement.dataset.zone;
const SHORTEST_MS = 5 * 60_000;
const LONGEST_MS = 366 * 86_400_000;
const HEIGHT = 220;
const WAIT_MS = 180;

const moment = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short", timeZone });
const clock = new Intl.DateTimeFormat(language, { timeStyle: "short", timeZone });
const day = new Intl.DateTimeFormat(language, { day: "numeric", month: "short", timeZone });
const DAY_S = 86_400;
const number = (value) => value === null || value === undefined ? "–" : new Intl.NumberFormat(language, { maximumFractionDigits: Math.abs(value) < 10 ? 2 : 1 }).format(value);
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

let span = { from: Number(words.from), to: Number(words.to) };
const now = Number(words.now);
let waiting;

class Chart {
  #card; #box; #chart; #course; #asked = 0;

  constructor(card) {
    this.#card = card;
    this.#box = card.querySelector("[data-place]");
    this.kind = card.dataset.kind;
    this.unit = card.dataset.unit;
    this.factor = Number(card.dataset.factor);
  }

  /** Read the course of the span and draw it; an answer that a later question has overtaken is let go. */
  async show() {
    const number = ++this.#asked;
    const query = new URLSearchParams({ from: span.from, to: span.to });
    const url = `/api/v1/patients/${encodeURIComponent(words.patient)}/observations/${this.kind}/course?${query}`;
    const answer = await fetch(url, { cache: "no-store" }).catch(() => null);
    if (number !== this.#asked) return;
    if (!answer?.ok) { this.#say(words.saidFailed); return; }
    this.#course = await answer.json();
    this.#sayLeftOut();
    this.#draw();
  }

  resize() { this.#chart?.setSize({ width: this.#box.clientWidth, height: HEIGHT }); }

  redraw() { if (this.#course) this.#draw(); }

  /** Move what is drawn at once; what belongs there is read a moment later. */
  slide() { this.#chart?.setScale("x", { min: span.from / 1000, max: span.to / 1000 }); }

  #say(text) { this.#card.querySelector("[data-left-out]").textContent = text; }

  #sayLeftOut() {
    const course = this.#course;
    const said = [course.every_s === 0 ? words.saidEach : course.every_s === 60 ? words.saidMinute : words.saidHour];
    if (!course.t_ms.length) said.unshift(words.saidNothing);
    if (course.left_out) said.push(words.saidLeftOut.replace("{n}", course.left_out));
    if (course.omitted) said.push(words.saidOmitted.replace("{n}", course.omitted));
    if (course.short_gaps) said.push(words.saidShort.replace("{n}", course.short_gaps));
    this.#say(said.join(" "));
  }

  #draw() {
    const began = performance.now();
    const course = this.#course;
    const scaled = (column) => this.factor === 1 ? column : column.map((value) => value === null ? null : value * this.factor);
    const x = course.t_ms.map((t) => t / 1000);
    const data = course.every_s ? [x, scaled(course.mean), scaled(course.maximum), scaled(course.minimum)] : [x, scaled(course.mean)];
    this.#chart?.destroy();
    this.#box.replaceChildren();
    this.#chart = new uPlot(this.#options(began), data, this.#box);
    this.#chart.root.querySelector("canvas").setAttribute("aria-hidden", "true");
  }

  #options(began) {
    const course = this.#course;
    const text = colour("--text-soft");
    const axis = { stroke: text, grid: { stroke: colour("--grid"), width: 1 }, ticks: { stroke: colour("--line"), width: 1 } };
    const value = (_, v) => number(v);
    const series = [
      { label: words.saidTime, value: (_, v) => v === null ? "–" : moment.format(v * 1000) },
      { label: course.every_s ? words.saidMean : words.saidValue, stroke: colour("--trace"), width: 1.5, value, spanGaps: false },
    ];
    if (course.every_s) {
      const edge = { stroke: "transparent", width: 0, points: { show: false }, value, spanGaps: false };
      series.push({ ...edge, label: words.saidHigh }, { ...edge, label: words.saidLow });
    }
    return {
      width: this.#box.clientWidth, height: HEIGHT, series,
      bands: course.every_s ? [{ series: [2, 3], fill: shade(colour("--accent"), 0.22) }] : [],
      tzDate: timeZone ? (t) => uPlot.tzDate(new Date(t * 1000), timeZone) : undefined,
      cursor: { sync: { key: "trends", setSeries: false }, drag: { x: true, y: false, setScale: false } },
      scales: { x: { time: true, range: () => [span.from / 1000, span.to / 1000] }, y: { range: (_, low, high) => this.#range(low, high) } },
      axes: [{ ...axis, values: (_, ticks, __, ___, step) => onTimeAxis(ticks, step) }, { ...axis, size: 56, values: (_, ticks) => ticks.map(number) }],
      legend: { live: true },
      hooks: {
        drawClear: [(u) => this.#ground(u)],
        draw: [(u) => { this.#marks(u); if (began !== null) { performance.measure(`trend ${this.kind}`, { start: began, end: performance.now() }); began = null; } }],
        setSelect: [(u) => { if (u.select.width > 4) go(u.posToVal(u.select.left, "x") * 1000, u.posToVal(u.select.left + u.select.width, "x") * 1000); }],
      },
    };
  }

  /** Leave room for limits that are near; those far off would press the course flat. */
  #range(low, high) {
    if (low === null || high === null) return [0, 100];
    const reach = Math.max(high - low, 10);
    const near = this.#course.limits.map((each) => each.limit * this.factor).filter((limit) => limit >= low - reach && limit <= high + reach);
    const [bottom, top] = [Math.min(low, ...near), Math.max(high, ...near)];
    const room = Math.max(1, (top - bottom) * 0.08);
    return [bottom - room, top + room];
  }

  /** Behind the course: what is usual, and what was not measured. */
  #ground(u) {
    const { ctx } = u;
    const { left, top, width, height } = u.bbox;
    ctx.save();
    ctx.beginPath(); ctx.rect(left, top, width, height); ctx.clip();
    ctx.fillStyle = shade(colour("--band"), 0.35);
    for (const each of this.#course.usual) {
      const [x0, x1] = [u.valToPos(each.from_ms / 1000, "x", true), u.valToPos(each.to_ms / 1000, "x", true)];
      const [y0, y1] = [u.valToPos(each.high * this.factor, "y", true), u.valToPos(each.low * this.factor, "y", true)];
      ctx.fillRect(x0, y0, x1 - x0 + 0.5, y1 - y0);
    }
    ctx.fillStyle = hatching(ctx);
    for (const each of this.#course.gaps) {
      const [x0, x1] = [u.valToPos(each.from_ms / 1000, "x", true), u.valToPos(each.to_ms / 1000, "x", true)];
      ctx.fillRect(x0, top, Math.max(1, x1 - x0), height);
    }
    ctx.restore();
  }

  /** In front of it: limits, and alerts as lines with the shape of their priority. */
  #marks(u) {
    const { ctx } = u;
    const { left, top, width, height } = u.bbox;
    const dot = devicePixelRatio;
    ctx.save();
    ctx.beginPath(); ctx.rect(left, top, width, height); ctx.clip();
    ctx.setLineDash([6 * dot, 4 * dot]);
    ctx.lineWidth = dot;
    ctx.strokeStyle = colour("--edge");
    for (const each of this.#course.limits) {
      const y = u.valToPos(each.limit * this.factor, "y", true);
      ctx.beginPath(); ctx.moveTo(left, y); ctx.lineTo(left + width, y); ctx.stroke();
    }
    ctx.setLineDash([]);
    for (const each of this.#course.alerts) {
      const x = u.valToPos(each.raised_ms / 1000, "x", true);
      ctx.strokeStyle = colour(`--${each.priority}-line`);
      ctx.fillStyle = each.family === "technical" ? colour("--surface") : colour(`--${each.priority}-fill`);
      ctx.beginPath(); ctx.moveTo(x, top); ctx.lineTo(x, top + height); ctx.stroke();
      shape(ctx, each.priority, x, top + 8 * dot, 6 * dot);
      ctx.fill(); ctx.stroke();
    }
    ctx.restore();
  }
}

/** Times where there is room for them, with the day where it changes; days alone where there is not. */
function onTimeAxis(ticks, step) {
  let before = null;
  return ticks.map((tick) => {
    const date = day.format(tick * 1000);
    const isNew = date !== before;
    before = date;
    if (step >= DAY_S) return date;
    return isNew ? `${clock.format(tick * 1000)}\n${date}` : clock.format(tick * 1000);
  });
}

/** The shapes of _marks.html: triangle high, diamond medium, circle low. */
function shape(ctx, priority, x, y, r) {
  ctx.beginPath();
  if (priority === "high") { ctx.moveTo(x, y - r); ctx.lineTo(x + r, y + r); ctx.lineTo(x - r, y + r); }
  else if (priority === "medium") { ctx.moveTo(x, y - r); ctx.lineTo(x + r, y); ctx.lineTo(x, y + r); ctx.lineTo(x - r, y); }
  else ctx.arc(x, y, r, 0, 2 * Math.PI);
  ctx.closePath();
}

function shade(hex, share) {
  return `${hex}${Math.round(share * 255).toString(16).padStart(2, "0")}`;
}

function hatching(ctx) {
  const tile = document.createElement("canvas");
  tile.width = tile.height = 8;
  const pen = tile.getContext("2d");
  pen.strokeStyle = colour("--edge");
  pen.beginPath(); pen.moveTo(0, 8); pen.lineTo(8, 0); pen.stroke();
  return ctx.createPattern(tile, "repeat");
}

/** Show another span: the address follows, and what is drawn. */
function go(from, to, { keep = true } = {}) {
  const length = Math.min(LONGEST_MS, Math.max(SHORTEST_MS, to - from));
  const middle = (from + to) / 2;
  const end = Math.min(now + 1, Math.round(middle + length / 2));
  span = { from: Math.max(0, Math.round(end - length)), to: end };
  const address = new URL(location.href);
  address.searchParams.delete("period");
  address.searchParams.set("from", span.from);
  address.searchParams.set("to", span.to);
  address.searchParams.set("kinds", charts.map((each) => each.kind).join(","));
  if (keep) history.pushState(span, "", address); else history.replaceState(span, "", address);
  show();
}

function show() {
  document.getElementById("trend-span").textContent = `${moment.format(span.from)} – ${moment.format(span.to)}`;
  for (const each of document.querySelectorAll(".trend-ways [aria-current]")) each.removeAttribute("aria-current");
  document.querySelector('[data-way="later"]').parentElement.hidden = span.to >= now;
  for (const each of charts) each.slide();
  clearTimeout(waiting);
  waiting = setTimeout(() => { for (const each of charts) each.show(); }, WAIT_MS);
}

const length = () => span.to - span.from;
const move = (share) => go(span.from + share * length(), span.to + share * length(), { keep: false });
const zoom = (factor) => { const middle = (span.from + span.to) / 2; go(middle - factor * length() / 2, middle + factor * length() / 2, { keep: false }); };
const KEYS = { ArrowLeft: () => move(-0.25), ArrowRight: () => move(0.25), "+": () => zoom(0.5), "=": () => zoom(0.5), "-": () => zoom(2), End: () => go(now + 1 - length(), now + 1, { keep: false }) };
const WAYS = { earlier: () => move(-0.5), later: () => move(0.5), closer: () => zoom(0.5), wider: () => zoom(2) };

const charts = [...place.querySelectorAll("[data-kind]")].map((card) => new Chart(card));

function begin() {
  history.replaceState(span, "");
  for (const box of place.querySelectorAll("[data-place]")) {
    box.tabIndex = 0;
    box.setAttribute("aria-description", words.saidHelp);
    box.addEventListener("keydown", (event) => {
      if (!KEYS[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      KEYS[event.key]();
    });
  }
  for (const way of place.querySelectorAll("[data-way]")) {
    way.addEventListener("click", (event) => { event.preventDefault(); WAYS[way.dataset.way](); });
  }
  const help = document.createElement("p");
  help.className = "small soft";
  help.textContent = words.saidHelp;
  document.getElementById("trend-span").after(help);
  addEventListener("popstate", (event) => { if (event.state?.from) { span = event.state; show(); } });
  addEventListener("resize", () => { for (const each of charts) each.resize(); });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { for (const each of charts) each.redraw(); });
  for (const each of charts) each.show();
}

if (window.uPlot) begin(); // without it, the page's own drawings and numbers stay
