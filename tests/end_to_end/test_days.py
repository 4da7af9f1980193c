"""Each person's main day, in Chinese on a phone and in English at a desk; each page is looked at on both.

No page complains to its console, is wider than its screen, or leaves a sentence in English on a Chinese one.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, ViewportSize, expect

from cloud.access.sessions import HOUR_MS
from cloud.application import application
from cloud.ports import AlertState, HeardDevice
from tests.fakes.chromium import chromium
from tests.fakes.cloud_services import FakeCloud
from tests.fakes.furnished import ROLES, furnished
from tests.fakes.http_server import free_port, serving
from tests.fakes.in_english import left_in_english
from tests.fakes.markup import markup
from tests.fakes.slow_line import cost_of
from vitals.clock import ScaledClock

pytestmark = pytest.mark.browser

SIZE: dict[bool, ViewportSize] = {True: {"width": 390, "height": 844}, False: {"width": 1440, "height": 900}}
OTHER = {True: SIZE[False], False: SIZE[True]}
SOON_MS = 15_000
"""Ten times what `make page-budgets` allows: other tests run beside this one."""
ALERT = "alert-ventricular-tachycardia"


@dataclass
class Day:
    """Somebody's browser, signed in, and what was wrong on the pages that they went through."""

    cloud: FakeCloud
    url: str
    page: Page
    is_chinese: bool
    wrong: list[str] = field(default_factory=list)

    def watch(self) -> None:
        self.page.on("pageerror", lambda error: self.wrong.append(f"{self.page.url}: {error}"))
        self.page.on("console", self._heard)

    def _heard(self, said: ConsoleMessage) -> None:
        if said.type == "error":
            self.wrong.append(f"{self.page.url}: {said.text}")

    def look(self) -> None:
        """Look at the page that is shown, as it stands once its scripts have run."""
        expect(self.page.get_by_role("heading", level=1)).to_have_count(1)
        for size in (OTHER[self.is_chinese], SIZE[self.is_chinese]):
            self.page.set_viewport_size(size)
            wide = self.page.evaluate("document.documentElement.scrollWidth")
            if wide > size["width"]:
                self.wrong.append(f"{self.page.url}: {wide} px wide of {size['width']}")
        if self.is_chinese:
            left = left_in_english(markup(self.page.content()).said)
            self.wrong += [f"{self.page.url}: {each!r}" for each in left]

    def open(self, path: str) -> None:
        self.page.goto(f"{self.url}{path}")
        self.look()

    def follow(self, path: str) -> None:
        """Go on by a link of the page, as the menus beside or under it have one."""
        link = self.page.locator(f'a[href="{path}"]:visible').first
        if not link.count():
            self.page.locator("nav.thumb summary").click()
        link.click()
        self.page.wait_for_url(re.compile(rf"{re.escape(path)}(\?|$)"))  # scripts add what is shown
        self.look()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@dataclass(frozen=True, slots=True)
class Place:
    cloud: FakeCloud
    url: str


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    port = free_port()
    cloud = furnished(FakeCloud(clock=ScaledClock(), public_url=f"http://127.0.0.1:{port}"))
    with serving(application(cloud.services), port) as url:
        yield Place(cloud, url)


DayOf = Callable[[str], Day]


@pytest.fixture(params=["zh-CN", "en-GB"])
def day_of(request: pytest.FixtureRequest, browser: Browser, place: Place) -> Iterator[DayOf]:
    """Sign somebody in by the link they were sent; nothing may have been wrong by the end of their day."""
    is_chinese = request.param.startswith("zh")
    context = browser.new_context(
        locale=request.param, viewport=SIZE[is_chinese], service_workers="block", reduced_motion="reduce"
    )
    context.set_default_timeout(20_000)
    begun: list[Day] = []

    def day_of(role: str) -> Day:
        day = Day(place.cloud, place.url, context.new_page(), is_chinese)
        begun.append(day)
        day.watch()
        day.open(f"/sign-in?token={place.cloud.sessions.invite(ROLES[role].id)}")
        day.page.locator("main form button").first.click()
        day.page.wait_for_url(lambda url: "/sign-in" not in url)
        day.look()
        return day

    yield day_of
    context.close()
    assert [each for day in begun for each in day.wrong] == []


def test_a_patient_reads_how_he_is_and_who_looked(day_of: DayOf) -> None:
    day = day_of("patient")
    day.open("/patients/p-wei")
    expect(day.page.locator("#rate-value")).to_have_text(re.compile(r"^\d\d$"))
    expect(day.page.locator("#link-state")).to_have_text("实时" if day.is_chinese else "Live")
    for path in ("day", "feel", "devices"):
        day.follow(f"/patients/p-wei/{path}")
    day.follow("/patients/p-wei/looks")
    expect(day.page.locator("main")).to_contain_text("Lin")
    day.page.locator('main a[href*="/looks/"]').first.click()
    day.look()
    day.follow("/patients/p-wei/sharing")
    expect(day.page.locator("main")).to_contain_text("Night watch")


