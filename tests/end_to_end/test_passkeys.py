"""Passkeys and a hospital's log-in in a real browser, with an authenticator that Chromium itself plays."""

from collections.abc import Iterator
from contextlib import nullcontext

import pytest
from playwright.sync_api import Browser, CDPSession, Page, expect

from cloud.access.openid.log_in import OpenIdLogIn
from cloud.access.openid.provider import Client, Provider
from cloud.access.site import site
from cloud.application import application
from cloud.notifiers.http_post import HttpPost
from cloud.notifiers.reach import Reach
from cloud.ports import LinkedIdentity
from tests.fakes.chromium import chromium
from tests.fakes.cloud_services import CARER, FakeCloud
from tests.fakes.http_server import free_port, serving
from tests.fakes.identity_provider import CLIENT_ID, SECRET, identity_provider
from vitals.clock import ScaledClock

pytestmark = pytest.mark.browser

TELEPHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def home() -> Iterator[tuple[FakeCloud, str]]:
    port = free_port()
    url = f"http://localhost:{port}"
    with identity_provider() as hospital:
        cloud = FakeCloud(clock=ScaledClock(), public_url=url)
        cloud.openid = OpenIdLogIn(
            name="St Mary's",
            provider=Provider(
                client=Client(issuer=hospital.issuer, client_id=CLIENT_ID, secret=SECRET),
                exchange=HttpPost(reach=Reach(private_hosts=frozenset({"127.0.0.1"}))).exchange,
                monotonic_s=cloud.clock.monotonic_s,
            ),
            attempts=cloud.attempts(),
            identities=cloud.ways.linked_identities,
            directory=cloud.directory,
            ledger=cloud.ledger,
            together=nullcontext,
            ways_in=cloud.ways_in(hospital.issuer),
            site=site(url),
            clock=cloud.clock,
        )
        cloud.ways.linked_identities.link(
            LinkedIdentity(issuer=hospital.issuer, subject=hospital.subject, person_id=CARER.id, linked_ms=0)
        )
        with serving(application(cloud.services), port):
            yield cloud, url


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A telephone; no script of a page may fail or be blocked."""
    context = browser.new_context(locale="en-GB", viewport=TELEPHONE)
    wrong: list[str] = []
    page = context.new_page()
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: wrong.append(said.text) if "Content Security" in said.text else None)
    yield page
    context.close()
    assert wrong == []


def authenticator(page: Page) -> tuple[CDPSession, str]:
    """Give the browser an authenticator that verifies its person, as a telephone has one."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    added = devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return devtools, added["authenticatorId"]


def came_in(page: Page, cloud: FakeCloud, url: str) -> None:
    page.goto(f"{url}/sign-in?token={cloud.sessions.invite(CARER.id)}")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{url}/patients/*")


def test_a_passkey_is_added_and_signs_in_and_one_of_nobody_verified_does_not(
    page: Page, home: tuple[FakeCloud, str]
) -> None:
    cloud, url = home
    devtools, device = authenticator(page)
    came_in(page, cloud, url)
    page.goto(f"{url}/me/ways-in")
    page.get_by_label("What do you call this device?").fill("Lin's telephone")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_text("Lin's telephone", exact=True)).to_be_visible()
    (kept,) = devtools.send("WebAuthn.getCredentials", {"authenticatorId": device})["credentials"]
    assert kept["isResidentCredential"]
    assert kept["rpId"] == "localhost"
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(f"{url}/sign-in")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(f"{url}/patients/*")
    expect(page.get_by_text("Lin", exact=True)).to_be_visible()
    page.goto(f"{url}/sign-in/again?to=/me/ways-in")
    page.get_by_role("button", name="Prove it with a passkey").click()
    page.wait_for_url(f"{url}/me/ways-in")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(f"{url}/sign-in")
    devtools.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": False})
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_text("That passkey did not sign you in")).to_be_visible()
    assert page.url == f"{url}/sign-in"


def test_without_scripts_or_passkeys_the_page_offers_what_works(
    browser: Browser, home: tuple[FakeCloud, str]
) -> None:
    _, url = home
    plain = browser.new_context(java_script_enabled=False)
    old = browser.new_context()
    old.add_init_script("delete window.PublicKeyCredential")
    for context in (plain, old):
        page = context.new_page()
        page.goto(f"{url}/sign-in")
        expect(page.get_by_role("button", name="Sign in with a passkey")).to_be_hidden()
        expect(page.get_by_role("link", name="Sign in with St Mary's")).to_be_visible()
        context.close()


def test_a_hospitals_log_in_leads_there_and_back(page: Page, home: tuple[FakeCloud, str]) -> None:
    _, url = home
    page.goto(f"{url}/sign-in")
    page.get_by_role("link", name="Sign in with St Mary's").click()
    page.wait_for_url(f"{url}/patients/*")
    expect(page.get_by_text("Lin", exact=True)).to_be_visible()


def test_linking_leads_there_and_back_under_the_policy_of_our_pages(
    page: Page, home: tuple[FakeCloud, str]
) -> None:
    cloud, url = home
    came_in(page, cloud, url)
    cloud.ways.linked_identities.kept.clear()
    page.goto(f"{url}/me/ways-in")
    page.get_by_role("button", name="Link St Mary's").click()
    page.get_by_role("link", name="Go to St Mary's").click()
    page.wait_for_url(f"{url}/me/ways-in")
    expect(page.get_by_text("You can sign in with your log-in there.")).to_be_visible()
    assert [each.person_id for each in cloud.ways.linked_identities.links()] == [CARER.id]


def test_a_token_is_made_on_a_telephone_and_shown_once(page: Page, home: tuple[FakeCloud, str]) -> None:
    cloud, url = home
    came_in(page, cloud, url)
    page.goto(f"{url}/me/ways-in")
    page.get_by_text("Make a token").click()
    page.get_by_label("What is it for?").fill("spreadsheet")
    page.get_by_role("button", name="Make it").click()
    secret = page.locator(".secret").text_content() or ""
    assert cloud.programs.viewer(secret) is not None
    assert page.evaluate("document.documentElement.scrollWidth") <= TELEPHONE["width"]
    page.goto(f"{url}/me/ways-in")
    expect(page.locator(".secret")).to_have_count(0)
    page.get_by_role("button", name="Take back the token of spreadsheet").click()
    page.wait_for_url(f"{url}/me/ways-in")
    assert cloud.programs.viewer(secret) is None
