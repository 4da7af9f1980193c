"""What `/healthz` tells whom."""

import pytest

from cloud.ports import Share, UnboundDevice
from tests.fakes.alerts import NOW_MS
from tests.fakes.cloud_services import ADMIN, ClientFor, FakeCloud
from vitals.records import GatewayReport


async def test_health_notes_what_is_set_aside_and_what_belongs_to_nobody_without_turning_red(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    told = (await client_for(ADMIN).get("/api/v1/health")).json()
    assert told == {"troubles": [], "notes": [], "warnings": []}
    cloud.quarantine.room.append(
        Share(gateway="hall", records=3, size_bytes=9, most_records=10, most_bytes=90)
    )
    cloud.back_office.unbound.append(
        UnboundDevice(
            device="c0-09", gateway="hall", records=7, first_received_ms=NOW_MS, last_received_ms=NOW_MS
        )
    )
    aside, ownerless = (await client_for(ADMIN).get("/api/v1/health")).json()["notes"]
    assert aside.startswith("hall: 3 records are set aside")
    assert ownerless.startswith("c0-09 (through hall): 7 records belong to nobody")
    assert (await client_for(None).get("/healthz")).status_code == 200


@pytest.mark.parametrize("alarm", ["ledger-changed", "trust-damaged"])
async def test_health_notes_what_a_gateway_says_and_takes_nothing_for_it(
    cloud: FakeCloud, client_for: ClientFor, alarm: str
) -> None:
    report = GatewayReport(
        t_ms=NOW_MS,
        software="0.1.0",
        outbox_records=3,
        outbox_bytes=9,
        counters={f"alarm.{alarm}": 1, "alarm.disk-low": 1},
    )
    cloud.back_office.heard["hall"] = NOW_MS
    cloud.back_office.reports["hall"] = (report, NOW_MS)
    (note,) = (await client_for(ADMIN).get("/api/v1/health")).json()["notes"]
    assert note.startswith("hall: it says that")
    assert (await client_for(None).get("/healthz")).status_code == 200


async def test_health_is_a_yes_or_no_for_strangers_and_words_for_administrators(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    assert (await client_for(None).get("/healthz")).json() == {"status": "ok"}
    cloud.troubles = ("alerts: its thread has ended",)
    answer = await client_for(None).get("/healthz")
    assert (answer.status_code, answer.json()) == (503, {"status": "failing"})
    told = (await client_for(ADMIN).get("/api/v1/health")).json()
    assert told == {"troubles": ["alerts: its thread has ended"], "notes": [], "warnings": []}
