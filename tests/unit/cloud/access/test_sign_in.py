"""Signing in and out as a browser does, and what other sites' pages cannot do."""

import httpx
import pytest

from cloud.application import application
from tests.fakes.browser import Browser
from tests.fakes.cloud_services import CARER, ClientFor, FakeCloud

ORIGIN = {"origin": "http://127.0.0.1:8080"}


async def test_looking_at_the_link_does_not_use_it_up(cloud: FakeCloud, client_for: ClientFor) -> None:
    link = cloud.sessions.invite(CARER.id)
    browser = client_for(None)
    for _ in range(3):
        shown = await browser.get("/sign-in", params={"token": link})
        assert shown.status_code == 200
        assert "carewire=" not in shown.headers.get("set-cookie", "")
    signed_in = await browser.post("/sign-in", data={"token": link}, headers=ORIGIN)
    assert signed_in.status_code == 303
    assert signed_in.headers["location"] == "/"
    assert (await browser.get("/api/v1/me")).json()["display_name"] == "Lin"


async def test_a_used_link_says_so_and_signs_nobody_in(cloud: FakeCloud, client_for: ClientFor) -> None:
    link = cloud.sessions.invite(CARER.id)
    await client_for(None).post("/sign-in", data={"token": link}, headers=ORIGIN)
    again = await client_for(None).post("/sign-in", data={"token": link}, headers=ORIGIN)
    assert again.status_code == 400
    assert "no longer works" in again.text
    assert "set-cookie" not in again.headers


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    data = {"token": cloud.sessions.invite(CARER.id)}
    cookie = (await client_for(None).post("/sign-in", data=data, headers=ORIGIN)).headers["set-cookie"]
    assert cookie.startswith("carewire=")
    assert {"HttpOnly", "SameSite=lax", "Path=/"} <= set(cookie.split("; "))
    assert "Secure" not in cookie


async def test_over_https_the_cookie_is_bound_to_the_host() -> None:
    cloud = FakeCloud(public_url="https://care.example.org")
    transport = httpx.ASGITransport(application(cloud.services))
    async with Browser(transport=transport, base_url="https://care.example.org") as browser:
        data = {"token": cloud.sessions.invite(CARER.id)}
        answer = await browser.post("/sign-in", data=data, headers={"origin": "https://care.example.org"})
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("__Host-carewire=")
        assert "Secure" in cookie
        assert "Domain" not in cookie
        assert "strict-transport-security" in answer.headers
        assert (await browser.get("/api/v1/me")).status_code == 200


async def test_signing_out_ends_the_session_itself(cloud: FakeCloud, client_for: ClientFor) -> None:
    browser = client_for(None)
    await browser.post("/sign-in", data={"token": cloud.sessions.invite(CARER.id)}, headers=ORIGIN)
    stolen = browser.cookies["carewire"]
    assert (await browser.post("/sign-out", headers=ORIGIN)).status_code == 303
    thief = client_for(None)
    thief.cookies.set("carewire", stolen)
    assert (await thief.get("/api/v1/me")).status_code == 401


async def test_signing_in_again_ends_the_earlier_session(cloud: FakeCloud, client_for: ClientFor) -> None:
    browser = client_for(None)
    for _ in range(2):
        await browser.post("/sign-in", data={"token": cloud.sessions.invite(CARER.id)}, headers=ORIGIN)
    assert len(cloud.store.sessions) == 1


@pytest.mark.parametrize(
    "headers",
    [
        {"cookie": "carewire=x"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:9999"},
    ],
)
async def test_another_sites_page_cannot_sign_anybody_in_or_out(
    cloud: FakeCloud, client_for: ClientFor, headers: dict[str, str]
) -> None:
    data = {"token": cloud.sessions.invite(CARER.id)}
    assert (await client_for(None).post("/sign-in", data=data, headers=headers)).status_code == 403
    assert (await client_for(None).post("/sign-out", headers=headers)).status_code == 403
    assert cloud.store.sessions == {}
    assert len(cloud.links.links) == 1


async def test_a_request_to_another_name_is_refused(client_for: ClientFor) -> None:
    answer = await client_for(CARER).get("/api/v1/me", headers={"host": "rebound.example"})
    assert answer.status_code == 421
    assert "Lin" not in answer.text


@pytest.mark.parametrize("path", ["/patients/p-wei/", "/sign-in/", "/api/v1/patients/"])
async def test_no_answer_leads_to_the_name_a_request_claims(client_for: ClientFor, path: str) -> None:
    answer = await client_for(None).get(path, headers={"host": "evil.example.org"})
    assert answer.status_code == 404
    assert "location" not in answer.headers


async def test_a_bad_bearer_token_is_not_rescued_by_a_good_cookie(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    browser = client_for(None)
    browser.cookies.set("carewire", cloud.token(CARER))
    assert (await browser.get("/api/v1/me")).status_code == 200
    answer = await browser.get("/api/v1/me", headers={"authorization": "Bearer wrong"})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"token=%ff", "application/x-www-form-urlencoded", 400),
        (b"{}", "application/json", 415),
        (b"&".join(b"a%d=1" % n for n in range(50)), "application/x-www-form-urlencoded", 400),
        (b"token=" + b"x" * 20_000, "application/x-www-form-urlencoded", 413),
    ],
)
async def test_a_form_that_is_none_is_refused(
    client_for: ClientFor, body: bytes, kind: str, status: int
) -> None:
    answer = await client_for(None).post("/sign-in", content=body, headers={**ORIGIN, "content-type": kind})
    assert answer.status_code == status
