// The list of people: an alert anywhere in it brings the page up to date.

import { listen, showState } from "./stream.js";

const REFRESH_MS = 30_000;
const place = document.getElementById("people");

async function refresh() {
  const answer = await fetch("/", { cache: "no-store" }).catch(() => null);
  if (!answer?.ok) return;
  if (answer.redirected) { location.reload(); return; }
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("people");
  if (!fresh) { location.reload(); return; }
  const focused = place.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
  place.replaceChildren(...fresh.childNodes);
  if (focused) place.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus();
}

setInterval(refresh, REFRESH_MS);
listen("/api/v1/stream", { hello: refresh, tick: () => {}, reload: refresh, alert: refresh }, { onState: showState(place.dataset), mayAsk: "/api/v1/me" });
