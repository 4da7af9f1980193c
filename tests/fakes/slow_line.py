"""A page as it comes to a slow phone on a slow line, through the DevTools protocol: what opening it costs."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from playwright.sync_api import BrowserContext, CDPSession, Page

CPU_SLOWED: Final = 4
LINE: Final = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 1_600_000 / 8,
    "uploadThroughput": 750_000 / 8,
}
QUIET_MS: Final = 500
"""So long after it has loaded it is looked at whether a page goes on working."""
_NOTE_WORK = """
  window.workedUntilMs = 0;
  new PerformanceObserver((seen) => {
    for (const each of seen.getEntries()) window.workedUntilMs = each.startTime + each.duration;
  }).observe({type: "longtask", buffered: true});
"""
_TIMES = """() => {
  const [page] = performance.getEntriesByType("navigation");
  const painted = performance.getEntriesByName("first-contentful-paint")[0].startTime;
  const usable = Math.max(painted, page.domContentLoadedEventEnd, window.workedUntilMs);
  return {painted, usable, answered: page.responseStart};
}"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a page cost, cold.

    `usable_ms`: painted, its scripts run, and nothing since kept the processor for 50 ms at a time.
    `answered_ms`: the service's first byte came.
    """

    answered_ms: float
    painted_ms: float
    usable_ms: float
    sent_bytes: int


@dataclass
class _Sent:
    """How many bytes came, request by request; a stream that is open still counts with what it has sent."""

    bytes_of: dict[str, int] = field(default_factory=dict)

    def watch(self, tools: CDPSession) -> None:
        tools.on("Network.dataReceived", self._some)
        tools.on("Network.loadingFinished", self._all)

    def _some(self, said: dict[str, Any]) -> None:
        request = said["requestId"]
        self.bytes_of[request] = self.bytes_of.get(request, 0) + said["encodedDataLength"]

    def _all(self, said: dict[str, Any]) -> None:
        self.bytes_of[said["requestId"]] = said["encodedDataLength"]


def cost_of(context: BrowserContext, url: str) -> Cost:
    """Open a page in a tab of its own, with nothing kept of it before."""
    with _slow(context) as (page, tools):
        sent = _Sent()
        sent.watch(tools)
        page.goto(url, wait_until="load")
        page.wait_for_timeout(QUIET_MS)
        times = page.evaluate(_TIMES)
    return Cost(
        answered_ms=times["answered"],
        painted_ms=times["painted"],
        usable_ms=times["usable"],
        sent_bytes=sum(sent.bytes_of.values()),
    )


@contextmanager
def _slow(context: BrowserContext) -> Iterator[tuple[Page, CDPSession]]:
    page = context.new_page()
    page.add_init_script(_NOTE_WORK)
    tools = context.new_cdp_session(page)
    tools.send("Network.enable")
    tools.send("Network.clearBrowserCache")
    tools.send("Network.emulateNetworkConditions", LINE)
    tools.send("Emulation.setCPUThrottlingRate", {"rate": CPU_SLOWED})
    yield page, tools
    page.close()
