"""The pages of signing in, as a browser meets them; each attack as a browser would carry it out."""

import re

import httpx
import pyotp
import pytest

from cloud.access.forms import FORM_FIELD
from cloud.ports import Person, SignInWay
from tests.fakes.browser import Browser
from tests.fakes.clock import FakeClock
from tests.fakes.cloud_services import ADMIN, CARER, OWNER, ClientFor, FakeCloud
from tests.unit.cloud.access.test_door import NAME, entrance_with_lin
from tests.unit.cloud.access.test_passwords import GOOD

ORIGIN = {"origin": "http://127.0.0.1:8080"}
FORMS = (
    "/sign-in",
    "/sign-in/code",
    "/sign-in/again",
    "/sign-out",
    "/invitation",
    "/me/invite",
    "/me/sign-in/password",
    "/me/sign-in/sessions/end",
    "/me/sign-in/second-factor",
    "/me/sign-in/second-factor/remove",
    "/me/sign-in/recovery-codes",
)


def signed_in(cloud: FakeCloud, client_for: ClientFor, person: Person = CARER) -> httpx.AsyncClient:
    browser = client_for(None)
    token = cloud.sessions.begin(person.id, SignInWay.PASSWORD, device="Firefox on Linux")
    browser.cookies.set("carewire", token, domain="127.0.0.1")
    return browser


async def sign_in(browser: httpx.AsyncClient, **fields: str) -> httpx.Response:
    return await browser.post("/sign-in", data={"name": NAME, "password": GOOD} | fields, headers=ORIGIN)


async def test_name_and_password_let_in_and_the_device_is_known_from_then_on(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    entrance_with_lin(cloud)
    browser = client_for(None)
    answer = await sign_in(browser)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookies = answer.headers.get_list("set-cookie")
    assert {each.partition("=")[0] for each in cookies} == {"carewire", "carewire-device"}
    assert all({"HttpOnly", "Path=/"} <= set(each.split("; ")) for each in cookies)
    assert "Max-Age" not in cookies[0]
    assert (await browser.get("/api/v1/me")).json()["display_name"] == "Lin"


async def test_who_stays_signed_in_keeps_the_cookie(cloud: FakeCloud, client_for: ClientFor) -> None:
    entrance_with_lin(cloud)
    answer = await sign_in(client_for(None), stays="yes")
    assert "Max-Age" in answer.headers.get_list("set-cookie")[0]
    assert cloud.sessions.stays(max(cloud.store.sessions.values(), key=lambda kept: kept.idle_ms))


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"password": "wrong guess number"}, 400),
        ({"name": "nobody@example.org"}, 400),
        ({"name": "x" * 5_000}, 422),
        ({"name": "a b"}, 422),
        ({"password": "x" * 5_000}, 422),
        ({"password": "x" * 1_000_000}, 413),
        ({"name": ""}, 422),
    ],
)
async def test_what_is_wrong_is_said_and_nobody_is_in(
    cloud: FakeCloud, client_for: ClientFor, fields: dict[str, str], status: int
) -> None:
    entrance_with_lin(cloud)
    answer = await sign_in(client_for(None), **fields)
    assert answer.status_code == status
    assert "set-cookie" not in answer.headers
    assert "Lin" not in answer.text


@pytest.mark.parametrize("field", ["name", "password"])
async def test_a_nul_is_refused_before_anything_is_asked(
    cloud: FakeCloud, client_for: ClientFor, field: str
) -> None:
    entrance_with_lin(cloud)
    worked = cloud.hasher.worked
    assert (await sign_in(client_for(None), **{field: "lin\0@example.org"})).status_code == 422
    assert cloud.hasher.worked == worked


