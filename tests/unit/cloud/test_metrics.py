"""What may be collected, by whom, and that it names nobody."""

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from cloud.ingest.measured_store import MeasuredStore
from cloud.ingest.running import IngestHealth
from cloud.ingest.service import IngestStats
from cloud.ingest.subscriber import SubscriberCounts
from cloud.metrics import MOST_GATEWAYS, IngestCollector, Metrics, TroublesCollector
from tests.contracts.records import identified, run
from tests.fakes.back_office import FakeBackOffice
from tests.fakes.clock import FakeClock
from tests.fakes.cloud_services import ADMIN, CARER, METRICS_TOKEN, ClientFor, FakeCloud
from tests.fakes.ingest import FailingRecordStore
from vitals.errors import StorageError
from vitals.records import GatewayReport

NOW_MS = FakeClock().wall_ms()


def report(**changes: object) -> GatewayReport:
    fields: dict[str, object] = {
        "t_ms": 1,
        "software": "carewire 1",
        "outbox_records": 7,
        "outbox_bytes": 700,
    }
    return GatewayReport(**fields | changes)  # type: ignore[arg-type] # a row of a test


@pytest.fixture
def office() -> FakeBackOffice:
    return FakeBackOffice()


def collected(office: FakeBackOffice, *, troubles: tuple[str, ...] = ()) -> dict[tuple[str, str], float]:
    """Return every sample by name and gateway."""
    metrics = Metrics(token=None)
    metrics.commit_s.observe(0.004)
    health = IngestHealth(
        healthy=True,
        troubles=troubles,
        waiting=3,
        stats=IngestStats(deliveries=9, stored=20, duplicates=2, quarantined=1),
        broker=SubscriberCounts(connections=4),
    )
    metrics.add(
        IngestCollector(
            ingest=lambda: health,
            desk_waiting=lambda: 2,
            gateways=office,
            clock=FakeClock(),
        )
    )
    metrics.add(TroublesCollector(troubles=lambda: troubles))
    return {
        (sample.name, sample.labels.get("gateway", "")): sample.value
        for family in text_string_to_metric_families(metrics.text().decode())
        for sample in family.samples
    }


def test_what_ingest_does_is_counted(office: FakeBackOffice) -> None:
    found = collected(office, troubles=("ingest: not connected",))
    expected = {
        "carewire_ingest_deliveries_total": 9,
        "carewire_ingest_stored_total": 20,
        "carewire_ingest_duplicates_total": 2,
        "carewire_ingest_quarantined_total": 1,
        "carewire_ingest_broker_connections_total": 4,
        "carewire_ingest_inbox_deliveries": 3,
        "carewire_ingest_http_requests": 2,
        "carewire_troubles": 1,
        "carewire_store_readable": 1,
        "carewire_commit_seconds_count": 1,
        "carewire_commit_seconds_sum": 0.004,
    }
    assert {name: found[name, ""] for name in expected} == expected


def test_each_gateway_has_its_silence_and_its_lag(office: FakeBackOffice) -> None:
    office.heard = {"home-1": NOW_MS - 5_000, "home-2": NOW_MS + 5_000, "home-3": NOW_MS}
    office.reports = {
        "home-1": (report(oldest_unsent_ms=NOW_MS - 60_000), NOW_MS - 5_000),
        "home-2": (report(outbox_records=0), NOW_MS),
    }
    found = collected(office)
    told = {
        name: {gateway: value for (each, gateway), value in found.items() if each == name}
        for name in ("silence_seconds", "lag_seconds", "waiting_records")
        for name in (f"carewire_gateway_{name}",)
    }
    assert told == {
        "carewire_gateway_silence_seconds": {"home-1": 5.0, "home-2": 0.0, "home-3": 0.0},
        "carewire_gateway_lag_seconds": {"home-1": 60.0, "home-2": 0.0},
        "carewire_gateway_waiting_records": {"home-1": 7.0, "home-2": 0.0},
    }


def test_of_very_many_gateways_those_silent_for_the_longest_are_told(office: FakeBackOffice) -> None:
    office.heard = {f"home-{number}": NOW_MS - number for number in range(MOST_GATEWAYS + 50)}
    found = collected(office)
    silent = {gateway for name, gateway in found if name == "carewire_gateway_silence_seconds"}
    assert found["carewire_gateways", ""] == MOST_GATEWAYS + 50
    assert silent == {f"home-{number}" for number in range(50, MOST_GATEWAYS + 50)}


def test_a_store_that_cannot_be_asked_costs_only_what_it_would_have_told(
    office: FakeBackOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_self: FakeBackOffice) -> dict[str, int]:
        raise StorageError("the disk is gone: put it back")

    monkeypatch.setattr(FakeBackOffice, "heard_gateways", away)
    found = collected(office)
    assert found["carewire_store_readable", ""] == 0
    assert found["carewire_ingest_stored_total", ""] == 20


def test_a_commit_is_timed_if_it_succeeds() -> None:
    times, now_s = list[float](), iter((1.0, 1.5, 2.0))
    failing = FailingRecordStore(FakeBackOffice())
    store = MeasuredStore(store=failing, observe=times.append, monotonic_s=lambda: next(now_s))
    store.commit([identified(run((NOW_MS, 60)), 1)])
    failing.failures = [StorageError("away")]
    with pytest.raises(StorageError):
        store.commit([identified(run((NOW_MS, 60)), 1)])
    assert times == [0.5]
    assert store.accounts() == []


# --- Who may collect ----------------------------------------------------------------------------


async def ask(client: httpx.AsyncClient, token: str | None = None) -> httpx.Response:
    headers = {} if token is None else {"authorization": f"Bearer {token}"}
    return await client.get("/metrics", headers=headers)


async def test_the_token_for_metrics_opens_them_and_nothing_else(client_for: ClientFor) -> None:
    answer = await ask(client_for(None), METRICS_TOKEN)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    assert "carewire_commit_seconds" in answer.text
    headers = {"authorization": f"Bearer {METRICS_TOKEN}"}
    for path in ("/api/v1/patients", "/api/v1/gateways", "/api/v1/ingest/commands"):
        assert (await client_for(None).get(path, headers=headers)).status_code == 401


async def test_strangers_gateways_and_other_people_collect_nothing(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    gateway = cloud.gateway_access.issue("home-1")
    for token in (None, "", METRICS_TOKEN[:-1], gateway):
        assert (await ask(client_for(None), token)).status_code == 401
    assert (await ask(client_for(CARER))).status_code == 403
    assert (await ask(client_for(ADMIN))).status_code == 200


async def test_without_a_token_in_the_settings_administrators_alone_collect(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    cloud.metrics._token_hash = None
    assert (await ask(client_for(None), METRICS_TOKEN)).status_code == 401
    assert (await ask(client_for(None), "None")).status_code == 401
    assert (await ask(client_for(ADMIN))).status_code == 200
