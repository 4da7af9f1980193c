"""The pages in a real browser: signing in, live values, alerts, acknowledging, and what stays hidden."""

import math
import re
import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from cloud.alerts.acknowledge import AcknowledgeReason
from cloud.application import application
from cloud.live import RecordsToLive
from cloud.ports import Alert, IdentifiedRecord, Patient, Person, Point
from tests.fakes.alerts import an_alert
from tests.fakes.chromium import chromium
from tests.fakes.cloud_services import CARER, DOCTOR, STRANGER, FakeCloud
from tests.fakes.http_server import free_port, serving
from vitals.clock import ScaledClock
from vitals.records import AnyRecord, ObservationRun, Waveform

pytestmark = pytest.mark.browser

RATE_HZ = 130.0


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@dataclass(slots=True)
class Site:
    """A running service over fakes, and what happens in it."""

    cloud: FakeCloud
    url: str

    def link(self, person: Person = CARER) -> str:
        return f"{self.url}/sign-in?token={self.cloud.sessions.invite(person.id)}"

    def raise_alert(self, alert: Alert) -> None:
        self.cloud.alerts.alerts[alert.id] = alert
        self.cloud.live.publish(alert.patient_id, "alert", {"id": alert.id, "state": alert.state.value})

    def commit(self, *records: AnyRecord) -> None:
        RecordsToLive(feed=self.cloud.live).on_committed(
            IdentifiedRecord(
                gateway="hall",
                epoch="e-observations",
                seq=1,
                record=record,
                patient_id="p-wei",
                received_ms=self.cloud.clock.wall_ms(),
            )
            for record in records
        )

    def alert(self, condition: str = "atrial-fibrillation") -> Alert:
        return an_alert(condition, now_ms=self.cloud.clock.wall_ms())

    def heart_rate(self, value: float) -> ObservationRun:
        now_ms = self.cloud.clock.wall_ms()
        times = [now_ms - 500 * step for step in range(60, -1, -1)]
        return ObservationRun(device="c0-01", kind="heart_rate", t_ms=times, value=[value] * len(times))

    def strip(self, seconds: float = 2.0) -> Waveform:
        count = int(RATE_HZ * seconds)
        beats = [int(900 * math.exp(-(((i % 100) - 50) ** 2) / 8)) for i in range(count)]
        return Waveform(
            device="c0-01",
            kind="ecg",
            t0_ms=self.cloud.clock.wall_ms() - int(seconds * 1000),
            rate_hz=RATE_HZ,
            samples=struct.pack(f"<{count}h", *beats),
            scale=0.001,
            lead="I",
        )


@pytest.fixture
def site() -> Iterator[Site]:
    port = free_port()
    cloud = FakeCloud(clock=ScaledClock(), public_url=f"http://127.0.0.1:{port}")
    now_ms = cloud.clock.wall_ms()
    cloud.series.points["p-wei", "heart_rate"] = [
        Point(t_ms=now_ms - seconds * 1000, value=72.0, quality=0.9, device="c0-01")
        for seconds in range(600, 0, -1)
    ]
    with serving(application(cloud.services), port) as url:
        yield Site(cloud, url)


@pytest.fixture
def page(browser: Browser, site: Site) -> Iterator[Page]:
    """Lin's browser, signed in and on Wei's page; no script of it may fail or be blocked."""
    with_scripts = browser.new_context(locale="en-GB", timezone_id="Europe/Berlin")
    wrong: list[str] = []
    page = signed_in(with_scripts, site)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: wrong.append(said.text) if "Content Security" in said.text else None)
    yield page
    with_scripts.close()
    assert wrong == []


@pytest.fixture
def plain_page(browser: Browser, site: Site) -> Iterator[Page]:
    """The same without JavaScript."""
    without_scripts = browser.new_context(java_script_enabled=False)
    yield signed_in(without_scripts, site)
    without_scripts.close()


def signed_in(context: BrowserContext, site: Site) -> Page:
    page = context.new_page()
    page.set_default_timeout(10_000)
    page.goto(site.link())
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/patients/p-wei")
    return page


def live(page: Page) -> None:
    expect(page.locator("#link-state")).to_have_text("Live")