async def test_a_session_that_was_there_before_is_not_the_one_after(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    """Session fixation: what an attacker planted is worth nothing once somebody signed in over it."""
    entrance_with_lin(cloud)
    browser = client_for(None)
    planted = cloud.sessions.begin(OWNER.id, SignInWay.PASSWORD)
    browser.cookies.set("carewire", planted, domain="127.0.0.1")
    await sign_in(browser)
    assert browser.cookies["carewire"] != planted
    assert cloud.sessions.viewer(planted) is None


async def test_proving_it_again_changes_the_secret_and_leads_back(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    entrance_with_lin(cloud)
    browser = signed_in(cloud, client_for)
    old = browser.cookies["carewire"]
    assert isinstance(cloud.clock, FakeClock)
    cloud.clock.advance(601)
    asked = await browser.get("/me/sign-in/password")
    assert (asked.status_code, asked.headers["location"]) == (
        303,
        "/sign-in/again?to=%2Fme%2Fsign-in%2Fpassword",
    )
    wrong = {"password": "wrong guess number", "to": "/me/sign-in/password"}
    assert (await browser.post("/sign-in/again", data=wrong, headers=ORIGIN)).status_code == 400
    right = {"password": GOOD, "to": "/me/sign-in/password"}
    answer = await browser.post("/sign-in/again", data=right, headers=ORIGIN)
    assert (answer.status_code, answer.headers["location"]) == (303, "/me/sign-in/password")
    assert browser.cookies["carewire"] != old
    assert cloud.sessions.viewer(old) is None
    assert (await browser.get("/me/sign-in/password")).status_code == 200


@pytest.mark.parametrize(
    "to",
    ["https://evil.example", "//evil.example", "/\\evil.example", "\\\\evil", "javascript:x", "/a\tb", ""],
)
async def test_nobody_is_led_elsewhere(cloud: FakeCloud, client_for: ClientFor, to: str) -> None:
    entrance_with_lin(cloud)
    data = {"password": GOOD, "to": to}
    answer = await signed_in(cloud, client_for).post("/sign-in/again", data=data, headers=ORIGIN)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")


async def test_a_second_factor_is_set_up_used_and_removed_by_pages_alone(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    entrance_with_lin(cloud)
    browser = signed_in(cloud, client_for)
    page = (await browser.get("/me/sign-in/second-factor")).text
    assert "<svg" in page
    assert "style=" not in page
    secret = re.search(r"secret=([A-Z2-7]+)", page)
    assert secret is not None
    made = pyotp.TOTP(secret[1])
    data = {"code": made.at(cloud.clock.wall_ms() // 1000)}
    shown = await browser.post("/me/sign-in/second-factor", data=data, headers=ORIGIN)
    codes = re.findall(r"(?:[a-z2-7]{4}-){3}[a-z2-7]{4}", shown.text)
    assert len(codes) == 10
    other = client_for(None)
    asked = await sign_in(other)
    assert "carewire" not in other.cookies
    half_way = re.search(r'name="half_way" value="([^"]+)"', asked.text)
    assert half_way is not None
    data = {"half_way": half_way[1], "code": codes[0]}
    assert (await other.post("/sign-in/code", data=data, headers=ORIGIN)).status_code == 303
    assert (await other.get("/api/v1/me")).status_code == 200
    data = {"code": codes[1]}
    removed = await browser.post("/me/sign-in/second-factor/remove", data=data, headers=ORIGIN)
    assert removed.status_code == 303
    assert (await other.get("/api/v1/me")).status_code == 401


async def test_one_sees_where_one_is_signed_in_and_ends_it_there(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    here, there = signed_in(cloud, client_for), signed_in(cloud, client_for)
    stranger = signed_in(cloud, client_for, OWNER)
    page = (await here.get("/me/sign-in")).text
    names = re.findall(r'name="session" value="([0-9a-f]+)"', page)
    assert page.count("Firefox on Linux<") == 2
    assert len(names) == 1
    data = {"session": names[0]}
    assert (await stranger.post("/me/sign-in/sessions/end", data=data, headers=ORIGIN)).status_code == 404
    assert (await there.get("/api/v1/me")).status_code == 200
    assert (await here.post("/me/sign-in/sessions/end", data=data, headers=ORIGIN)).status_code == 303
    assert (await there.get("/api/v1/me")).status_code == 401
    assert (await here.get("/api/v1/me")).status_code == 200


async def test_a_new_password_ends_every_other_session(cloud: FakeCloud, client_for: ClientFor) -> None:
    entrance_with_lin(cloud)
    here, there = signed_in(cloud, client_for), signed_in(cloud, client_for)
    data = {"name": "", "password": "four other garden words"}
    assert (await here.post("/me/sign-in/password", data=data, headers=ORIGIN)).status_code == 303
    assert (await here.get("/api/v1/me")).status_code == 200
    assert (await there.get("/api/v1/me")).status_code == 401
    assert (await sign_in(client_for(None))).status_code == 400
    assert (await sign_in(client_for(None), password=data["password"])).status_code == 303


async def test_an_administrator_invites_and_the_invited_comes_in(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    browser = signed_in(cloud, client_for, ADMIN)
    data = {"display_name": "Ana", "role": "clinician"}
    made = await browser.post("/me/invite", data=data, headers=ORIGIN)
    token = re.search(r"/invitation\?token=([\w-]+)", made.text)
    assert token is not None
    guest = client_for(None)
    for _ in range(2):
        assert "Choose how you sign in" in (await guest.get(f"/invitation?token={token[1]}")).text
    data = {"token": token[1], "display_name": "Ana", "name": "ana@example.org", "password": "short"}
    again = await guest.post("/invitation", data=data, headers=ORIGIN)
    assert (again.status_code, "too short" in again.text) == (422, True)
    assert "short" not in re.findall(r'value="([^"]*)"', again.text)
    answer = await guest.post("/invitation", data=data | {"password": GOOD}, headers=ORIGIN)
    assert answer.status_code == 303
    assert (await guest.get("/api/v1/me")).json()["role"] == "clinician"
    gone = await client_for(None).get(f"/invitation?token={token[1]}")
    assert (gone.status_code, "no longer works" in gone.text) == (410, True)


async def test_a_patient_cannot_invite_an_administrator_by_a_crafted_form(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    people = len(cloud.directory.people)
    browser = signed_in(cloud, client_for, OWNER)
    for role in ("administrator", "clinician", "patient", "king", ""):
        data = {"display_name": "Eve", "role": role}
        assert (await browser.post("/me/invite", data=data, headers=ORIGIN)).status_code == 404
    assert len(cloud.directory.people) == people


@pytest.mark.parametrize("path", FORMS)
async def test_no_form_is_taken_from_another_sites_page_or_without_its_token(
    cloud: FakeCloud, client_for: ClientFor, path: str
) -> None:
    entrance_with_lin(cloud)
    browser = signed_in(cloud, client_for)
    assert isinstance(browser, Browser)
    sessions = dict(cloud.store.sessions)
    data = {"name": NAME, "password": GOOD, "others": "yes", "code": "1"}
    foreign = await browser.post(path, data=data, headers={"origin": "https://evil.example"})
    forged = await browser.post(path, data=data | {FORM_FIELD: "forged"}, headers=ORIGIN)
    assert (foreign.status_code, forged.status_code) == (403, 403)
    assert cloud.store.sessions == sessions


async def test_too_many_tries_are_told_how_long_to_wait(cloud: FakeCloud, client_for: ClientFor) -> None:
    entrance_with_lin(cloud)
    wrong = {"password": "wrong guess number"}
    statuses = [(await sign_in(client_for(None), **wrong)).status_code for _ in range(6)]
    assert statuses == [400] * 5 + [429]


async def test_a_program_lists_its_owners_sessions_and_ends_them(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    here, there = client_for(CARER), signed_in(cloud, client_for)
    listed = (await here.get("/api/v1/me/sessions")).json()["sessions"]
    other = next(each for each in listed if each["device"] == "Firefox on Linux")
    assert [each["is_this"] for each in listed].count(True) == 1
    assert (other["way"], other["is_this"]) == ("password", False)
    assert (await client_for(OWNER).delete(f"/api/v1/me/sessions/{other['id']}")).status_code == 404
    assert (await here.delete(f"/api/v1/me/sessions/{other['id']}")).json() == {"ended": 1}
    assert (await there.get("/api/v1/me")).status_code == 401
    signed_in(cloud, client_for)
    assert (await here.delete("/api/v1/me/sessions")).json() == {"ended": 1}
    assert (await here.get("/api/v1/me")).status_code == 200


async def test_a_program_of_an_administrator_invites(cloud: FakeCloud, client_for: ClientFor) -> None:
    body = {"display_name": "Ana", "role": "caregiver"}
    assert (await client_for(OWNER).post("/api/v1/invitations", json=body)).status_code == 403
    answer = (await client_for(ADMIN).post("/api/v1/invitations", json=body)).json()
    token = answer["url"].partition("token=")[2]
    assert cloud.entrance.invitations.invited(token)[0].id == answer["person_id"]
    assert isinstance(cloud.clock, FakeClock)
    late = client_for(ADMIN)
    cloud.clock.advance(601)
    assert (await late.post("/api/v1/invitations", json=body)).status_code == 403
