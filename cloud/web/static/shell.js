// On every page: installs what is there without a network, and says when there is none.

const install = () => navigator.serviceWorker?.register("/sw.js").catch(() => {}); // pages are shown without it
if (document.readyState === "complete") install();
else addEventListener("load", install, { once: true }); // on a slow line the page itself comes first

const shown = document.getElementById("link-state");
const isLive = document.querySelector("[data-said-live]"); // pages with a stream of their own say it themselves

function say() {
  shown.hidden = navigator.onLine;
  shown.classList.toggle("lost", !navigator.onLine);
  shown.textContent = navigator.onLine ? "" : shown.dataset.saidOffline;
}

if (shown && !isLive) {
  addEventListener("offline", say);
  addEventListener("online", say);
  if (!navigator.onLine) say();
}
