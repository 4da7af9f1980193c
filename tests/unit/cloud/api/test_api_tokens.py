"""Programs: what a token opens, what it never does, and how soon it is worth nothing."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest

from cloud.access.policies import Policy
from cloud.access.programs import TokenWish
from cloud.access.proof import PROOF_LIFE_MS
from cloud.api.routes import PolicedRoute
from cloud.api.stream import _events, _Watch
from cloud.application import application
from cloud.ports import ApiToken, Person, Scope
from tests.fakes.browser import Browser
from tests.fakes.clock import FakeClock
from tests.fakes.cloud_services import ADMIN, CARER, DOCTOR, OWNER, ClientFor, FakeCloud

HOME = "http://127.0.0.1:8080"
ORIGIN = {"origin": HOME}
EVERYTHING = frozenset(Scope)
DAY_MS = 86_400_000


def a_token(cloud: FakeCloud, person: Person = CARER, **wish: Any) -> tuple[str, ApiToken]:
    wished = {"label": "sheet", "scopes": EVERYTHING, "life_ms": DAY_MS, "is_read_only": False} | wish
    return cloud.programs.make(person, TokenWish(**wished))


@pytest.fixture
async def as_program(cloud: FakeCloud) -> AsyncIterator[Callable[[str], httpx.AsyncClient]]:
    transport = httpx.ASGITransport(application(cloud.services), raise_app_exceptions=False)
    clients: list[httpx.AsyncClient] = []

    def client(secret: str) -> httpx.AsyncClient:
        headers = {"authorization": f"Bearer {secret}"}
        clients.append(httpx.AsyncClient(transport=transport, base_url=HOME, headers=headers))
        return clients[-1]

    yield client
    for each in clients:
        await each.aclose()


async def test_a_person_makes_a_token_that_a_program_uses_until_it_is_revoked(
    client_for: ClientFor, as_program: Callable[[str], httpx.AsyncClient]
) -> None:
    lin = client_for(CARER)
    body = {"label": "sheet", "scopes": ["vitals"], "patient_id": "p-wei", "days": 30}
    made = await lin.post("/api/v1/me/tokens", json=body)
    assert made.status_code == 201
    secret = made.json()["secret"]
    program = as_program(secret)
    assert (await program.get("/api/v1/patients/p-wei")).status_code == 200
    (listed,) = (await lin.get("/api/v1/me/tokens")).json()["tokens"]
    assert "secret" not in listed
    assert secret not in (await lin.get("/api/v1/me/tokens")).text
    assert (listed["scopes"], listed["read_only"], listed["patient_id"]) == (["vitals"], True, "p-wei")
    assert listed["used"] is not None
    assert (await lin.delete(f"/api/v1/me/tokens/{listed['id']}")).status_code == 204
    for _ in range(2):
        assert (await program.get("/api/v1/patients/p-wei")).status_code == 401
    assert (await lin.delete(f"/api/v1/me/tokens/{listed['id']}")).status_code == 404


async def test_a_token_is_no_cookie(cloud: FakeCloud, client_for: ClientFor) -> None:
    secret, _ = a_token(cloud)
    stranger = client_for(None)
    stranger.cookies.set("carewire", secret)
    assert (await stranger.get("/api/v1/me")).status_code == 401


async def test_scopes_bound_what_is_open(
    cloud: FakeCloud, as_program: Callable[[str], httpx.AsyncClient]
) -> None:
    program = as_program(a_token(cloud, scopes=frozenset({Scope.VITALS}))[0])
    statuses = {
        path: (await program.get(f"/api/v1/patients/p-wei/{path}")).status_code
        for path in ("devices", "alerts", "observations?kind=heart_rate&from=0&to=1000")
    }
    assert statuses["alerts"] == 403
    assert statuses["observations?kind=heart_rate&from=0&to=1000"] == 200


async def test_a_token_for_one_patient_knows_of_no_other(
    cloud: FakeCloud, as_program: Callable[[str], httpx.AsyncClient]
) -> None:
    cloud.directory.grant(CARER.id, "p-ama", 0, None)
    program = as_program(a_token(cloud, patient_id="p-wei")[0])
    assert (await program.get("/api/v1/patients/p-ama")).status_code == 404
    listed = (await program.get("/api/v1/patients")).json()["patients"]
    assert [each["id"] for each in listed] == ["p-wei"]


async def test_a_token_is_never_more_than_its_person(
    cloud: FakeCloud, as_program: Callable[[str], httpx.AsyncClient]
) -> None:
    program = as_program(a_token(cloud)[0])
    assert (await program.get("/api/v1/patients/p-wei")).status_code == 200
    now_ms = cloud.clock.wall_ms()
    cloud.directory.grant(CARER.id, "p-wei", 0, now_ms)
    assert (await program.get("/api/v1/patients/p-wei")).status_code == 404


ROUTES = [route for route in application(FakeCloud().services).routes if isinstance(route, PolicedRoute)]
PLACES = {"contact_id": "c", "passkey": "AAAA", "token_id": "t", "name": "n", "gateway": "g", "link_id": "l"}


@pytest.mark.parametrize("person", [CARER, OWNER, DOCTOR, ADMIN])
async def test_no_token_ever_does_what_is_its_persons_alone(
    cloud: FakeCloud, as_program: Callable[[str], httpx.AsyncClient], person: Person
) -> None:
    program = as_program(a_token(cloud, person)[0])
    tried = 0
    for route in ROUTES:
        for method in route.methods or ():
            is_own = route.policy is Policy.ONESELF or (
                route.policy is Policy.SIGNED_IN and method not in {"GET", "HEAD"}
            )
            if is_own or route.policy is Policy.ADMINISTRATOR:
                path = route.path.format_map(_Places(PLACES))
                answer = await program.request(method, path, json={} if method != "GET" else None)
                assert answer.status_code == 403, (method, path)
                tried += 1
    assert tried > 10
    assert cloud.ways.passkeys.kept == {}
    assert len(cloud.ways.api_tokens.kept) == 1


class _Places(dict[str, str]):
    def __missing__(self, _: str) -> str:
        return "x"


async def test_a_token_that_only_reads_changes_nothing(
    cloud: FakeCloud, as_program: Callable[[str], httpx.AsyncClient]
) -> None:
    program = as_program(a_token(cloud, DOCTOR, is_read_only=True)[0])
    body = {"name": "on_oxygen", "value": True}
    assert (await program.post("/api/v1/patients/p-wei/facts", json=body)).status_code == 403
    assert cloud.facts.notes == []
    writing = as_program(a_token(cloud, DOCTOR, is_read_only=False)[0])
    assert (await writing.post("/api/v1/patients/p-wei/facts", json=body)).status_code == 200


async def test_making_one_wants_a_fresh_proof_and_revoking_does_not(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    lin = client_for(CARER)
    _, token = a_token(cloud)
    assert isinstance(cloud.clock, FakeClock)
    cloud.clock.advance(PROOF_LIFE_MS / 1000)
    answer = await lin.post("/api/v1/me/tokens", json={"label": "x", "scopes": ["vitals"]})
    assert answer.status_code == 403
    assert (await lin.delete(f"/api/v1/me/tokens/{token.id}")).status_code == 204


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"days": 367}, 422),
        ({"days": 0}, 422),
        ({"scopes": []}, 422),
        ({"scopes": ["everything"]}, 422),
        ({"label": ""}, 422),
        ({"patient_id": "p-ama"}, 409),
    ],
)
async def test_a_token_that_would_be_wrong_is_not_made(
    cloud: FakeCloud, client_for: ClientFor, change: dict[str, Any], status: int
) -> None:
    body = {"label": "x", "scopes": ["vitals"]} | change
    assert (await client_for(CARER).post("/api/v1/me/tokens", json=body)).status_code == status
    assert cloud.ways.api_tokens.kept == {}


async def test_another_persons_token_is_not_there(cloud: FakeCloud, client_for: ClientFor) -> None:
    secret, token = a_token(cloud, DOCTOR)
    lin = client_for(CARER)
    assert (await lin.get("/api/v1/me/tokens")).json() == {"tokens": []}
    assert (await lin.delete(f"/api/v1/me/tokens/{token.id}")).status_code == 404
    assert cloud.programs.viewer(secret) is not None


async def test_a_stream_to_a_program_ends_within_a_second_of_its_token_s_revocation(cloud: FakeCloud) -> None:
    secret, token = a_token(cloud)
    viewer = cloud.programs.viewer(secret)
    assert viewer is not None
    watch = _Watch(
        viewer=viewer,
        policy=Policy.PATIENT_RELATED,
        open={"p-wei": frozenset({Scope.VITALS})},
        names=frozenset({"heart_rate"}),
    )
    stream = _events(cloud.services, watch, None)
    assert b"hello" in await anext(stream)
    ending = asyncio.create_task(_drained(stream))
    await asyncio.sleep(0.6)
    assert not ending.done(), "it goes on while the token is good"
    cloud.programs.revoke(token.id, person=CARER, actor=CARER.id)
    await asyncio.wait_for(ending, 10.0)


async def _drained(stream: AsyncIterator[bytes]) -> None:
    async for _ in stream:
        pass


async def test_a_browser_is_shown_no_page_by_a_wrong_token(cloud: FakeCloud) -> None:
    transport = httpx.ASGITransport(application(cloud.services), raise_app_exceptions=False)
    headers = {"authorization": "Bearer cw_nonsense"}
    async with Browser(transport=transport, base_url=HOME, headers=headers) as browser:
        assert (await browser.get("/")).headers["location"] == "/sign-in"


async def test_a_program_for_one_patient_is_not_told_which_patient_its_person_is(
    cloud: FakeCloud, as_program: Callable[[str], httpx.AsyncClient]
) -> None:
    cloud.directory.grant(OWNER.id, "p-ama", 0, None)
    for patient_id, told in ((None, "p-wei"), ("p-wei", "p-wei"), ("p-ama", None)):
        program = as_program(a_token(cloud, OWNER, patient_id=patient_id)[0])
        assert (await program.get("/api/v1/me")).json()["patient_id"] == told
