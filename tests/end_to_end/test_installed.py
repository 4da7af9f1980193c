"""An installed Carewire in a real browser: without a network, and woken by what the service pushes."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Worker, expect

from cloud.application import application
from cloud.notifiers.web_push import plain
from cloud.ports import Channel, ContactPoint, Message, Occasion, Words
from tests.fakes.alerts import an_alert
from tests.fakes.chromium import chromium
from tests.fakes.cloud_services import CARER, FakeCloud
from tests.fakes.http_server import free_port, serving
from tests.fakes.way import FakeWay
from vitals.clock import ScaledClock

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@dataclass(slots=True)
class Installed:
    """Lin's browser, signed in, its worker in charge."""

    cloud: FakeCloud
    url: str
    context: BrowserContext
    page: Page
    worker: Worker

    def push(self, data: str) -> None:
        """Have the browser told what a push service would tell it."""
        tools = self.context.new_cdp_session(self.page)
        found: list[str] = []
        tools.on(
            "ServiceWorker.workerRegistrationUpdated",
            lambda said: found.extend(one["registrationId"] for one in said["registrations"]),
        )
        tools.send("ServiceWorker.enable")
        self._until(lambda: found)
        where = {"origin": self.url, "registrationId": found[-1]}
        tools.send("ServiceWorker.deliverPushMessage", where | {"data": data})

    def shown(self, body: str | None = None) -> list[dict[str, Any]]:
        """Return the notifications that stand on the screen, once there is one, or all say `body`."""

        def found() -> list[dict[str, Any]]:
            there = self._notifications()
            return there if all(body in {None, each["body"]} for each in there) else []

        return self._until(found)

    def _notifications(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.worker.evaluate(
            """async () => (await registration.getNotifications()).map(
              ({title, body, tag, lang, requireInteraction, data}) =>
                ({title, body, tag, lang, requireInteraction, url: data.url}))"""
        )
        return found

    def _until(self, found: Callable[[], list[Any]]) -> list[Any]:
        """Wait for what the browser does in its own time; it is heard while its page waits."""
        deadline = time.monotonic() + 10
        while not (there := found()) and time.monotonic() < deadline:
            self.page.wait_for_timeout(10)
        return there


@pytest.fixture
def installed(browser: Browser) -> Iterator[Installed]:
    port = free_port()
    cloud = FakeCloud(clock=ScaledClock(), public_url=f"http://127.0.0.1:{port}")
    alert = an_alert("ventricular-tachycardia", now_ms=cloud.clock.wall_ms())
    cloud.alerts.alerts[alert.id] = alert
    context = browser.new_context(locale="en-GB")
    context.grant_permissions(["notifications"])
    with serving(application(cloud.services), port) as url:
        page = context.new_page()
        page.goto(f"{url}/sign-in?token={cloud.sessions.invite(CARER.id)}")
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/patients/p-wei")
        deadline = time.monotonic() + 60
        while page.evaluate("navigator.serviceWorker.controller?.state") != "activated":
            assert time.monotonic() < deadline
            page.wait_for_timeout(1_000)
            page.reload()  # one that was on its way while the worker began is its own with the next look
        yield Installed(cloud, url, context, page, context.service_workers[0])
        context.close()


def pushed(installed: Installed) -> str:
    """What the service seals for this browser of the alert, unsealed."""
    (alert,) = installed.cloud.alerts.alerts.values()
    message = Message(
        key="m-1",
        alert=alert,
        person=CARER,
        contact=ContactPoint(
            id="c-1", person_id=CARER.id, channel=Channel.WEB_PUSH, address={}, label="phone", added_ms=0
        ),
        occasion=Occasion.ONSET,
        step=0,
        words=Words(subject="High priority: Wei", line="A run of fast heartbeats.", body="", language="en"),
        url=f"{installed.url}/alerts/{alert.id}",
    )
    return plain(message).decode()


def test_what_is_pushed_is_shown_and_leads_to_the_alert(installed: Installed) -> None:
    data = pushed(installed)
    installed.push(data)
    told = json.loads(data)
    assert installed.shown() == [
        {
            "title": "High priority: Wei",
            "body": "A run of fast heartbeats.",
            "tag": told["tag"],
            "lang": "en",
            "requireInteraction": True,
            "url": told["url"],
        }
    ]
    opened = installed.worker.evaluate(
        """async () => {
          const opened = [];
          clients.openWindow = async (url) => { opened.push(url); };
          const [notification] = await registration.getNotifications();
          const clicked = new NotificationEvent("notificationclick", {notification});
          dispatchEvent(clicked);
          await new Promise((done) => { setTimeout(done, 50); });
          return {opened, left: (await registration.getNotifications()).length};
        }"""
    )
    assert opened == {"opened": [told["url"]], "left": 0}
    installed.page.goto(opened["opened"][0])
    expect(installed.page.get_by_role("heading", level=1)).to_contain_text("run of fast wide heartbeats")


def test_a_newer_word_about_an_alert_takes_the_place_of_the_older(installed: Installed) -> None:
    told = msgspec.json.decode(pushed(installed))
    installed.push(json.dumps(told))
    installed.push(json.dumps(told | {"body": "Lin is on it."}))
    assert [each["body"] for each in installed.shown("Lin is on it.")] == ["Lin is on it."]


@pytest.mark.parametrize("data", ["", "not json"])
def test_what_cannot_be_read_is_shown_all_the_same(installed: Installed, data: str) -> None:
    installed.push(data)
    assert [each["title"] for each in installed.shown()] == ["Carewire"]


def test_a_pushed_address_of_somebody_else_leads_to_the_start_page(installed: Installed) -> None:
    installed.push(json.dumps({"title": "Trap", "url": "https://evil.example/"}))
    assert [each["url"] for each in installed.shown()] == [f"{installed.url}/"]


def test_without_a_network_it_says_so_and_shows_nothing_of_anybody(installed: Installed) -> None:
    page = installed.page
    page.goto(f"{installed.url}/")  # through the worker, which notes when
    installed.context.set_offline(True)
    page.goto(f"{installed.url}/alerts/alert-ventricular-tachycardia")
    expect(page.get_by_role("heading", level=1)).to_have_text("This device has no connection to Carewire.")
    expect(page.locator("#last-seen")).to_contain_text("The last page came")
    assert page.evaluate("getComputedStyle(document.querySelector('main')).display") == "grid"
    assert "Wei" not in page.content()
    kept = page.evaluate(
        """async () => (await Promise.all((await caches.keys()).map(async name =>
          (await (await caches.open(name)).keys()).map(each => new URL(each.url).pathname)))).flat()"""
    )
    assert all(each in {"/offline", "/last-seen"} or each.startswith("/static/") for each in kept)
    expect(page.get_by_role("link", name="Try again")).to_be_visible()
    installed.context.set_offline(False)  # and the page comes by itself
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_contain_text("run of fast wide heartbeats", timeout=30_000)


_SUBSCRIBES = """
  const subscription = {
    toJSON: () => ({endpoint: "https://push.example/secret", keys: {p256dh: "p", auth: "a"}}),
    unsubscribe: async () => { sessionStorage.removeItem("subscribed"); return true; },
  };
  const isThere = () => sessionStorage.getItem("subscribed");
  PushManager.prototype.getSubscription = async () => isThere() ? subscription : null;
  PushManager.prototype.subscribe = async ({applicationServerKey}) => {
    if (applicationServerKey !== "BPublicKey") throw new Error("another key");
    sessionStorage.setItem("subscribed", "yes");
    return subscription;
  };
"""
"""A browser without a push service cannot subscribe: this one says it did."""


def test_a_browser_is_made_a_way_to_be_told_and_taken_back(installed: Installed) -> None:
    installed.cloud.own_ways.ways = {Channel.WEB_PUSH: FakeWay(Channel.WEB_PUSH)}
    page = installed.page
    page.add_init_script(_SUBSCRIBES)
    page.goto(f"{installed.url}/me/notifications")
    expect(page.get_by_role("heading", level=1)).to_have_text("Alerts reach you only while a page is open.")
    page.get_by_label("What do you call this device?").fill("Lin's phone")
    page.get_by_role("button", name="Tell me on this device").click()
    expect(page.get_by_text("This device tells you.")).to_be_visible()
    (contact,) = installed.cloud.contacts.contacts.values()
    assert (contact.label, contact.channel) == ("Lin's phone", Channel.WEB_PUSH)
    assert contact.address == {"endpoint": "https://push.example/secret", "detail": False}
    page.get_by_role("button", name="Stop telling me on this device").click()
    expect(page.get_by_role("button", name="Tell me on this device")).to_be_visible()
    assert installed.cloud.contacts.contacts == {}


def test_a_browser_that_may_not_notify_is_told_where_to_allow_it(installed: Installed) -> None:
    installed.cloud.own_ways.ways = {Channel.WEB_PUSH: FakeWay(Channel.WEB_PUSH)}
    page = installed.page
    page.add_init_script("Notification.requestPermission = async () => 'denied'")
    page.goto(f"{installed.url}/me/notifications")
    page.get_by_role("button", name="Tell me on this device").click()
    expect(page.get_by_role("alert")).to_contain_text("The browser does not allow it.")
    assert installed.cloud.contacts.contacts == {}
