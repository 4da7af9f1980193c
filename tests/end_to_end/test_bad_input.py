"""What goes wrong around pages, in a real browser: a service that dies and comes back, texts that attack."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from cloud.application import application
from tests.fakes.alerts import an_alert
from tests.fakes.chromium import chromium
from tests.fakes.cloud_services import CARER, FakeCloud
from tests.fakes.hostile import MARKUP, hostile
from tests.fakes.http_server import free_port, serving
from vitals.clock import ScaledClock

pytestmark = pytest.mark.browser

SOON_MS = 20_000


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(locale="en-GB", service_workers="block")
    context.set_default_timeout(SOON_MS)
    yield context
    context.close()


def signed_in(context: BrowserContext, cloud: FakeCloud) -> Page:
    page = context.new_page()
    page.goto(f"{cloud.public_url}/sign-in?token={cloud.sessions.invite(CARER.id)}")
    page.locator("main form button").first.click()
    page.wait_for_url(lambda url: "/sign-in" not in url)
    return page


def a_cloud() -> tuple[FakeCloud, int]:
    port = free_port()
    return FakeCloud(clock=ScaledClock(), public_url=f"http://127.0.0.1:{port}"), port


def test_a_service_that_died_and_came_back_is_heard_again_with_what_happened_meanwhile(
    context: BrowserContext,
) -> None:
    cloud, port = a_cloud()
    state = "#link-state"
    with serving(application(cloud.services), port) as url:
        page = signed_in(context, cloud)
        page.goto(f"{url}/patients/p-wei")
        expect(page.locator(state)).to_have_text("Live", timeout=SOON_MS)
        page.evaluate("window.isTheSamePage = true")
    expect(page.locator(state)).to_contain_text("Connection lost", timeout=SOON_MS)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Wei")  # what was there still is
    alert = an_alert("tachycardia", now_ms=cloud.clock.wall_ms())
    cloud.alerts.alerts[alert.id] = alert
    cloud.live.closed = False
    with serving(application(cloud.services), port):
        expect(page.locator(state)).to_have_text("Live", timeout=SOON_MS)
        expect(page.locator(f'a[href="/alerts/{alert.id}"]').first).to_be_visible(timeout=SOON_MS)
        assert page.evaluate("window.isTheSamePage")
        page.close()


def test_no_text_in_any_field_runs_anything_once_scripts_have_shown_it(context: BrowserContext) -> None:
    cloud, port = a_cloud()
    hostile(cloud, MARKUP)
    ran: list[str] = []
    with serving(application(cloud.services), port) as url:
        page = signed_in(context, cloud)
        page.on("dialog", lambda dialog: (ran.append(dialog.message), dialog.dismiss()))
        pages = ("/", "/me/ways-in", "/me/notifications", "/alerts/alert-tachycardia")
        of_wei = ("/patients/p-wei/feel", "/patients/p-wei/messages", "/patients/p-wei")
        for path in (*pages, *of_wei):
            page.goto(f"{url}{path}")
            assert page.locator("img[src=x]").count() == 0, path
        expect(page.locator("#link-state")).to_have_text("Live", timeout=SOON_MS)
        fresh = an_alert("tachycardia", now_ms=cloud.clock.wall_ms())
        words = fresh.explanation | {"summary": MARKUP, "advice": {"caregiver": MARKUP}}
        cloud.alerts.alerts["alert-fresh"] = an_alert(
            "tachycardia", now_ms=cloud.clock.wall_ms(), id="alert-fresh", explanation=words
        )
        cloud.live.publish("p-wei", "alert", {"id": "alert-fresh", "state": "active"})
        expect(page.locator('a[href="/alerts/alert-fresh"]').first).to_be_attached(timeout=SOON_MS)
        assert page.locator("img[src=x]").count() == 0
        page.close()
    assert ran == []
