"""The page of one's ways in, and the hospital's log-in, as a browser goes about them."""

from collections.abc import AsyncIterator, Iterator
from contextlib import nullcontext
from urllib.parse import urlsplit

import httpx
import pytest

from cloud.access.news import NEW_DEVICE
from cloud.access.openid.log_in import OpenIdLogIn
from cloud.access.openid.provider import Client, Provider
from cloud.access.programs import TokenWish
from cloud.access.proof import PROOF_LIFE_MS
from cloud.access.site import site
from cloud.application import application
from cloud.notifiers.http_post import HttpPost
from cloud.notifiers.reach import Reach
from cloud.ports import Deed, LinkedIdentity, Passkey, Person, Scope, SignInWay
from tests.fakes.browser import Browser
from tests.fakes.clock import FakeClock
from tests.fakes.cloud_services import CARER, DOCTOR, FakeCloud
from tests.fakes.identity_provider import CLIENT_ID, SECRET, FakeIdentityProvider, identity_provider

HOME = "http://localhost:8080"


@pytest.fixture
def cloud() -> FakeCloud:
    return FakeCloud(public_url=HOME)


@pytest.fixture
def hospital(cloud: FakeCloud) -> Iterator[FakeIdentityProvider]:
    with identity_provider(lambda: cloud.clock.wall_ms() / 1000) as provider:
        cloud.openid = OpenIdLogIn(
            name="St Mary's",
            provider=Provider(
                client=Client(issuer=provider.issuer, client_id=CLIENT_ID, secret=SECRET),
                exchange=HttpPost(reach=Reach(private_hosts=frozenset({"127.0.0.1"}))).exchange,
                monotonic_s=cloud.clock.monotonic_s,
            ),
            attempts=cloud.attempts(),
            identities=cloud.ways.linked_identities,
            directory=cloud.directory,
            ledger=cloud.ledger,
            together=nullcontext,
            ways_in=cloud.ways_in(provider.issuer),
            site=site(HOME),
            clock=cloud.clock,
        )
        yield provider


@pytest.fixture
async def browser(cloud: FakeCloud) -> AsyncIterator[Browser]:
    yield (opened := open_browser(cloud))
    await opened.aclose()


@pytest.fixture
async def at_hospital(cloud: FakeCloud, hospital: FakeIdentityProvider) -> AsyncIterator[Browser]:
    assert hospital.port
    yield (opened := open_browser(cloud))
    await opened.aclose()


def open_browser(cloud: FakeCloud) -> Browser:
    transport = httpx.ASGITransport(application(cloud.services), raise_app_exceptions=False)
    return Browser(transport=transport, base_url=HOME, headers={"origin": HOME})


async def came_in(cloud: FakeCloud, browser: Browser, person: Person = DOCTOR) -> None:
    await browser.post("/sign-in", data={"token": cloud.sessions.invite(person.id)})


def link(cloud: FakeCloud, hospital: FakeIdentityProvider) -> None:
    cloud.ways.linked_identities.link(
        LinkedIdentity(issuer=hospital.issuer, subject="staff-7", person_id=DOCTOR.id, linked_ms=0)
    )


async def test_who_is_linked_signs_in_with_their_hospital(
    cloud: FakeCloud, hospital: FakeIdentityProvider, at_hospital: Browser
) -> None:
    link(cloud, hospital)
    assert "Sign in with St Mary" in (await at_hospital.get("/sign-in")).text
    there = await at_hospital.get("/sign-in/openid", params={"next": "https://evil.example.org/"})
    assert there.headers["location"].startswith(f"{hospital.issuer}/authorize?")
    assert "SameSite=lax" in there.headers["set-cookie"]
    back = hospital.log_in(there.headers["location"]) | {"next": "https://evil.example.org/"}
    answer = await at_hospital.get("/sign-in/openid/back", params=back)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert (await at_hospital.get("/api/v1/me")).json()["display_name"] == "Mei"
    assert cloud.ledger.of(Deed.SIGNED_IN)[-1].about["way"] == SignInWay.OPENID
    assert "carewire-openid" not in at_hospital.cookies
    again = (await at_hospital.get("/sign-in/openid")).headers["location"]
    await at_hospital.get("/sign-in/openid/back", params=hospital.log_in(again))
    assert cloud.notices == [(DOCTOR.id, NEW_DEVICE)], "the device was new once"


async def test_the_session_there_was_before_ends(
    cloud: FakeCloud, hospital: FakeIdentityProvider, at_hospital: Browser
) -> None:
    link(cloud, hospital)
    await came_in(cloud, at_hospital, CARER)
    fixed = at_hospital.cookies["carewire"]
    there = await at_hospital.get("/sign-in/openid")
    await at_hospital.get("/sign-in/openid/back", params=hospital.log_in(there.headers["location"]))
    assert at_hospital.cookies["carewire"] != fixed
    assert cloud.sessions.viewer(fixed) is None


