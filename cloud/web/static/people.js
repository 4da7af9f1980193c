// A list of people, or the inbox over them: an alert anywhere in it brings the page up to date.

import { keepAges } from "./ages.js";
import { ServiceClock } from "./clock.js";
import { Missed } from "./missed.js";
import { listen, showState } from "./stream.js";

const REFRESH_MS = 30_000;
const place = document.getElementById("people");
const words = place.dataset;
const missed = new Missed(words);
const showLink = showState(words);
const clock = new ServiceClock(Number(words.nowMs ?? Date.now()));

async function refresh() {
  const answer = await fetch(location.pathname, { cache: "no-store" }).catch(() => null);
  if (!answer?.ok) return false;
  if (answer.redirected) { location.reload(); return false; }
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("people");
  if (!fresh) { location.reload(); return false; }
  const focused = place.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
  place.replaceChildren(...fresh.childNodes);
  if (focused) place.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus();
  return true;
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
  alert: refresh,
  duty: refresh,
}, { onState, mayAsk: "/api/v1/me" });
