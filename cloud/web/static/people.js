// A list of people, or the inbox over them: an alert anywhere in it brings the page up to date.

import { keepAges } from "./ages.js";
import { ServiceClock } from "./clock.js";
import { Missed } from "./missed.js";
import { listen, showState } from "./stream.js";

const REFRESH_MS = 30_000;
const LEAST_MS = 3_000; // many patients have many alerts: the page is asked for no more often
const place = document.getElementById("people");
const words = place.dataset;
const missed = new Missed(words);
const showLink = showState(words);
const clock = new ServiceClock(Number(words.nowMs ?? Date.now()));

async function refresh() {
  const answer = await fetch(location.href, { cache: "no-store" }).catch(() => null);
  if (!answer?.ok) return false;
  if (answer.redirected) { location.reload(); return false; }
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("people");
  if (!fresh) { location.reload(); return false; }
  const at = place.contains(document.activeElement) ? document.activeElement : null;
  const focused = at?.getAttribute("href");
  const search = place.querySelector(".search"); // with what is half typed
  if (search) fresh.querySelector(".search")?.replaceWith(search);
  place.replaceChildren(...fresh.childNodes);
  if (search?.contains(at)) at.focus();
  if (focused) place.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus();
  return true;
}

let last = 0;
let waiting;

function refreshSoon() {
  waiting ??= setTimeout(() => { waiting = undefined; last = Date.now(); refresh(); }, Math.max(0, last + LEAST_MS - Date.now()));
}

async function catchUp() {
  if (await refresh()) missed.back();
}

function onState(state) {
  if (state !== "live") missed.lost();
  showLink(state);
}

if (words.nowMs) keepAges(clock);
setInterval(refresh, REFRESH_MS);
listen("/api/v1/stream", {
  hello: (told) => { clock.set(told); catchUp(); },
  tick: (told) => clock.set(told),
  reload: catchUp,
  alert: refreshSoon,
  duty: refreshSoon,
}, { onState, mayAsk: "/api/v1/me" });