async def test_what_another_began_signs_nobody_in_here(
    cloud: FakeCloud, hospital: FakeIdentityProvider, at_hospital: Browser
) -> None:
    """A link to the way back, sent to somebody else, would sign them in as whoever sent it."""
    link(cloud, hospital)
    async with open_browser(cloud) as elsewhere:
        there = await elsewhere.get("/sign-in/openid")
        query = hospital.log_in(there.headers["location"])
        answer = await at_hospital.get("/sign-in/openid/back", params=query)
        assert answer.status_code == 400
        assert "another browser" in answer.text
        assert "carewire" not in at_hospital.cookies


@pytest.mark.parametrize(
    ("change", "answer_is"),
    [
        ({"is_away": True}, (503, "does not answer right now")),
        ({"claims": {"aud": "other-app"}}, (502, "cannot be trusted")),
        ({"subject": "stranger"}, (403, "Nobody here is linked")),
    ],
)
async def test_what_went_wrong_is_said_in_plain_words(
    cloud: FakeCloud,
    hospital: FakeIdentityProvider,
    at_hospital: Browser,
    change: dict[str, object],
    answer_is: tuple[int, str],
) -> None:
    link(cloud, hospital)
    for name, value in change.items():
        setattr(hospital, name, value)
    answer = await at_hospital.get("/sign-in/openid")
    if answer.status_code == 303:
        query = hospital.log_in(answer.headers["location"])
        answer = await at_hospital.get("/sign-in/openid/back", params=query)
    assert answer.status_code == answer_is[0]
    assert answer_is[1] in answer.text
    assert "staff-7" not in answer.text
    assert (await at_hospital.get("/sign-in")).status_code == 200


async def test_who_is_signed_in_links_and_unlinks_their_hospital(
    cloud: FakeCloud, hospital: FakeIdentityProvider, at_hospital: Browser
) -> None:
    await came_in(cloud, at_hospital)
    page = await at_hospital.post("/me/ways-in/openid")
    address = page.text.partition(f'href="{hospital.issuer}')[2].partition('"')[0].replace("&amp;", "&")
    back = await at_hospital.get(
        "/sign-in/openid/back", params=hospital.log_in(f"{hospital.issuer}{address}")
    )
    assert (back.status_code, back.headers["location"]) == (303, "/me/ways-in")
    (linked,) = cloud.ways.linked_identities.links()
    assert (linked.person_id, linked.subject) == (DOCTOR.id, "staff-7")
    assert (await at_hospital.post("/me/ways-in/openid/remove")).status_code == 409
    a_passkey(cloud)
    assert (await at_hospital.post("/me/ways-in/openid/remove")).status_code == 303
    assert cloud.ways.linked_identities.links() == ()


async def test_a_link_is_not_begun_by_a_look_or_by_another_site(
    cloud: FakeCloud, hospital: FakeIdentityProvider, at_hospital: Browser
) -> None:
    await came_in(cloud, at_hospital)
    assert (await at_hospital.get("/me/ways-in/openid")).status_code == 405
    forged = await at_hospital.post("/me/ways-in/openid", headers={"origin": hospital.issuer})
    assert forged.status_code == 403
    assert cloud.ways.attempts.kept == {}


async def test_where_no_hospital_is_set_up_there_is_no_way_to_one(cloud: FakeCloud, browser: Browser) -> None:
    assert "openid" not in (await browser.get("/sign-in")).text
    for path in ("/sign-in/openid", "/sign-in/openid/back?state=x&code=y"):
        assert (await browser.get(path)).status_code == 404
    await came_in(cloud, browser)
    for path in ("/me/ways-in/openid", "/me/ways-in/openid/remove"):
        assert (await browser.post(path)).status_code == 404


def a_passkey(cloud: FakeCloud, person: Person = DOCTOR, **changes: object) -> None:
    number = len(cloud.ways.passkeys.kept)
    fields = {
        "id": b"key-%d" % number,
        "person_id": person.id,
        "handle": b"h",
        "public_key": b"p",
        "count": 0,
        "label": "<b>telephone</b>",
        "added_ms": cloud.clock.wall_ms(),
        "is_synced": True,
    }
    cloud.ways.passkeys.add_passkey(Passkey(**(fields | changes)))


async def test_the_page_shows_what_is_ones_own_and_nothing_that_somebody_typed_as_markup(
    cloud: FakeCloud, browser: Browser
) -> None:
    a_passkey(cloud)
    a_passkey(cloud, label="copied key", refused_ms=1)
    a_passkey(cloud, CARER, label="Lin's")
    await came_in(cloud, browser)
    page = (await browser.get("/me/ways-in")).text
    assert "&lt;b&gt;telephone" in page
    assert "<b>telephone" not in page
    assert "seems to be a copy" in page
    assert "Lin&#39;s" not in page