def ink(page: Page) -> int:
    """How many pixels of the trace are drawn."""
    return int(
        page.evaluate(
            """() => { const c = document.querySelector("canvas.trace");
                const d = c.getContext("2d").getImageData(0, 0, c.width, c.height).data;
                let n = 0; for (let i = 3; i < d.length; i += 4) if (d[i]) n += 1; return n; }"""
        )
    )


def test_the_page_answers_first_and_then_keeps_up(site: Site, page: Page) -> None:
    live(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Wei: everything looks as usual.")
    site.commit(site.heart_rate(93.0))
    began = time.monotonic()
    expect(page.locator("#rate-value")).to_have_text("93", timeout=2_000)
    assert time.monotonic() - began < 2.0
    expect(page.locator("#rate-trend")).to_contain_text("rising")
    expect(page.locator("#rate-range")).to_have_text(re.compile("^72.93$"))
    expect(page.locator("#rate-period")).to_have_text("Last 15 min:")
    site.commit(site.heart_rate(0.0))
    expect(page.locator("#rate-left-out")).to_contain_text("left out as impossible")
    expect(page.locator("#rate-value")).to_have_text("93")


def test_the_ecg_moves_and_keeps_moving(site: Site, page: Page) -> None:
    live(page)
    assert ink(page) == 0
    for _ in range(3):
        site.commit(site.strip())
        time.sleep(1.0)
    assert ink(page) > 200
    expect(page.locator("#ecg-state")).to_contain_text(re.compile(r"live, \d+ s behind"))
    expect(page.locator("#ecg-lead")).to_contain_text("lead I")
    paper, card = page.locator("#ecg").bounding_box(), page.locator(".card.strip").bounding_box()
    assert paper is not None
    assert card is not None
    assert paper["y"] + paper["height"] <= card["y"] + card["height"]


def test_missing_signal_is_hatched_as_paper_is_and_never_drawn_as_a_trace(site: Site, page: Page) -> None:
    live(page)
    for silence_s in (1.0, 0.0):
        site.commit(site.strip())
        time.sleep(2.0 + silence_s)
    page.set_viewport_size({"width": 1000, "height": 700})  # all of it is drawn again at once
    page.wait_for_timeout(200)
    assert ink(page) > 200
    darkest = page.evaluate(
        """() => { const c = document.querySelector("canvas.trace");
            const d = c.getContext("2d").getImageData(0, 0, c.width, Math.floor(c.height / 10)).data;
            let least = 255;
            for (let i = 0; i < d.length; i += 4) if (d[i + 3] > 200) least = Math.min(least, d[i]);
            return least; }"""
    )
    assert 128 < darkest < 255  # above every beat there is hatching, in the ink of the paper's lines


def test_an_alert_arrives_within_two_seconds_of_its_publication(site: Site, page: Page) -> None:
    live(page)
    expect(page.locator("[data-region=alerts]")).to_contain_text("No open alerts.")
    site.raise_alert(site.alert())
    began = time.monotonic()
    expect(page.get_by_role("heading", level=3, name="Irregular heart rhythm")).to_be_visible(timeout=2_000)
    expect(page.get_by_role("heading", level=1)).to_contain_text("not yet acknowledged", timeout=2_000)
    assert time.monotonic() - began < 2.0
    expect(page.locator(".badge").first).to_contain_text("Medium priority")


def test_the_panel_says_why(site: Site, page: Page) -> None:
    site.raise_alert(site.alert())
    page.reload()
    page.get_by_text("Why this alert").click()
    panel = page.locator(".why")
    expect(panel).to_contain_text("97% sure")
    expect(panel.locator("svg.beat path")).to_have_attribute("d", re.compile("^M"))
    expect(panel.locator("svg.around path.line")).to_have_attribute("d", re.compile("^M"))
    expect(panel.locator("svg.bar-scale")).to_be_visible()


def test_acknowledging_happens_in_place_and_reaches_every_open_page(site: Site, page: Page) -> None:
    site.raise_alert(site.alert())
    other = page.context.new_page()
    other.goto(page.url)
    live(page)
    live(other)
    before = page.evaluate("performance.timeOrigin")
    page.get_by_label("Your answer").select_option("false-alarm")
    page.get_by_role("button", name="Acknowledge").click()
    for each in (page, other):
        expect(each.locator(".taken")).to_contain_text("Lin")
        expect(each.locator(".taken")).to_contain_text("Not real")
        expect(each.get_by_role("button", name="Acknowledge")).to_have_count(0)
    assert page.evaluate("performance.timeOrigin") == before


def test_acknowledging_works_without_scripts(site: Site, plain_page: Page) -> None:
    site.raise_alert(site.alert())
    plain_page.reload()
    plain_page.get_by_label("Your answer").select_option("real")
    plain_page.get_by_role("button", name="Acknowledge").click()
    plain_page.wait_for_url("**/patients/p-wei")
    expect(plain_page.locator(".taken")).to_contain_text("Lin")
    expect(plain_page.locator("#rate-value")).to_have_text("72")
    expect(plain_page.locator("#rate-spark path")).to_have_attribute("d", re.compile("^M"))


def test_the_second_to_answer_is_told_who_was_first(site: Site, page: Page) -> None:
    alert = site.alert()
    site.raise_alert(alert)
    button = page.get_by_role("button", name="Acknowledge")
    expect(button).to_be_visible()
    site.cloud.alerts.acknowledge(alert.id, DOCTOR, AcknowledgeReason.REAL, site.cloud.clock.wall_ms())
    button.click()
    page.wait_for_url(f"**/alerts/{alert.id}?answered=late")
    expect(page.get_by_text("Mei was first and is on it.")).to_be_visible()
    assert site.cloud.alerts.alerts[alert.id].acknowledged_by == DOCTOR.id


def test_an_answer_that_met_an_ended_session_is_offered_again(site: Site, page: Page) -> None:
    alert = site.alert()
    site.cloud.alerts.alerts[alert.id] = alert
    page.goto(f"{site.url}/alerts/{alert.id}")
    page.get_by_label("Your answer").select_option("known")
    site.cloud.sessions.end_all(CARER.id)
    page.get_by_role("button", name="Acknowledge").click()
    page.wait_for_url("**/sign-in")
    expect(page.get_by_text("you go on where you were")).to_be_visible()
    page.goto(site.link())
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"**/alerts/{alert.id}?answer=known")
    expect(page.get_by_label("Your answer")).to_have_value("known")
    page.get_by_role("button", name="Acknowledge").click()
    expect(page.get_by_text("Known and expected").first).to_be_visible()


