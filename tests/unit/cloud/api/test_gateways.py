"""What came of gateways, and how they are."""

from cloud.ports import Counts, Declared, EpochAccount, UnboundDevice
from tests.fakes.alerts import NOW_MS
from tests.fakes.cloud_services import ADMIN, ClientFor, FakeCloud
from vitals.records import GapReason, GatewayReport, HostState


async def test_gateways_account_for_every_epoch(cloud: FakeCloud, client_for: ClientFor) -> None:
    office = cloud.back_office
    office.epochs = [
        EpochAccount(
            gateway="hall",
            epoch="abc-events",
            stored=((1, 5), (7, 9)),
            quarantined=((10, 10),),
            missing=((6, 6),),
            duplicates=2,
            counts=Counts(stored=8, quarantined=1, missing=1),
            declared=(
                Declared(reason=GapReason.LINK_LOST, of_records=False, gaps=3, missed=40, uncounted=1),
            ),
        )
    ]
    office.heard = {"hall": NOW_MS, "attic": NOW_MS - 1}
    office.connected = {"hall": True}
    report = GatewayReport(
        t_ms=NOW_MS,
        software="0.1.0",
        outbox_records=3,
        outbox_bytes=99,
        inference_count=7,
        inference_p50_us=5.5,
    )
    office.reports = {"hall": (report, NOW_MS)}
    attic, hall = (await client_for(ADMIN).get("/api/v1/gateways")).json()["gateways"]
    assert (attic["id"], attic["online"], attic["software"], attic["epochs"]) == ("attic", None, None, [])
    assert hall["inference"] == {"count": 7, "p50_us": 5.5}
    declared = [{"reason": "link-lost", "of_records": False, "gaps": 3, "missed": 40, "uncounted": 1}]
    assert hall["account"] == {
        "counts": {"stored": 8, "quarantined": 1, "discarded": 0, "missing": 1},
        "unexplained": 1,
        "duplicates": 2,
        "declared": declared,
    }
    assert attic["account"]["counts"] == {"stored": 0, "quarantined": 0, "discarded": 0, "missing": 0}
    assert hall["epochs"] == [
        {
            "epoch": "abc-events",
            "counts": {"stored": 8, "quarantined": 1, "discarded": 0, "missing": 1},
            "stored": [[1, 5], [7, 9]],
            "quarantined": [[10, 10]],
            "discarded": [],
            "missing": [[6, 6]],
            "declared": declared,
            "duplicates": 2,
        }
    ]


async def test_devices_whose_records_belong_to_nobody_are_told_to_an_administrator(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    cloud.back_office.unbound.append(
        UnboundDevice(
            device="c0-09",
            gateway="hall",
            records=7,
            first_received_ms=NOW_MS,
            last_received_ms=NOW_MS + 1_000,
        )
    )
    [told] = (await client_for(ADMIN).get("/api/v1/gateways")).json()["unbound"]
    assert told == {
        "device": "c0-09",
        "gateway": "hall",
        "records": 7,
        "first_received": "2023-11-14T22:13:20.000Z",
        "last_received": "2023-11-14T22:13:21.000Z",
    }


async def test_a_gateway_is_shown_with_how_its_computer_is(cloud: FakeCloud, client_for: ClientFor) -> None:
    report = GatewayReport(
        t_ms=NOW_MS,
        software="0.1.0",
        outbox_records=3,
        outbox_bytes=99,
        uptime_s=600,
        host=HostState(cpu_temperature_c=61.5, disk_free_bytes=7, memory_bytes=8, load=0.5, throttled=True),
        clock_synced=True,
        models={"rhythm": 3},
        configuration_version=4,
    )
    cloud.back_office.heard = {"hall": NOW_MS}
    cloud.back_office.reports = {"hall": (report, NOW_MS)}
    [hall] = (await client_for(ADMIN).get("/api/v1/gateways")).json()["gateways"]
    assert hall["host"] == {
        "cpu_temperature_c": 61.5,
        "disk_free_bytes": 7,
        "memory_bytes": 8,
        "load": 0.5,
        "throttled": True,
    }
    assert (hall["uptime_s"], hall["clock_synced"], hall["models"], hall["configuration_version"]) == (
        600,
        True,
        {"rhythm": 3},
        4,
    )