async def test_a_passkey_is_removed_by_a_form_but_not_the_last(cloud: FakeCloud, browser: Browser) -> None:
    a_passkey(cloud)
    a_passkey(cloud)
    await came_in(cloud, browser)
    statuses = [
        (await browser.post(f"/me/ways-in/passkeys/{shown}/remove")).status_code
        for shown in ("a2V5LTA", "a2V5LTE", "not-an-id")
    ]
    assert statuses == [303, 409, 303]
    assert list(cloud.ways.passkeys.kept) == [b"key-1"]


TOKEN_FORM = {
    "label": " sheet ",
    "scope-vitals": "on",
    "scope-alerts": "on",
    "patient": "p-wei",
    "may": "read",
    "days": "30",
}


async def test_a_token_is_made_by_a_form_shown_once_and_taken_back(
    cloud: FakeCloud, browser: Browser
) -> None:
    await came_in(cloud, browser)
    page = await browser.post("/me/ways-in/tokens", data=TOKEN_FORM)
    secret = page.text.partition('tabindex="0">cw_')[2].partition("<")[0]
    assert page.headers["cache-control"] == "no-store"
    viewer = cloud.programs.viewer(f"cw_{secret}")
    assert viewer is not None
    (token,) = cloud.ways.api_tokens.kept.values()
    assert (token.label, token.scopes, token.is_read_only, token.patient_id) == (
        "sheet",
        {Scope.VITALS, Scope.ALERTS},
        True,
        "p-wei",
    )
    later = (await browser.get("/me/ways-in")).text
    assert secret not in later
    assert "of Wei alone" in later
    assert (await browser.post(f"/me/ways-in/tokens/{token.id}/revoke")).status_code == 303
    assert cloud.programs.viewer(f"cw_{secret}") is None


@pytest.mark.parametrize(
    "change",
    [{"label": " "}, {"label": "x" * 65}, {"days": "999"}, {"days": ""}, {"patient": "p-ama"}],
)
async def test_a_form_that_makes_no_token_says_so(
    cloud: FakeCloud, browser: Browser, change: dict[str, str]
) -> None:
    await came_in(cloud, browser)
    page = await browser.post("/me/ways-in/tokens", data=TOKEN_FORM | change)
    assert page.status_code == 422
    assert "That is no token" in page.text
    assert cloud.ways.api_tokens.kept == {}


async def test_what_cannot_be_taken_back_wants_a_fresh_proof(cloud: FakeCloud, browser: Browser) -> None:
    a_passkey(cloud)
    a_passkey(cloud)
    await came_in(cloud, browser)
    assert "/sign-in/again" not in (await browser.get("/me/ways-in")).text
    assert isinstance(cloud.clock, FakeClock)
    cloud.clock.advance(PROOF_LIFE_MS / 1000)
    assert "/sign-in/again" in (await browser.get("/me/ways-in")).text
    await browser.post("/me/ways-in/tokens", data=TOKEN_FORM)
    await browser.post("/me/ways-in/passkeys/a2V5LTA/remove")
    assert cloud.ways.api_tokens.kept == {}
    assert len(cloud.ways.passkeys.kept) == 2


async def test_who_has_a_passkey_is_asked_for_it_as_a_proof_and_led_nowhere_else(
    cloud: FakeCloud, browser: Browser
) -> None:
    await came_in(cloud, browser)
    assert "Prove it with a passkey" not in (await browser.get("/sign-in/again")).text
    a_passkey(cloud)
    page = (await browser.get("/sign-in/again", params={"to": "/me/ways-in"})).text
    assert 'data-to="/me/ways-in"' in page
    for elsewhere in ("https://evil.example.org/", "//evil.example.org", "/\\evil.example.org"):
        page = (await browser.get("/sign-in/again", params={"to": elsewhere})).text
        assert 'data-to="/"' in page
        assert "evil" not in page


async def test_the_page_of_ones_sign_in_leads_here_and_is_no_programs(
    cloud: FakeCloud, browser: Browser
) -> None:
    await came_in(cloud, browser)
    assert 'href="/me/ways-in"' in (await browser.get("/me/sign-in")).text
    secret, _ = cloud.programs.make(
        DOCTOR, TokenWish(label="sheet", scopes=frozenset(Scope), life_ms=1_000, is_read_only=False)
    )
    for path in ("/me/sign-in", "/me/ways-in"):
        answer = await browser.get(path, headers={"authorization": f"Bearer {secret}"})
        assert answer.status_code == 403


async def test_the_page_is_for_people_alone(cloud: FakeCloud) -> None:
    transport = httpx.ASGITransport(application(cloud.services), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=HOME) as stranger:
        answer = await stranger.get("/me/ways-in")
    assert urlsplit(answer.headers["location"]).path == "/sign-in"
