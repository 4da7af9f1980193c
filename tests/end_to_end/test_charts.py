"""Charts in a real browser: drawn in time, zoomed by dragging and by keys, with the address following."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from cloud.application import application
from cloud.ports import Point, RollupQuery, Rollups
from tests.fakes.chromium import chromium
from tests.fakes.cloud_services import DOCTOR, FakeCloud
from tests.fakes.http_server import free_port, serving
from tests.fakes.series_reader import FakeSeriesReader
from vitals.clock import ScaledClock

pytestmark = pytest.mark.browser

LONGEST_MS = 300
DAY_MS = 86_400_000
ADDRESS = "/patients/p-wei/trends?kinds=heart_rate&period=30d"
DRAWN = "performance.getEntriesByName('trend heart_rate').map(each => each.duration)"


@dataclass(slots=True)
class OneHertz(FakeSeriesReader):
    """A heart rate every second of every hour there ever was, summed up as a store does it."""

    def rollups(self, patient_id: str, query: RollupQuery) -> Rollups:
        if patient_id != "p-wei" or query.kind != "heart_rate":
            return FakeSeriesReader.rollups(self, patient_id, query)
        from_ms = np.arange(query.from_ms, query.to_ms, query.every_ms, np.int64)
        mean = 72 + 9 * np.sin(from_ms / DAY_MS * 2 * np.pi)
        return Rollups(
            kind=query.kind,
            from_ms=from_ms,
            count=np.full(len(from_ms), query.every_ms // 1_000, np.int64),
            minimum=mean - 14,
            maximum=mean + 21,
            mean=mean,
            deviation=np.full(len(from_ms), 4.0),
        )


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Mei's browser, on Wei's charts of a month; no script of it may fail or be blocked."""
    port = free_port()
    cloud = FakeCloud(clock=ScaledClock(), public_url=f"http://127.0.0.1:{port}", series=OneHertz())
    now_ms = cloud.clock.wall_ms()
    cloud.series.points["p-wei", "heart_rate"] = [
        Point(t_ms=now_ms - 1_000, value=72.0, quality=0.9, device="c0-01")
    ]
    context = browser.new_context(locale="en-GB", timezone_id="Europe/Berlin", service_workers="block")
    page, wrong = context.new_page(), list[str]()
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: wrong.append(said.text) if "Content Security" in said.text else None)
    with serving(application(cloud.services), port) as url:
        page.goto(f"{url}/sign-in?token={cloud.sessions.invite(DOCTOR.id)}")
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_load_state()
        page.goto(f"{url}{ADDRESS}")
        yield page
        context.close()
    assert wrong == []


def span_of(page: Page) -> tuple[int, int]:
    from_ms, to_ms = page.evaluate(
        "['from', 'to'].map(name => Number(new URL(location.href).searchParams.get(name)))"
    )
    return from_ms, to_ms


def test_a_month_of_one_value_a_second_is_drawn_in_time_and_can_be_looked_at_closely(page: Page) -> None:
    chart = page.locator(".uplot")
    expect(chart).to_be_visible(timeout=30_000)
    expect(page.get_by_text("Each point is an hour: mean, lowest and highest.")).to_be_visible()
    page.wait_for_function(f"{DRAWN}.length > 0")
    (took_ms, *_) = page.evaluate(DRAWN)
    print(f"\n30 days of 1 Hz drawn in {took_ms:.0f} ms")  # noqa: T201 - what the page measured
    assert took_ms < LONGEST_MS

    over = page.locator(".u-over").bounding_box()
    assert over is not None
    middle = over["y"] + over["height"] / 2
    page.mouse.move(over["x"] + over["width"] * 0.5, middle)
    page.mouse.down()
    page.mouse.move(over["x"] + over["width"] * 0.55, middle, steps=4)
    page.mouse.up()
    page.wait_for_function("new URL(location.href).searchParams.has('from')")
    from_ms, to_ms = span_of(page)
    assert DAY_MS < to_ms - from_ms < 2 * DAY_MS
    expect(page.get_by_text("Each point is a minute: mean, lowest and highest.")).to_be_visible(
        timeout=30_000
    )

    page.locator("[data-place]").focus()
    page.keyboard.press("ArrowLeft")
    moved = span_of(page)
    assert moved[1] - moved[0] == pytest.approx(to_ms - from_ms, abs=2)
    assert to_ms - moved[1] == pytest.approx((to_ms - from_ms) / 4, abs=2)
    page.keyboard.press("-")
    wider = span_of(page)
    assert wider[1] - wider[0] == pytest.approx(2 * (to_ms - from_ms), abs=4)
    page.go_back()
    expect(page.get_by_text("Each point is an hour: mean, lowest and highest.")).to_be_visible(timeout=30_000)


def test_what_an_address_shows_it_shows_again(page: Page) -> None:
    expect(page.locator(".uplot")).to_be_visible(timeout=30_000)
    page.get_by_role("link", name="Closer").click()
    page.wait_for_function("new URL(location.href).searchParams.has('from')")
    span = page.locator("#trend-span").text_content()
    page.reload()
    expect(page.locator("#trend-span")).to_have_text(span or "")
    expect(page.locator(".uplot")).to_be_visible(timeout=30_000)
