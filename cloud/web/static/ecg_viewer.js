// The page of stored ECG: paper that is moved, measured and compared; the address holds what is seen.

import { Calipers, nearest } from "./ecg_calipers.js";
import { CARD_MM, ASSUMED_PX_PER_MM, Scale, measuredPxPerMm } from "./ecg_scale.js";
import { Source } from "./ecg_source.js";
import { View } from "./ecg_view.js";
import { ServiceClock } from "./clock.js";
import { listen, showState } from "./stream.js";

const SECOND = 1000;
const AGAIN_MS = 5_000;
const ADDRESS_MS = 250;
const GLANCE_SLACK_MS = 60_000; // live, the hours are asked for once a minute
const KEPT_AS = "carewire-px-per-mm";
const KEYS = { ArrowLeft: [-SECOND, -200], ArrowRight: [SECOND, 200] };
const CALIPER_KEYS = { ArrowLeft: [-4, -40], ArrowRight: [4, 40], ArrowDown: [-4, -40], ArrowUp: [4, 40] };

const byId = (id) => document.getElementById(id);
const page = byId("ecg-viewer");
const words = page.dataset;
const base = `/patients/${encodeURIComponent(words.patient)}`;
const api = `/api/v1${base}`;
const { lang } = document.documentElement;
const { zone: timeZone } = document.documentElement.dataset;
const day = new Intl.DateTimeFormat(lang, { dateStyle: "medium", timeZone });
const second = new Intl.DateTimeFormat(lang, { timeStyle: "medium", timeZone });
const digits = new Intl.NumberFormat(lang, { maximumFractionDigits: 1 });

const clock = new ServiceClock(Number(words.nowMs));
const paper = byId("ecg-paper");
const source = new Source(api, () => clock.nowMs(), () => view.again());
const signs = Object.fromEntries([...document.querySelectorAll("[data-sign]")].map((one) => [one.dataset.sign, new Path2D(one.getAttribute("d"))]));
const view = new View(paper, source, signs, say);
const asked = new URLSearchParams(location.search);

let state = {
  atMs: Number(words.atMs),
  scale: new Scale({ pxPerMm: measured() ?? ASSUMED_PX_PER_MM, speed: Number(byId("ecg-speed").value), gain: Number(byId("ecg-gain").value) }),
  source: byId("ecg-source").value || null,
  isChosen: asked.has("source"),
  hours: byId("ecg-hours").value,
  usual: asked.get("usual") === "1",
  calipers: Calipers.read(asked.get("calipers")),
  isLive: false,
};
let stopListening = null;
let peaks = [];
let addressDue = 0;
let wanted = 0;
let isGlanceAsked = false;

// --- Showing ---------------------------------------------------------------------------------------

function go(changes) {
  state = { ...state, ...changes };
  state.atMs = Math.max(0, Math.min(Math.round(state.atMs), Math.ceil(clock.nowMs())));
  view.show(state);
  want();
  placeCalipers();
  placeHere();
  clearTimeout(addressDue); // while something is dragged there is none
  addressDue = setTimeout(keepAddress, ADDRESS_MS);
}

/** Fetch what is shown; meanwhile the paper is busy. */
async function want() {
  wanted += 1;
  paper.ariaBusy = "true";
  await source.want(state.atMs, state.atMs + view.spanMs, state.source);
  wanted -= 1;
  if (!wanted) paper.ariaBusy = "false";
}

function keepAddress() {
  const query = new URLSearchParams({ speed: state.scale.speed, gain: state.scale.gain, hours: state.hours });
  if (state.isChosen && state.source) query.set("source", state.source);
  byId("ecg-newest").href = `${base}/ecg?${query}`;
  query.set("at", state.atMs);
  byId("ecg-print").href = `${base}/ecg/paper?${query}`;
  byId("ecg-ask").action = `${base}/ecg?${query}#ecg-kept`;
  if (state.usual) query.set("usual", 1);
  if (state.calipers) query.set("calipers", state.calipers);
  history.replaceState(null, "", `?${query}`);
  byId("ecg-at").value = field(state.atMs);
}