def test_what_came_while_there_was_no_connection_is_said(site: Site, page: Page) -> None:
    page.goto(f"{site.url}/inbox")
    live(page)
    page.context.set_offline(True)
    page.evaluate("dispatchEvent(new Event('pagehide'))")  # as a phone that falls asleep lets go of it
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    expect(page.locator("#link-state")).to_have_class(re.compile("lost"))
    alert = site.alert()
    site.cloud.alerts.alerts[alert.id] = alert
    page.context.set_offline(False)
    expect(page.locator("#missed")).to_contain_text("New while there was no connection: Wei", timeout=15_000)
    expect(page.get_by_role("heading", level=1)).to_contain_text("1 of 1 needs you.")


def test_what_somebody_is_typing_survives_what_happens_elsewhere(site: Site, page: Page) -> None:
    site.raise_alert(site.alert())
    live(page)
    answer = page.get_by_label("Your answer").first
    answer.select_option("known")
    site.raise_alert(site.alert("battery-low"))
    expect(page.locator("article.alert")).to_have_count(2)
    expect(answer).to_have_value("known")


def test_a_chinese_browser_reads_chinese_and_scripts_go_on_in_it(site: Site, browser: Browser) -> None:
    context = browser.new_context(locale="zh-CN", timezone_id="Asia/Shanghai")
    page = context.new_page()
    page.goto(site.link())
    page.get_by_role("button", name="登录").click()
    page.wait_for_url("**/patients/p-wei")
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans-CN")
    expect(page.get_by_role("heading", level=1)).to_have_text("Wei\N{FULLWIDTH COLON}一切如常。")
    expect(page.locator("#link-state")).to_have_text("实时")
    expect(page.locator("#rate-age")).to_have_text(re.compile(r"^(刚刚|\d+秒前)$"))
    expect(page.locator("#rate-period")).to_have_text(re.compile("^最近15分钟"))
    assert {one["name"]: one["value"] for one in context.cookies()}["time_zone"] == "Asia/Shanghai"
    context.close()