def test_a_daughter_goes_from_what_she_was_told_to_her_answer(day_of: DayOf) -> None:
    day = day_of("caregiver")
    before = day.cloud.alerts.alerts[ALERT]
    day.follow("/inbox")
    expect(day.page.locator("main")).to_contain_text("Wei")
    day.page.locator(f'main a[href="/alerts/{ALERT}"]').first.click()
    day.page.wait_for_url(f"**/alerts/{ALERT}")
    day.look()
    expect(day.page.get_by_role("heading", level=1)).to_contain_text("Wei")
    day.page.locator("select[name=reason]").select_option("real")
    day.page.locator("form.acknowledge button").click()
    expect(day.page.locator(".taken").first).to_contain_text("Lin")
    day.look()
    after = day.cloud.alerts.alerts[ALERT]
    assert (after.state, after.acknowledged_reason) == (AlertState.ACKNOWLEDGED, "real")
    day.cloud.alerts.alerts[ALERT] = before
    day.follow("/duty")
    expect(day.page.get_by_role("heading", level=2).first).to_be_visible()


def test_a_clinician_goes_from_the_list_to_a_patient_to_the_alert(day_of: DayOf) -> None:
    day = day_of("clinician")
    day.open("/")
    day.page.locator('main a[href="/patients/p-wei"]').first.click()
    day.page.wait_for_url("**/patients/p-wei*")
    day.look()
    day.page.locator(f'main a[href="/alerts/{ALERT}"]').first.click()
    day.page.wait_for_url(f"**/alerts/{ALERT}")
    day.look()
    expect(day.page.locator("svg.beat").first).to_be_attached()
    for path in ("trends", "limits"):
        day.open("/patients/p-wei")
        day.follow(f"/patients/p-wei/{path}")
    day.follow("/patients/p-wei/limits/tachycardia")
    day.page.locator("input[name=limit]").fill("140")
    day.page.locator("button[name=try]").click()
    day.page.wait_for_url("**/limits/tachycardia?**limit=140**")
    expect(day.page.locator("#behaved-title")).to_be_visible()
    day.look()


def test_a_clinician_looks_at_the_heart_writes_a_note_and_hands_over(day_of: DayOf) -> None:
    day = day_of("clinician")
    now_ms = day.cloud.clock.wall_ms()
    day.cloud.directory.bind("c0-01", "p-wei", now_ms - HOUR_MS)
    day.cloud.back_office.heard_from.append(
        HeardDevice(device="c0-01", gateway="hallway", received_ms=now_ms)
    )
    day.open("/patients/p-wei")
    day.follow("/patients/p-wei/ecg")
    expect(day.page.locator("#ecg-paper")).to_be_visible()
    day.page.locator("#ecg-ask button").click()
    expect(day.page.locator("[data-region=kept] li").first).to_be_visible()
    day.look()
    day.open("/patients/p-wei")
    day.follow("/patients/p-wei/notes")
    day.page.locator("textarea[name=text]").fill("睡得很好" if day.is_chinese else "Slept well")
    day.page.locator("main form button.primary").click()
    expect(day.page.locator(".note").first).to_be_visible()
    day.look()
    for path in ("hand-over", "report"):
        day.open("/patients/p-wei")
        day.follow(f"/patients/p-wei/{path}")


def test_an_administrator_goes_through_what_is_broken_and_lets_somebody_in(day_of: DayOf) -> None:
    day = day_of("administrator")
    aside, troubles = [*day.cloud.quarantine.aside], day.cloud.troubles
    day.cloud.troubles = ("backup: the newest is 61 h old",)
    day.open("/")
    day.follow("/admin/health")
    expect(day.page.locator("main")).to_contain_text("61 h old")
    day.follow("/admin/quarantine")
    day.page.locator("form:has(input[value='it was full']) button").click()
    day.page.wait_for_url("**/replay")
    day.look()
    assert [each.record.reason for each in day.cloud.quarantine.aside] == ["torn"]
    day.cloud.quarantine.aside, day.cloud.troubles = aside, troubles
    day.follow("/admin/devices")
    day.follow("/admin/devices/c0-09")
    day.page.locator("input[name=patient]").fill("Ama (p-ama)")
    day.page.locator("form[action$='/wearer'] button").click()
    day.page.wait_for_url("**/wearer?*")
    day.look()
    day.page.locator("form.confirm button").click()
    day.page.wait_for_url("**/admin/devices/c0-09")
    day.look()
    assert day.cloud.services.wearing.wearer("c0-09") == "p-ama"
    day.follow("/admin/people")
    day.follow("/me/invite")
    name = f"Jo {day.is_chinese}"
    day.page.locator("input[name=display_name]").fill(name)
    day.page.locator("main form button").click()
    expect(day.page.locator("textarea.code")).to_have_value(re.compile("token="))
    day.look()
    day.open("/admin/people?show=waiting")
    expect(day.page.locator("main table")).to_contain_text(name)
    day.follow("/admin/gateways")
    day.follow("/admin/gateways/hallway")
    day.follow("/admin/gateways/hallway/revocation")
    expect(day.page.locator("main")).to_contain_text("hallway")


@pytest.mark.parametrize(
    ("role", "path"), [("patient", "/patients/p-wei"), ("caregiver", f"/alerts/{ALERT}")]
)
def test_what_is_opened_most_is_small_and_there_soon_on_a_slow_phone(
    browser: Browser, place: Place, role: str, path: str
) -> None:
    context = browser.new_context(locale="en-GB", viewport=SIZE[True], service_workers="block")
    page = context.new_page()
    page.goto(f"{place.url}/sign-in?token={place.cloud.sessions.invite(ROLES[role].id)}")
    page.locator("main form button").first.click()
    page.wait_for_url(lambda url: "/sign-in" not in url)
    page.close()
    cost = cost_of(context, f"{place.url}{path}")
    context.close()
    assert 10_000 < cost.sent_bytes < 200_000
    assert 0 < cost.answered_ms < cost.painted_ms <= cost.usable_ms
    assert cost.usable_ms < SOON_MS
