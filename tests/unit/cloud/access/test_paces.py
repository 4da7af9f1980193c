"""Whoever asks for more than their share waits, and nobody else does."""

import httpx
import pytest
from starlette.requests import HTTPConnection

from cloud.access.pace import Allowance
from cloud.access.paces import ALLOWANCES, STRANGERS, Effort, Paces, address_of
from cloud.api.routes import PolicedRoute
from cloud.application import application
from tests.fakes.alerts import an_alert
from tests.fakes.clock import FakeClock
from tests.fakes.cloud_services import CARER, DOCTOR, ClientFor, FakeCloud

FEW = Allowance(at_once=3, each_s=10.0)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def cloud(clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> FakeCloud:
    """Three requests of each sort are everybody's share."""
    monkeypatch.setattr("cloud.access.paces.ALLOWANCES", dict.fromkeys(Effort, FEW))
    monkeypatch.setattr("cloud.access.paces.STRANGERS", FEW)
    return FakeCloud(paces=Paces(clock.monotonic_s))


async def _statuses(client: httpx.AsyncClient, path: str, times: int = 4) -> list[int]:
    return [(await client.get(path)).status_code for _ in range(times)]


async def test_who_asks_too_much_is_told_when_to_go_on_and_may_then(
    client_for: ClientFor, clock: FakeClock
) -> None:
    client = client_for(CARER)
    assert await _statuses(client, "/api/v1/patients") == [200, 200, 200, 429]
    answer = await client.get("/api/v1/patients")
    assert (answer.headers["retry-after"], answer.json()["status"]) == ("10", 429)
    clock.advance(10)
    assert await _statuses(client, "/api/v1/patients", 2) == [200, 429]


async def test_what_one_person_asks_costs_another_nothing(client_for: ClientFor) -> None:
    assert await _statuses(client_for(CARER), "/api/v1/patients") == [200, 200, 200, 429]
    assert await _statuses(client_for(DOCTOR), "/api/v1/patients", 1) == [200]


async def test_another_session_of_the_same_person_shares_their_allowance(client_for: ClientFor) -> None:
    assert await _statuses(client_for(CARER), "/api/v1/patients", 3) == [200, 200, 200]
    assert await _statuses(client_for(CARER), "/api/v1/patients", 1) == [429]


async def test_whoever_reads_all_there_is_still_sees_alerts_and_pages(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    alert = an_alert()
    cloud.alerts.alerts[alert.id] = alert
    client = client_for(CARER)
    assert (await _statuses(client, "/api/v1/patients"))[-1] == 429
    assert await _statuses(client, f"/alerts/{alert.id}", 1) == [200]
    answer = await client.post(f"/api/v1/alerts/{alert.id}/acknowledge", json={"reason": "real"})
    assert answer.status_code == 200


async def test_strangers_share_what_their_address_has_and_cost_those_signed_in_nothing(
    client_for: ClientFor,
) -> None:
    assert await _statuses(client_for(None), "/api/v1/me") == [401, 401, 401, 429]
    bad = {"authorization": "Bearer wrong"}
    assert (await client_for(None).get("/api/v1/me", headers=bad)).status_code == 429
    assert (await client_for(None).get("/sign-in")).status_code == 429
    assert await _statuses(client_for(CARER), "/api/v1/me", 1) == [200]


async def test_a_gateway_is_never_made_to_wait_by_what_is_counted(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    stranger = client_for(None)
    assert (await _statuses(stranger, "/api/v1/me"))[-1] == 429
    known = {"authorization": f"Bearer {cloud.gateway_access.issue('home-1')}"}
    for _ in range(10):
        assert (await stranger.get("/api/v1/ingest/commands", headers=known)).status_code == 200


@pytest.mark.parametrize("path", ["/healthz", "/static/carewire.css"])
async def test_health_and_looks_are_not_counted(client_for: ClientFor, path: str) -> None:
    assert set(await _statuses(client_for(None), path, 6)) == {200}


def test_a_refusal_is_documented_wherever_it_can_be() -> None:
    routes = [each for each in application(FakeCloud().services).routes if isinstance(each, PolicedRoute)]
    assert {each.effort for each in routes} == {None, *Effort}
    assert all((429 in each.responses) or each.effort is None for each in routes)


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("testclient", "unknown"),
    ],
)
def test_one_caller_has_one_address(host: str, address: str) -> None:
    connection = HTTPConnection({"type": "http", "client": (host, 1), "headers": []})
    assert address_of(connection) == address


def test_a_family_never_meets_its_allowance() -> None:
    assert ALLOWANCES[Effort.LOOK].at_once >= 10 * 24  # ten pages of everything one may have open, at once
    assert STRANGERS.at_once >= 60