/** A moment by the reader's clock, as a field of date and time holds it. */
function field(tMs) {
  const parts = new Intl.DateTimeFormat("en-CA", { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23", timeZone }).formatToParts(tMs);
  const of = Object.fromEntries(parts.map(({ type, value }) => [type, value]));
  return `${of.year}-${of.month}-${of.day}T${of.hour}:${of.minute}:${of.second}`;
}

/** What can be said of what is drawn, where a screen reader finds it too. */
function say({ toMs, beats, isEmpty, isPartial, isTaller, states }) {
  peaks = beats.map(({ t }) => t);
  const rr = beats.map((beat) => beat.rr).filter(Boolean);
  const rate = rr.length ? Math.round((60_000 * rr.length) / rr.reduce((sum, each) => sum + each, 0)) : null;
  const isHere = !["loading", "absent", "failed"].some((each) => states.has(each));
  if (isHere) put("ecg-answer", isEmpty ? words.saidNothing : rate === null ? words.saidNoRate : words.saidRate.replace("{n}", rate));
  put("ecg-when", `${day.format(state.atMs)}, ${second.format(state.atMs)}–${second.format(toMs)}`);
  const waits = states.has("failed") ? words.saidFailed : isHere ? "" : words.saidLoading;
  byId("ecg-waits").hidden = !waits;
  put("ecg-waits", waits);
  const lacking = state.usual && beats.length && !beats.some(({ usual }) => usual.mv.length);
  put("ecg-state", [isTaller && words.saidTaller, isPartial && !isEmpty && words.saidMissing, lacking && words.saidNoUsual].filter(Boolean).join(" "));
  put("ecg-scale", ["ecg-speed", "ecg-gain"].map((id) => byId(id).selectedOptions[0].text).join(" · "));
  chooseSource(toMs);
}

function put(id, text) {
  if (byId(id).textContent !== text) byId(id).textContent = text;
}

/** Without a choice the source there is most of is shown. */
function chooseSource(toMs) {
  const found = source.strips.sources(state.atMs, toMs);
  if (!found.length) return;
  const select = byId("ecg-source");
  const known = [...select.options].map(({ value }) => value);
  for (const each of found.filter((one) => !known.includes(one))) select.add(new Option(each.split(".").reverse().filter(Boolean).join(" · "), each));
  select.disabled = byId("ecg-sources").hidden = select.options.length < 2;
  if (found.includes(state.source)) return;
  select.value = found[0];
  go({ source: found[0] });
}

// --- Moving ----------------------------------------------------------------------------------------

function step(ms) {
  follow(false);
  go({ atMs: state.atMs + ms });
}

for (const link of document.querySelectorAll("[data-step-s]")) link.addEventListener("click", (event) => { event.preventDefault(); step(link.dataset.stepS * SECOND); });

paper.addEventListener("keydown", (event) => {
  if (event.target !== paper) return;
  const by = KEYS[event.key]?.[event.shiftKey ? 1 : 0] ?? { PageUp: -view.spanMs, PageDown: view.spanMs }[event.key];
  if (by) step(by);
  else if (event.key === "Home") { follow(false); go({ atMs: Number(region("glance").dataset.fromMs) }); }
  else if (event.key === "End") byId("ecg-newest").click();
  else return;
  event.preventDefault();
});

paper.addEventListener("pointerdown", (event) => {
  if (event.button || event.target.closest(".caliper")) return;
  const [fromX, fromMs] = [event.clientX, state.atMs];
  dragged(paper, event, (moved) => { follow(false); go({ atMs: fromMs - (moved.clientX - fromX) / state.scale.pxPerMs }); });
});
paper.addEventListener("wheel", (event) => {
  const by = event.deltaX || (event.shiftKey && event.deltaY);
  if (!by) return;
  event.preventDefault();
  step(by / state.scale.pxPerMs);
}, { passive: false });

/** Follow a pointer until it is let go. */
function dragged(element, event, move) {
  element.setPointerCapture(event.pointerId);
  const end = () => { element.removeEventListener("pointermove", move); };
  element.addEventListener("pointermove", move);
  for (const name of ["pointerup", "pointercancel"]) element.addEventListener(name, end, { once: true });
}

// --- Choosing --------------------------------------------------------------------------------------

byId("ecg-asked").addEventListener("submit", (event) => { if (!byId("ecg-at").value) event.preventDefault(); });
byId("ecg-speed").addEventListener("change", ({ target }) => go({ scale: state.scale.with({ speed: Number(target.value) }) }));
byId("ecg-gain").addEventListener("change", ({ target }) => go({ scale: state.scale.with({ gain: Number(target.value) }) }));
byId("ecg-source").addEventListener("change", ({ target }) => go({ source: target.value, isChosen: true }));
byId("ecg-hours").addEventListener("change", ({ target }) => { go({ hours: target.value }); refreshGlance(); });
byId("ecg-usual").addEventListener("click", () => { go({ usual: !state.usual }); press("ecg-usual", state.usual); });

function press(id, isPressed) {
  byId(id).setAttribute("aria-pressed", isPressed);
}

// --- Calipers --------------------------------------------------------------------------------------

byId("ecg-calipers").addEventListener("click", () => go({ calipers: state.calipers ? null : Calipers.within(state.atMs, state.atMs + view.spanMs, peaks) }));

function placeCalipers() {
  const { calipers } = state;
  press("ecg-calipers", calipers !== null);
  const said = calipers === null ? "" : (calipers.perMin === null ? words.saidBetween : words.saidMeasured).replace("{ms}", Math.round(calipers.ms)).replace("{bpm}", digits.format(calipers.perMin ?? 0));
  put("ecg-measured", said);
  for (const which of ["a", "b"]) {
    const handle = byId(`caliper-${which}`);
    const x = calipers && view.x(calipers.at(which));
    handle.hidden = calipers === null || x < 0 || x > view.widthPx;
    if (handle.hidden) continue;
    handle.style.transform = `translateX(${x}px)`;
    for (const [name, value] of Object.entries({ valuemin: state.atMs, valuemax: Math.round(state.atMs + view.spanMs), valuenow: Math.round(calipers.at(which)), valuetext: `${second.format(calipers.at(which))}, ${said}` })) handle.setAttribute(`aria-${name}`, value);
  }
}

for (const which of ["a", "b"]) {
  const handle = byId(`caliper-${which}`);
  const move = (t) => go({ calipers: state.calipers.moved(which, Math.min(Math.max(t, state.atMs), state.atMs + view.spanMs)) });
  handle.addEventListener("pointerdown", (event) => {
    event.stopPropagation();
    const [fromX, fromMs] = [event.clientX, state.calipers.at(which)]; // wherever it is gripped
    dragged(handle, event, (moved) => move(fromMs + (moved.clientX - fromX) / state.scale.pxPerMs));
  });
  handle.addEventListener("keydown", (event) => {
    const by = CALIPER_KEYS[event.key]?.[event.shiftKey ? 1 : 0];
    if (by) move(state.calipers.at(which) + by);
    else if (event.key === "Enter") move(nearest(peaks, state.calipers.at(which)));
    else return;
    event.preventDefault();
  });
}

// --- Hours at a glance -----------------------------------------------------------------------------

const region = (name, within = page) => within.querySelector(`[data-region=${name}]`);

async function refreshGlance() {
  isGlanceAsked = true;
  const answer = await fetch(`${base}/ecg/overview?at=${state.atMs}&hours=${state.hours}&lang=${lang}`, { cache: "no-store" }).catch(() => null);
  isGlanceAsked = false;
  if (!answer?.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const name of ["glance", "happened", "kept"]) {
    Object.assign(region(name).dataset, region(name, fresh).dataset);
    region(name).replaceChildren(...region(name, fresh).childNodes);
  }
  readGlance();
}

function readGlance() {
  view.episodes = [...region("happened").querySelectorAll("a[data-from-ms]")].map((one) => ({ from: Number(one.dataset.fromMs), to: Number(one.dataset.toMs), title: one.textContent }));
  placeHere();
  view.again();
}

function placeHere() {
  const [from, to] = [Number(region("glance").dataset.fromMs), Number(region("glance").dataset.toMs)];
  byId("ecg-here").setAttribute("x", `${Math.min(100, Math.max(0, (100 * (state.atMs - from)) / (to - from)))}%`);
  if (isGlanceAsked || (state.atMs >= from && state.atMs <= to + GLANCE_SLACK_MS)) return;
  refreshGlance();
}

page.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-go]");
  const figure = event.target.closest("#ecg-glance svg");
  if (link) {
    event.preventDefault();
    follow(false);
    go({ atMs: Number(new URL(link.href).searchParams.get("at")) });
    if (link.dataset.fromMs) paper.focus();
  } else if (figure) {
    const bars = region("glance").dataset;
    const box = byId("ecg-glance").getBoundingClientRect();
    const share = (event.clientX - box.left) / box.width;
    follow(false);
    go({ atMs: Number(bars.fromMs) + share * (bars.toMs - bars.fromMs) - view.spanMs / 2 });
  }
});