def test_losing_the_service_is_said_and_healed(site: Site, page: Page) -> None:
    live(page)
    page.context.set_offline(True)
    site.cloud.live.close()
    expect(page.locator("#link-state")).to_contain_text("Connection lost", timeout=8_000)
    expect(page.locator("body")).to_have_class(re.compile("stale"))
    site.cloud.live.closed = False
    page.context.set_offline(False)
    expect(page.locator("#link-state")).to_have_text("Live", timeout=10_000)
    expect(page.locator("body")).not_to_have_class(re.compile("stale"))


def test_an_old_value_fades_and_says_its_age(site: Site, page: Page) -> None:
    points = site.cloud.series.points["p-wei", "heart_rate"]
    del points[-60:]
    page.reload()
    expect(page.locator("#rate")).to_have_attribute("data-stale", "")
    expect(page.locator("#rate-age")).to_contain_text("1 min ago")


def test_a_revoked_viewer_is_shown_out(site: Site, page: Page) -> None:
    live(page)
    site.cloud.directory.relations.grants.clear()
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "There is nothing here for you.", timeout=10_000
    )


def test_signing_out_in_one_page_closes_the_others(page: Page) -> None:
    other = page.context.new_page()
    other.goto(page.url)
    live(other)
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in")
    expect(other.get_by_role("heading", level=1)).to_have_text("Sign in", timeout=10_000)


def test_a_stranger_gets_nothing(site: Site, browser: Browser) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{site.url}/patients/p-wei")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    page.goto(site.link(STRANGER))
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("There is nothing here for you.")
    page.get_by_role("link", name="To the start page").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("No patient is open to you yet.")
    page.goto(f"{site.url}/patients/p-wei")
    expect(page.get_by_role("heading", level=1)).to_have_text("There is nothing here for you.")
    expect(page.locator("body")).not_to_contain_text("Wei")
    context.close()


def test_script_in_a_name_or_an_alert_is_inert(site: Site, page: Page) -> None:
    attack = '<img src=x onerror="window.pwned=1"><script>window.pwned=1</script>'
    site.cloud.directory.patients["p-wei"] = Patient(id="p-wei", display_name=attack)
    hostile = {
        "summary": attack,
        "advice": {"caregiver": attack},
        "contributors": [{"name": attack, "value": 1}],
    }
    alert = site.alert()
    page.reload()
    live(page)
    site.raise_alert(an_alert(now_ms=site.cloud.clock.wall_ms(), explanation=alert.explanation | hostile))
    expect(page.locator(".summary")).to_have_text(attack)
    expect(page.get_by_role("heading", level=1)).to_contain_text("<script>")
    assert page.evaluate("window.pwned") is None


def test_every_control_can_be_reached_by_keyboard_and_is_large_enough(site: Site, page: Page) -> None:
    site.raise_alert(site.alert())
    page.set_viewport_size({"width": 390, "height": 844})
    page.reload()
    for control in page.locator("main button, main select, main summary, header button").all():
        box = control.bounding_box()
        assert box is not None
        assert box["height"] >= 44
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_reduced_motion_stops_what_blinks(site: Site, browser: Browser) -> None:
    context = browser.new_context(reduced_motion="reduce")
    page = signed_in(context, site)
    site.raise_alert(site.alert("bradycardia"))
    mark = page.locator(".badge.sounding .mark")
    expect(mark).to_be_visible()
    assert mark.evaluate("node => getComputedStyle(node).animationName") == "none"
    context.close()


def test_a_list_that_comes_up_to_date_keeps_what_is_half_typed(site: Site, browser: Browser) -> None:
    context = browser.new_context(locale="en-GB")
    page = context.new_page()
    page.goto(site.link(DOCTOR))
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/patients")
    live(page)
    field = page.get_by_role("searchbox", name="Name")
    field.press_sequentially("We")
    site.raise_alert(site.alert("bradycardia"))
    expect(page.get_by_text("slow heart rate")).to_be_visible()
    expect(field).to_have_value("We")
    expect(field).to_be_focused()
    context.close()
