"""An hour of live ECG at 250 Hz in Chromium: what it takes of a processor, and that memory stays flat.

The hour is played forty times as fast for memory, and a half minute of it as it is for the processor. Run
with `-s` to read the figures; processor time is the renderer's own, so that other load does not count.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, CDPSession, Page, expect

from cloud.application import application
from cloud.live import strip_event
from tests.fakes.chromium import chromium
from tests.fakes.cloud_services import CARER, FakeCloud
from tests.fakes.http_server import free_port, serving
from tests.fakes.stored_ecg import ECTOPICS, stored
from vitals.clock import ScaledClock

pytestmark = pytest.mark.browser

HOUR_S, HASTE, AS_IT_IS_S = 3_600, 40.0, 30
SETTLED_S = 300
MOST_CPU_SHARE = 0.15
MOST_GROWN_BYTES = 2_000_000
PAGES = {"the moving trace": "/patients/p-wei", "the viewer": "/patients/p-wei/ecg"}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@dataclass(slots=True)
class Watched:
    """A page that shows live ECG, and what it takes."""

    page: Page
    tab: CDPSession
    whole: CDPSession
    clock: ScaledClock

    def heap_bytes(self) -> float:
        """What scripts hold once rubbish is collected."""
        self.tab.send("HeapProfiler.collectGarbage")
        found: dict[str, Any] = self.tab.send("Performance.getMetrics")
        return float(next(one["value"] for one in found["metrics"] if one["name"] == "JSHeapUsedSize"))

    def cpu_s(self) -> float:
        """Processor time of the renderers."""
        processes: dict[str, Any] = self.whole.send("SystemInfo.getProcessInfo")
        return float(sum(one["cpuTime"] for one in processes["processInfo"] if one["type"] == "renderer"))

    def passed(self, service_s: float) -> None:
        """Let time pass on the service's clock."""
        self.page.wait_for_timeout(1000 * self.clock.real_s(service_s))


@contextmanager
def watched(browser: Browser, path: str, speed: float) -> Iterator[Watched]:
    """Show a page while a strip of a second comes each second of the service's clock."""
    port, clock = free_port(), ScaledClock(speed=speed, anchor_ms=time.time_ns() // 1_000_000)
    cloud = FakeCloud(clock=clock, public_url=f"http://127.0.0.1:{port}")
    is_over = threading.Event()
    with serving(application(cloud.services), port) as url:
        sender = threading.Thread(target=_send, args=(cloud, clock, is_over), daemon=True)
        context = browser.new_context(viewport={"width": 1440, "height": 900}, service_workers="block")
        page = context.new_page()
        page.goto(f"{url}/sign-in?token={cloud.sessions.invite(CARER.id)}")
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/patients/p-wei")
        page.goto(f"{url}{path}")
        if path.endswith("/ecg"):
            page.get_by_role("button", name="Follow live").click()
        expect(page.locator("#link-state")).to_have_text("Live", timeout=30_000)
        sender.start()
        tab = context.new_cdp_session(page)
        tab.send("Performance.enable")
        yield Watched(page, tab, browser.new_browser_cdp_session(), clock)
        is_over.set()
        sender.join(10)
        context.close()


def _send(cloud: FakeCloud, clock: ScaledClock, is_over: threading.Event) -> None:
    strips = stored(ECTOPICS, 0)
    next_ms = clock.wall_ms()
    number = 0
    while not is_over.wait(clock.real_s(0.5)):
        while next_ms + 1000 <= clock.wall_ms():
            told = dict(strip_event(strips[number % len(strips)]), t0_ms=next_ms)
            cloud.live.publish("p-wei", "ecg", told)
            number, next_ms = number + 1, next_ms + 1000


@pytest.mark.parametrize("shown", PAGES)
def test_an_hour_of_live_ecg_leaves_memory_flat(browser: Browser, shown: str) -> None:
    with watched(browser, PAGES[shown], HASTE) as page:
        page.passed(SETTLED_S)
        heaps = [page.heap_bytes()]
        for _ in range(4):
            page.passed(HOUR_S / 4)
            heaps.append(page.heap_bytes())
    megabytes = " ".join(f"{each / 1e6:.2f}" for each in heaps)
    print(f"\n{shown}: heap in MB each quarter of an hour: {megabytes}")  # noqa: T201 - what -s is for
    assert max(heaps[1:]) - heaps[0] < MOST_GROWN_BYTES


@pytest.mark.parametrize("shown", PAGES)
def test_live_ecg_takes_little_of_a_processor(browser: Browser, shown: str) -> None:
    with watched(browser, PAGES[shown], 1.0) as page:
        page.passed(10)
        before_s, began = page.cpu_s(), time.monotonic()
        page.passed(AS_IT_IS_S)
        share = (page.cpu_s() - before_s) / (time.monotonic() - began)
    print(f"\n{shown}: {share:.1%} of a processor")  # noqa: T201 - what -s is for
    assert share < MOST_CPU_SHARE
