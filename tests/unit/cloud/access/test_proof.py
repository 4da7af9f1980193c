"""What cannot be taken back asks who one is, once more."""

from typing import Any

import httpx
import pytest

from cloud.access.guards import Anyone, SignedIn
from cloud.access.proof import PROOF_LIFE_MS, RecentlyProved, is_proved
from cloud.access.sessions import Viewer
from cloud.api.routes import PolicedRoute, asks_for_proof
from cloud.application import application
from cloud.ports import Limits, Scope
from tests.fakes.clock import FakeClock
from tests.fakes.cloud_services import CARER, FakeCloud


def erase(viewer: SignedIn, _proof: RecentlyProved) -> dict[str, str]:
    return {"erased_by": viewer.person.id}


def look(_: Anyone) -> None: ...


ROUTE = PolicedRoute("/api/v1/erase", erase, methods=["POST"])


async def _erase(cloud: FakeCloud, headers: dict[str, str]) -> httpx.Response:
    app = application(cloud.services)
    app.router.routes.append(ROUTE)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080") as client:
        return await client.post("/api/v1/erase", headers=headers)


@pytest.mark.parametrize(
    ("waited_ms", "status"), [(0, 200), (PROOF_LIFE_MS - 1, 200), (PROOF_LIFE_MS, 403), (-1, 403)]
)
async def test_a_proof_is_good_for_ten_minutes(cloud: FakeCloud, waited_ms: int, status: int) -> None:
    assert isinstance(cloud.clock, FakeClock)
    headers = {"authorization": f"Bearer {cloud.token(CARER)}"}
    cloud.clock.advance(waited_ms / 1000)
    answer = await _erase(cloud, headers)
    assert answer.status_code == status
    assert status == 200 or "/sign-in/again" in answer.json()["detail"]


async def test_nobody_signed_in_is_told_so(cloud: FakeCloud) -> None:
    assert (await _erase(cloud, {})).status_code == 401


@pytest.mark.parametrize(
    "changes",
    [{"proved_ms": None}, {"limits": Limits(scopes=frozenset(Scope), read_only=False)}],
)
def test_whoever_never_proved_it_and_programs_prove_nothing(changes: dict[str, Any]) -> None:
    proved = Viewer(**({"person": CARER, "session": b"s", "proved_ms": 0} | changes))
    assert not is_proved(proved, 0)


def test_a_route_that_asks_documents_its_refusal() -> None:
    assert asks_for_proof(erase)
    assert not asks_for_proof(look)
    assert 403 in ROUTE.responses
