// The page without a network: when the last page came, and back as soon as there is one again.

import { age } from "./ages.js";

const AGAIN_MS = 5000;
const place = document.getElementById("last-seen");

async function sayWhen() {
  const kept = await caches.match("/last-seen");
  if (!kept) return;
  const seenMs = Number(await kept.text());
  const time = document.createElement("time");
  time.dateTime = new Date(seenMs).toISOString();
  time.textContent = age(seenMs, Date.now());
  place.append(time);
  place.hidden = false;
}

/** The network may be there and the service away: it is asked until it answers. */
async function lookAgain() {
  const answer = await fetch("/healthz", { cache: "no-store" }).catch(() => null);
  if (answer) location.reload();
}

sayWhen();
addEventListener("online", lookAgain);
setInterval(lookAgain, AGAIN_MS);
