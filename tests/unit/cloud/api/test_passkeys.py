"""Passkeys over HTTP, as a browser goes about them."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from cloud.access.news import NEW_DEVICE
from cloud.access.proof import PROOF_LIFE_MS
from cloud.application import application
from cloud.ports import Deed, Person, SignInWay
from tests.fakes.authenticator import FakeAuthenticator, b64url
from tests.fakes.browser import Browser
from tests.fakes.clock import FakeClock
from tests.fakes.cloud_services import CARER, DOCTOR, FakeCloud

HOME = "http://localhost:8080"
ORIGIN = {"origin": HOME}


@pytest.fixture
def cloud() -> FakeCloud:
    return FakeCloud(public_url=HOME)


@pytest.fixture
async def browser(cloud: FakeCloud) -> AsyncIterator[Browser]:
    transport = httpx.ASGITransport(application(cloud.services), raise_app_exceptions=False)
    async with Browser(transport=transport, base_url=HOME, headers=ORIGIN) as browser:
        yield browser


async def came_in(cloud: FakeCloud, browser: Browser, person: Person = CARER) -> None:
    await browser.post("/sign-in", data={"token": cloud.sessions.invite(person.id)})


async def added(
    browser: Browser, authenticator: FakeAuthenticator, label: str = "telephone"
) -> httpx.Response:
    options = (await browser.post("/api/v1/me/passkeys/options", json={})).json()["options"]
    body = {"label": label, "credential": authenticator.create(options)}
    return await browser.post("/api/v1/me/passkeys", json=body)


async def signed_in(browser: Browser, authenticator: FakeAuthenticator) -> httpx.Response:
    options = (await browser.post("/api/v1/sign-in/passkey/options", json={})).json()["options"]
    return await browser.post("/api/v1/sign-in/passkey", json={"credential": authenticator.get(options)})


async def test_a_passkey_is_added_listed_used_and_removed(cloud: FakeCloud, browser: Browser) -> None:
    authenticator = FakeAuthenticator()
    await came_in(cloud, browser)
    assert (await added(browser, authenticator)).status_code == 201
    await browser.post("/sign-out")
    assert (await browser.get("/api/v1/me")).status_code == 401
    answer = await signed_in(browser, authenticator)
    assert (answer.status_code, answer.json()) == (200, {"next": "/"})
    assert (await browser.get("/api/v1/me")).json()["display_name"] == "Lin"
    assert cloud.ledger.of(Deed.SIGNED_IN)[-1].about["way"] == SignInWay.PASSKEY
    (listed,) = (await browser.get("/api/v1/me/passkeys")).json()["passkeys"]
    assert (listed["label"], listed["synced"], listed["refused"]) == ("telephone", False, None)
    assert listed["used"] is not None
    assert (await browser.delete(f"/api/v1/me/passkeys/{listed['id']}")).status_code == 409
    assert (await added(browser, FakeAuthenticator(id=b"key"), "key")).status_code == 201
    assert (await browser.delete(f"/api/v1/me/passkeys/{listed['id']}")).status_code == 204
    assert (await signed_in(browser, authenticator)).status_code == 403


async def test_signing_in_rotates_the_session_and_ends_the_one_before(
    cloud: FakeCloud, browser: Browser
) -> None:
    authenticator = FakeAuthenticator()
    await came_in(cloud, browser)
    await added(browser, authenticator)
    before = browser.cookies["carewire"]
    await signed_in(browser, authenticator)
    assert browser.cookies["carewire"] != before
    assert cloud.sessions.viewer(before) is None


async def test_who_comes_in_with_a_passkey_on_a_new_device_is_told_and_on_a_known_one_is_not(
    cloud: FakeCloud, browser: Browser
) -> None:
    authenticator = FakeAuthenticator()
    await came_in(cloud, browser)
    await added(browser, authenticator)
    await signed_in(browser, authenticator)
    await signed_in(browser, authenticator)
    assert cloud.notices == [(CARER.id, NEW_DEVICE)]
    browser.cookies.clear()
    await signed_in(browser, authenticator)
    assert cloud.notices == [(CARER.id, NEW_DEVICE)] * 2


async def test_the_key_to_an_attempt_is_out_of_reach_of_scripts_and_gone_after(
    cloud: FakeCloud, browser: Browser
) -> None:
    asked = await browser.post("/api/v1/sign-in/passkey/options", json={})
    cookie = asked.headers["set-cookie"]
    assert cookie.startswith("carewire-passkey=")
    assert {"HttpOnly", "SameSite=lax", "Path=/", "Max-Age=300"} <= set(cookie.split("; "))
    authenticator = FakeAuthenticator()
    await came_in(cloud, browser)
    await added(browser, authenticator)
    await signed_in(browser, authenticator)
    assert "carewire-passkey" not in browser.cookies


async def test_over_https_the_key_is_bound_to_the_host() -> None:
    cloud = FakeCloud(public_url="https://care.example.org")
    transport = httpx.ASGITransport(application(cloud.services))
    headers = {"origin": "https://care.example.org"}
    async with Browser(transport=transport, base_url="https://care.example.org", headers=headers) as browser:
        cookie = (await browser.post("/api/v1/sign-in/passkey/options", json={})).headers["set-cookie"]
    assert cookie.startswith("__Host-carewire-passkey=")
    assert "Secure" in cookie


async def test_a_stolen_answer_is_worth_nothing_in_another_browser_or_again(
    cloud: FakeCloud, browser: Browser
) -> None:
    authenticator = FakeAuthenticator(step=0)
    await came_in(cloud, browser)
    await added(browser, authenticator)
    options = (await browser.post("/api/v1/sign-in/passkey/options", json={})).json()["options"]
    body = {"credential": authenticator.get(options)}
    transport = httpx.ASGITransport(application(cloud.services))
    async with Browser(transport=transport, base_url=HOME, headers=ORIGIN) as thief:
        assert (await thief.post("/api/v1/sign-in/passkey", json=body)).status_code == 400
        await thief.post("/api/v1/sign-in/passkey/options", json={})
        assert (await thief.post("/api/v1/sign-in/passkey", json=body)).status_code == 403
        assert "carewire" not in thief.cookies
    assert (await browser.post("/api/v1/sign-in/passkey", json=body)).status_code == 200
    assert (await browser.post("/api/v1/sign-in/passkey", json=body)).status_code == 400


async def test_another_sites_page_begins_and_ends_nothing(browser: Browser) -> None:
    for path in ("/api/v1/sign-in/passkey/options", "/api/v1/sign-in/passkey"):
        answer = await browser.post(path, json={}, headers={"origin": "https://evil.example.org"})
        assert answer.status_code == 403
        assert "set-cookie" not in answer.headers


async def test_adding_and_removing_want_a_fresh_proof(cloud: FakeCloud, browser: Browser) -> None:
    authenticator = FakeAuthenticator()
    await came_in(cloud, browser)
    await added(browser, authenticator)
    assert isinstance(cloud.clock, FakeClock)
    cloud.clock.advance(PROOF_LIFE_MS / 1000)
    calls: list[tuple[str, str, Any]] = [
        ("POST", "/api/v1/me/passkeys/options", {}),
        ("POST", "/api/v1/me/passkeys", {"label": "x", "credential": {}}),
        ("DELETE", f"/api/v1/me/passkeys/{b64url(authenticator.id)}", None),
    ]
    for method, path, body in calls:
        answer = await browser.request(method, path, json=body)
        assert answer.status_code == 403, path
        assert "/sign-in/again" in answer.json()["detail"]
    assert len(cloud.ways.passkeys.kept) == 1


async def test_the_passkeys_of_another_are_not_there(cloud: FakeCloud, browser: Browser) -> None:
    authenticator = FakeAuthenticator()
    await came_in(cloud, browser)
    await added(browser, authenticator)
    await came_in(cloud, browser, DOCTOR)
    assert (await browser.get("/api/v1/me/passkeys")).json()["passkeys"] == []
    for shown in (b64url(authenticator.id), "no such id!", "A"):
        assert (await browser.delete(f"/api/v1/me/passkeys/{shown}")).status_code == 404
    assert len(cloud.ways.passkeys.kept) == 1


async def test_a_passkey_opens_no_account_that_was_closed(cloud: FakeCloud, browser: Browser) -> None:
    authenticator = FakeAuthenticator()
    await came_in(cloud, browser)
    await added(browser, authenticator)
    await browser.post("/sign-out")
    cloud.accounts.close_account(CARER.id, 1)
    assert (await signed_in(browser, authenticator)).status_code == 401
    assert "carewire" not in browser.cookies


async def test_a_copy_that_was_noticed_ends_every_session_and_says_so(
    cloud: FakeCloud, browser: Browser
) -> None:
    original = FakeAuthenticator()
    await came_in(cloud, browser)
    await added(browser, original)
    await signed_in(browser, original)
    original.count = 0
    answer = await signed_in(browser, original)
    assert (answer.status_code, "copy" in answer.json()["detail"]) == (403, True)
    assert (await browser.get("/api/v1/me")).status_code == 401


async def test_where_people_come_by_a_number_it_is_said_that_there_are_none() -> None:
    cloud = FakeCloud()
    transport = httpx.ASGITransport(application(cloud.services))
    headers = {"origin": "http://127.0.0.1:8080"}
    async with Browser(transport=transport, base_url="http://127.0.0.1:8080", headers=headers) as browser:
        answer = await browser.post("/api/v1/sign-in/passkey/options", json={})
    assert answer.status_code == 409
    assert "public_url" in answer.json()["detail"]
