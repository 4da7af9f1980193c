// The live page of one patient: reads what is, then listens to what happens.

import { acknowledgeInPlace } from "./acknowledge.js";
import { keepAges } from "./ages.js";
import { ServiceClock } from "./clock.js";
import { MovingTrace } from "./ecg.js";
import { HeartRateTile } from "./heart_rate.js";
import { Missed } from "./missed.js";
import { Regions } from "./regions.js";
import { listen, showState } from "./stream.js";

const REFRESH_MS = 20_000;
const PAST_MS = 30_000;

const page = document.querySelector("[data-patient]");
const words = page.dataset;
const api = `/api/v1/patients/${encodeURIComponent(words.patient)}`;

const clock = new ServiceClock(Number(words.nowMs));
const regions = new Regions(`/patients/${encodeURIComponent(words.patient)}/now`);
const tile = document.getElementById("rate-tile") && new HeartRateTile(clock, { rising: words.saidRising, steady: words.saidSteady, falling: words.saidFalling, nothing: words.saidNothing, leftOut: words.saidLeftOut, period: words.saidPeriod });
const missed = new Missed(words);
const showLink = showState(words);
const paper = document.getElementById("ecg"); // what is not open is not on the page
const trace = paper && new MovingTrace(paper, clock, sayBehind);

keepAges(clock);
if (trace) sayBehind(null);
acknowledgeInPlace(words, () => regions.refresh());
setInterval(() => regions.refresh(), REFRESH_MS);

listen(`${api}/stream`, {
  hello: (told) => { clock.set(told); catchUp(); },
  tick: (told) => clock.set(told),
  reload: catchUp,
  heart_rate: ({ points }) => tile?.add(points),
  ecg: addStrip,
  alert: () => regions.refresh(),
  device: () => regions.refresh(),
  gap: () => {},
}, { onState: (state) => { if (state !== "live") missed.lost(); showLink(state); }, mayAsk: api });

/** Read from the API what happened while nobody listened. */
async function catchUp() {
  regions.refresh().then(() => missed.back());
  const [rate, ecg] = await Promise.all([tile && read(`${api}/observations/heart_rate?from=${Math.round(clock.nowMs() - 15 * 60_000)}`), trace && read(`${api}/waveforms/ecg?from=${Math.round(clock.nowMs() - PAST_MS)}`)]);
  if (rate) tile.add(rate.t_ms.map((t, i) => [t, rate.value[i]]));
  for (const strip of ecg?.strips ?? []) addStrip(strip);
}

function addStrip(strip) {
  if (!trace) return;
  trace.add(strip);
  const place = document.getElementById("ecg-lead");
  place.textContent = strip.lead ? ` · ${place.dataset.said} ${strip.lead}` : "";
}

async function read(url) {
  const answer = await fetch(url, { cache: "no-store" }).catch(() => null);
  return answer?.ok ? answer.json() : null;
}

function sayBehind(behindMs) {
  const place = document.getElementById("ecg-state");
  const text = behindMs === null ? words.saidWaiting : words.saidBehind.replace("{n}", Math.round(behindMs / 1000));
  if (place.textContent !== text) place.textContent = text;
}