// --- Live ------------------------------------------------------------------------------------------

byId("ecg-live").addEventListener("click", () => follow(!state.isLive));

function follow(isLive) {
  if (isLive === state.isLive) return;
  state.isLive = isLive;
  press("ecg-live", isLive);
  stopListening?.();
  stopListening = null;
  byId("link-state").hidden = true;
  document.body.classList.remove("stale");
  if (!isLive) return;
  const catchUp = () => { source.windows.clear(); go({ atMs: clock.nowMs() - view.spanMs }); };
  stopListening = listen(`${api}/stream`, {
    hello: (told) => { clock.set(told); catchUp(); },
    tick: (told) => clock.set(told),
    reload: catchUp,
    ecg: (strip) => { if (source.heard(strip) === source.strips.newest) go({ atMs: source.strips.newest.t1 - view.spanMs }); },
    alert: refreshGlance,
  }, { onState: showState(words), mayAsk: api });
}

// --- True size -------------------------------------------------------------------------------------

function measured() {
  try { return measuredPxPerMm(localStorage.getItem(KEPT_AS)); } catch { return null; }
}

function drawRuler(pxPerMm, isMeasured) {
  const length = pxPerMm * CARD_MM;
  byId("ecg-ruler").setAttribute("width", length + 4);
  byId("ecg-ruler").firstElementChild.setAttribute("d", `M2 0V24M2 12H${2 + length}M${2 + length} 0V24`);
  byId("ecg-card").value = length;
  byId("ecg-unmeasured").hidden = !isMeasured;
  put("ecg-screen-said", isMeasured ? words.saidMeasuredScreen : words.saidAssumed);
}

function keepSize(pxPerMm) {
  try {
    if (pxPerMm === null) localStorage.removeItem(KEPT_AS); else localStorage.setItem(KEPT_AS, pxPerMm);
  } catch { /* for this visit only, then */ }
  drawRuler(pxPerMm ?? ASSUMED_PX_PER_MM, pxPerMm !== null);
  go({ scale: state.scale.with({ pxPerMm: pxPerMm ?? ASSUMED_PX_PER_MM }) });
}

byId("ecg-card").addEventListener("input", ({ target }) => keepSize(Number(target.value) / CARD_MM));
byId("ecg-unmeasured").addEventListener("click", () => keepSize(null));

// --- Begin -----------------------------------------------------------------------------------------

for (const id of ["ecg-paper", "ecg-live", "ecg-calipers", "ecg-usual", "ecg-screen", "ecg-keys-shown"]) byId(id).hidden = false;
byId("ecg-roll").hidden = true;
drawRuler(measured() ?? ASSUMED_PX_PER_MM, measured() !== null);
press("ecg-usual", state.usual);
readGlance();
new ResizeObserver(() => go({})).observe(paper);
setInterval(() => { if (!document.hidden) want(); }, AGAIN_MS);
addEventListener("pagehide", () => stopListening?.());
