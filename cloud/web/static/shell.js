// On every page: installs what is there without a network, and says when there is none.

navigator.serviceWorker?.register("/sw.js").catch(() => {}); // a browser without it shows pages all the same

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
