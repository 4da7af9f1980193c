// Server-sent events, and whether they still come, until the returned function is called. Who may no longer look is shown the door by a reload.

const RETRY_MS = 4000;
const SILENT_MS = 25000;

export function listen(url, handlers, { onState, mayAsk }) {
  let source;
  let silence;
  let isStopped = false;

  const alive = () => {
    clearTimeout(silence);
    silence = setTimeout(() => { onState("lost"); source.close(); open(); }, SILENT_MS);
  };

  const refused = async () => {
    onState("lost");
    const answer = await fetch(mayAsk, { cache: "no-store" }).catch(() => null);
    if (isStopped) return;
    if (answer && (answer.status === 401 || answer.status === 404)) location.reload();
    else setTimeout(() => { if (!isStopped) open(); }, RETRY_MS);
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

  const stop = () => { clearTimeout(silence); source.close(); };
  const shown = (event) => { if (event.persisted) open(); };
  open();
  addEventListener("pagehide", stop);
  addEventListener("pageshow", shown);
  return () => {
    isStopped = true;
    stop();
    removeEventListener("pagehide", stop);
    removeEventListener("pageshow", shown);
  };
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
