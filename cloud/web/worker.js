// Between pages and the network: says so where there is none, and shows what is pushed.
// It keeps what is the same for everybody, never a page about anybody. `cloud/web/worker.py` puts KEPT before it.

const SHELL = `carewire-${KEPT.version}`;
const SEEN = "carewire-seen";
const OFFLINE = "/offline";
const LAST_SEEN = "/last-seen";

addEventListener("install", (event) => event.waitUntil(keep().then(() => skipWaiting())));
addEventListener("activate", (event) => event.waitUntil(tidy().then(() => clients.claim())));
addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== location.origin) return;
  if (request.mode === "navigate") event.respondWith(page(event));
  else if (request.method === "GET" && KEPT.files.includes(url.pathname)) event.respondWith(file(request));
});

/** What the page has brought already is not brought again: its address changes with it. */
async function keep() {
  const cache = await caches.open(SHELL);
  await cache.addAll([OFFLINE, ...KEPT.files]);
}

async function tidy() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name !== SHELL && name !== SEEN).map((name) => caches.delete(name)));
}

/** A page comes from the service alone; without a network comes the one that says so. */
async function page(event) {
  try {
    const answer = await fetch(event.request);
    event.waitUntil(noteSeen());
    return answer;
  } catch {
    return (await caches.match(OFFLINE)) ?? Response.error();
  }
}

/** Its address changes with it: what is kept is what the service has. */
async function file(request) {
  return (await caches.match(request)) ?? fetch(request);
}

async function noteSeen() {
  const cache = await caches.open(SEEN);
  await cache.put(LAST_SEEN, new Response(String(Date.now())));
}

// --- What the service pushes: see `plain` of cloud/notifiers/web_push.py ---------------------------------

addEventListener("push", (event) => event.waitUntil(show(read(event.data))));
addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data.url));
});

/** What cannot be read is shown all the same: a browser that was woken says that something was sent. */
function read(data) {
  try {
    return data.json();
  } catch {
    return {};
  }
}

async function show({ title = "Carewire", body, tag, language, priority, occasion, url = "/" }) {
  await registration.showNotification(title, {
    body,
    tag: tag ?? "carewire",
    renotify: true,
    lang: language,
    icon: "/static/icon-192.png",
    badge: "/static/badge-96.png",
    requireInteraction: priority === "high" && occasion !== "ended",
    data: { url: ours(url) },
  });
}

/** An address of ours; for any other, the start page. */
function ours(url) {
  const there = new URL(url, location.origin);
  return there.origin === location.origin ? there.href : `${location.origin}/`;
}

async function open(url) {
  const windows = await clients.matchAll({ type: "window" });
  const there = windows.find((each) => each.url === url);
  return there ? there.focus() : clients.openWindow(url);
}
