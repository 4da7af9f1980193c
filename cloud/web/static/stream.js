// Server-sent events, and whether they still come. Who may no longer look is shown the door by a reload.

const RETRY_MS = 4000;
const SILENT_MS = 25000;

export function listen(url, handlers, { onState, mayAsk }) {
  let source;
  let silence;

  const alive = () => {
    clearTimeout(silence);
    silence = setTimeout(() => { onState("lost"); source.close(); open(); }, SILENT_MS);
  };

  const refused = async () => {
    onState("lost");
    const answer = await fetch(mayAsk, { cache: "no-store" }).catch(() => null);
    if (answer && (answer.status === 401 || answer.status === 404)) location.reload();
    else setTimeout(open, RETRY_MS);
  };

  function open() {
    source = new EventSource(url);
    alive();
    source.onerror = () => {
      clearTimeout(silence);
      onState("lost");
      if (source.readyState === EventSource.CLOSED) refused();
      else alive();
    };
    for (const [name, handle] of Object.entries(handlers)) {
      source.addEventListener(name, (event) => {
        alive();
        onState("live");
        handle(JSON.parse(event.data));
      });
    }
  }

  open();
  addEventListener("pagehide", () => { clearTimeout(silence); source.close(); });
  addEventListener("pageshow", (event) => { if (event.persisted) open(); });
}

export function showState(words) {
  const shown = document.getElementById("link-state");
  return (state) => {
    const text = state === "live" ? words.saidLive : words.saidLost;
    document.body.classList.toggle("stale", state !== "live");
    if (shown.textContent === text) return;
    shown.hidden = false;
    shown.classList.toggle("lost", state !== "live");
    shown.textContent = text;
  };
}
