"""What each resource answers, over fakes."""

import base64
from dataclasses import replace

import pytest

from cloud.api import waveforms
from cloud.ports import (
    AlertState,
    Counts,
    Declared,
    Device,
    EpochAccount,
    HandOff,
    HeardDevice,
    Point,
    QuarantinedRecord,
    Share,
    Strip,
    UnboundDevice,
)
from tests.fakes.alerts import NOW_MS, an_alert
from tests.fakes.cloud_services import ADMIN, CARER, OWNER, ClientFor, FakeCloud
from vitals.records import Gap, GapReason, GatewayReport, HostState
from vitals.wire.envelope import encode_record


def point(seconds_ago: float, value: float = 70.0, device: str = "c0-01") -> Point:
    return Point(t_ms=NOW_MS - int(seconds_ago * 1000), value=value, quality=0.9, device=device)


def strip(seconds_ago: float) -> Strip:
    return Strip(
        device="c0-01",
        kind="ecg",
        t0_ms=NOW_MS - int(seconds_ago * 1000),
        rate_hz=100.0,
        samples=b"\x01\x00" * 100,
        scale=0.001,
        offset=0.5,
        lead="I",
    )


async def test_the_newest_values_come_with_unit_time_and_quality(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    cloud.series.points["p-wei", "heart_rate"] = [point(2, 71.0), point(1, 72.0)]
    [latest] = (await client_for(CARER).get("/api/v1/patients/p-wei/observations")).json()["latest"]
    assert latest == {
        "kind": "heart_rate",
        "display": "Heart rate",
        "unit": "/min",
        "value": 72.0,
        "effective": "2023-11-14T22:13:19.000Z",
        "t_ms": NOW_MS - 1000,
        "quality": 0.9,
        "device": "c0-01",
    }


async def test_a_long_history_is_summed_up_from_whole_stretches_on(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    hour_ms = 3_600_000
    start_ms = NOW_MS - NOW_MS % hour_ms
    cloud.series.points["p-wei", "heart_rate"] = [
        Point(t_ms=start_ms - 1, value=50.0, quality=None, device="c0-01"),
        Point(t_ms=start_ms, value=70.0, quality=0.9, device="c0-01"),
        Point(t_ms=start_ms + 1, value=74.0, quality=0.2, device="c0-01"),
        Point(t_ms=start_ms + 2, value=72.0, quality=None, device="c0-02"),
    ]
    answer = await client_for(CARER).get(
        "/api/v1/patients/p-wei/observations/heart_rate/rollups",
        params={"from": start_ms - 1, "to": start_ms + 60_000, "every_s": 3600},
    )
    assert answer.json() == {
        "kind": "heart_rate",
        "unit": "/min",
        "from": "2023-11-14T21:00:00.000Z",
        "to": "2023-11-14T22:01:00.000Z",
        "every_s": 3600,
        "t_ms": [start_ms - hour_ms, start_ms],
        "count": [1, 2],
        "minimum": [50.0, 70.0],
        "maximum": [50.0, 72.0],
        "mean": [50.0, 71.0],
        "deviation": [0.0, 1.0],
        "gaps": [],
    }


@pytest.mark.parametrize("every_s", [0, 59, 90, 32 * 86_400])
async def test_stretches_are_whole_minutes_up_to_a_month(client_for: ClientFor, every_s: int) -> None:
    answer = await client_for(CARER).get(
        "/api/v1/patients/p-wei/observations/heart_rate/rollups", params={"every_s": every_s}
    )
    assert answer.status_code == 422


async def test_a_period_of_too_many_stretches_is_refused_with_what_to_do(client_for: ClientFor) -> None:
    answer = await client_for(CARER).get(
        "/api/v1/patients/p-wei/observations/heart_rate/rollups",
        params={"from": 0, "to": NOW_MS, "every_s": 60},
    )
    assert answer.status_code == 422
    assert "ask in pieces" in answer.json()["detail"]


async def test_observations_come_in_columns_and_say_what_is_omitted(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    cloud.series.points["p-wei", "heart_rate"] = [point(3, 1.0), point(2, 2.0, "c0-02"), point(1, 3.0)]
    cloud.occurrences.missing["p-wei", "heart_rate"] = [
        Gap(device="c0-01", kind="heart_rate", from_ms=NOW_MS - 9, to_ms=NOW_MS, reason=GapReason.SENSOR_OFF)
    ]
    answer = await client_for(CARER).get(
        "/api/v1/patients/p-wei/observations/heart_rate", params={"limit": 2}
    )
    assert answer.json() == {
        "kind": "heart_rate",
        "unit": "/min",
        "from": "2023-11-14T21:13:20.001Z",
        "to": "2023-11-14T22:13:20.001Z",
        "t_ms": [NOW_MS - 2000, NOW_MS - 1000],
        "value": [2.0, 3.0],
        "quality": [0.9, 0.9],
        "device": [1, 0],
        "devices": ["c0-01", "c0-02"],
        "gaps": [
            {
                "device": "c0-01",
                "from_ms": NOW_MS - 9,
                "to_ms": NOW_MS,
                "reason": "sensor-off",
                "missed": None,
            }
        ],
        "omitted": 1,
    }


async def test_an_unknown_kind_is_not_found_and_the_known_ones_are_named(client_for: ClientFor) -> None:
    for resource in ("observations", "waveforms"):
        answer = await client_for(CARER).get(f"/api/v1/patients/p-wei/{resource}/moods")
        assert answer.status_code == 404
        assert "heart_rate" in answer.json()["detail"]


@pytest.mark.parametrize(
    "query", [{"limit": 0}, {"limit": 20_001}, {"from": "soon"}, {"from": "0", "to": "9" * 13}]
)
async def test_a_range_beyond_its_limits_is_refused(client_for: ClientFor, query: dict[str, str]) -> None:
    answer = await client_for(CARER).get("/api/v1/patients/p-wei/observations/heart_rate", params=query)
    assert answer.status_code == 422


async def test_waveforms_come_as_they_were_sent(cloud: FakeCloud, client_for: ClientFor) -> None:
    cloud.series.strips["p-wei", "ecg"] = [strip(60), strip(2)]
    found = (await client_for(CARER).get("/api/v1/patients/p-wei/waveforms/ecg")).json()
    assert found["unit"] == "mV"
    assert found["omitted"] == 0
    [shown] = found["strips"]
    assert shown["t0_ms"] == NOW_MS - 2000
    assert base64.b64decode(shown["samples"]) == b"\x01\x00" * 100


async def test_too_many_samples_leave_out_the_oldest_strips_and_say_so(
    cloud: FakeCloud, client_for: ClientFor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waveforms, "MOST_SAMPLE_BYTES", 450)
    cloud.series.strips["p-wei", "ecg"] = [strip(4), strip(3), strip(2)]
    found = (await client_for(CARER).get("/api/v1/patients/p-wei/waveforms/ecg")).json()
    assert [each["t0_ms"] for each in found["strips"]] == [NOW_MS - 3000, NOW_MS - 2000]
    assert found["omitted"] == 1


async def test_ten_minutes_of_waveform_at_most(client_for: ClientFor) -> None:
    query = {"from": str(NOW_MS - 600_001), "to": str(NOW_MS)}
    answer = await client_for(CARER).get("/api/v1/patients/p-wei/waveforms/ecg", params=query)
    assert answer.status_code == 422


async def test_alerts_are_listed_newest_first_and_pending_ones_are_nobodys_business(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    for alert in (
        an_alert("tachycardia", raised_ms=1, state=AlertState.RESOLVED, resolved_ms=5),
        an_alert("atrial-fibrillation", raised_ms=3),
        an_alert("sensor-off", raised_ms=2, state=AlertState.PENDING),
    ):
        cloud.alerts.alerts[alert.id] = alert
    client = client_for(CARER)
    listed = (await client.get("/api/v1/patients/p-wei/alerts")).json()
    assert [each["condition"] for each in listed["alerts"]] == ["atrial-fibrillation", "tachycardia"]
    still_open = (await client.get("/api/v1/patients/p-wei/alerts", params={"open": True})).json()
    assert [each["condition"] for each in still_open["alerts"]] == ["atrial-fibrillation"]
    assert (await client.get("/api/v1/alerts/alert-sensor-off")).status_code == 404


async def test_one_alert_comes_with_its_reasons_and_where_it_went(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    alert = an_alert()
    cloud.alerts.alerts[alert.id] = alert
    for channel, error in (("in-app", None), ("mail", "refused by mail.example"), ("held:grouped", None)):
        cloud.alerts.hand_offs.append(
            HandOff(alert_id=alert.id, channel=channel, person_id=CARER.id, at_ms=NOW_MS, error=error)
        )
    found = (await client_for(CARER).get(f"/api/v1/alerts/{alert.id}")).json()
    assert found["explanation"]["model"]["probability"] == 0.97
    assert [(each["channel"], each["succeeded"], each["because"]) for each in found["hand_offs"]] == [
        ("in-app", True, None),
        ("mail", False, None),
        ("held:grouped", False, "It goes out together with others."),
    ]


async def test_where_an_alert_went_says_to_whom_on_which_occasion_and_what_the_channel_answered(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    alert = an_alert()
    cloud.alerts.alerts[alert.id] = alert
    taken = HandOff(
        alert_id=alert.id,
        channel="email",
        person_id=CARER.id,
        at_ms=NOW_MS,
        occasion="escalation",
        step=1,
        key="k1",
        receipt="250 queued",
    )
    refused = replace(taken, receipt=None, error="refused by the server")
    held = HandOff(alert_id=alert.id, channel="held:grouped", person_id="", at_ms=NOW_MS, error="grouped")
    cloud.alerts.hand_offs.extend([taken, refused, held])
    told, failed, kept = (await client_for(CARER).get(f"/api/v1/alerts/{alert.id}")).json()["hand_offs"]
    common = {"channel": "email", "to": CARER.display_name, "occasion": "escalation", "step": 1, "key": "k1"}
    assert common.items() <= told.items()
    assert common.items() <= failed.items()
    assert (told["receipt"], told["error"]) == ("250 queued", None)
    assert (failed["receipt"], failed["error"]) == (None, "refused by the server")
    assert (kept["to"], kept["error"], kept["receipt"]) == (None, None, None)


@pytest.mark.parametrize(
    ("asked", "header", "title"),
    [
        ({}, "", "Fast heart rate"),
        ({}, "zh-CN,zh;q=0.9", "心率过快"),
        ({"lang": "zh"}, "en", "心率过快"),
        ({"lang": "en"}, "zh", "Fast heart rate"),
        ({"lang": "tlh"}, "zh", "Fast heart rate"),
    ],
)
async def test_an_alert_is_read_in_the_language_asked_for(
    cloud: FakeCloud, client_for: ClientFor, asked: dict[str, str], header: str, title: str
) -> None:
    alert = an_alert("tachycardia")
    cloud.alerts.alerts[alert.id] = alert
    client = client_for(CARER)
    headers = {"accept-language": header}
    one = (await client.get(f"/api/v1/alerts/{alert.id}", params=asked, headers=headers)).json()
    listed = (await client.get("/api/v1/patients/p-wei/alerts", params=asked, headers=headers)).json()
    told = one["explanation"]
    assert told["title"] == listed["alerts"][0]["explanation"]["title"] == title
    assert told["summary"]
    assert told["advice"].keys() == {"patient", "caregiver", "clinician"}


async def test_acknowledging_is_named_timed_and_told_to_open_pages(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    alert = an_alert()
    cloud.alerts.alerts[alert.id] = alert
    watcher = cloud.live.subscribe(frozenset({"p-wei"}))
    answer = await client_for(CARER).post(
        f"/api/v1/alerts/{alert.id}/acknowledge", json={"reason": "false-alarm"}
    )
    assert answer.status_code == 200
    assert answer.json()["acknowledged_by"] == "Lin"
    assert answer.json()["acknowledged_reason"] == "false-alarm"
    assert [event.name for event in await watcher.take(1)] == ["alert"]


@pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": "because"}, [], {"reason": None}])
async def test_acknowledging_takes_a_known_reason(
    cloud: FakeCloud, client_for: ClientFor, body: object
) -> None:
    alert = an_alert()
    cloud.alerts.alerts[alert.id] = alert
    answer = await client_for(CARER).post(f"/api/v1/alerts/{alert.id}/acknowledge", json=body)
    assert answer.status_code == 422
    assert cloud.alerts.alerts[alert.id].acknowledged_ms is None


async def test_a_cookie_alone_does_not_acknowledge_from_another_site(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    alert = an_alert()
    cloud.alerts.alerts[alert.id] = alert
    browser = client_for(None)
    browser.cookies.set("carewire", cloud.token(CARER))
    for headers in ({}, {"origin": "https://evil.example"}):
        for path in (f"/api/v1/alerts/{alert.id}/acknowledge", f"/alerts/{alert.id}/acknowledge"):
            answer = await browser.post(path, json={"reason": "real"}, headers=headers)
            assert answer.status_code == 403
    assert cloud.alerts.alerts[alert.id].acknowledged_ms is None


async def test_devices_say_what_they_last_said(cloud: FakeCloud, client_for: ClientFor) -> None:
    cloud.directory.note_device(
        Device(
            id="c0-01",
            gateway="hall",
            patient_id="p-wei",
            link="connected",
            model=None,
            battery_percent=80,
            on_body=True,
            reported_ms=NOW_MS,
            received_ms=None,
        )
    )
    [device] = (await client_for(CARER).get("/api/v1/patients/p-wei/devices")).json()["devices"]
    assert device["battery_percent"] == 80
    assert device["reported"] == "2023-11-14T22:13:20.000Z"
    assert device["received"] is None


async def test_a_device_was_heard_when_anything_of_it_last_arrived(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    cloud.directory.note_device(
        Device(
            id="c0-01",
            gateway="hall",
            patient_id="p-wei",
            link=None,
            model=None,
            battery_percent=None,
            on_body=None,
            reported_ms=NOW_MS - 60_000,
            received_ms=NOW_MS - 60_000,
        )
    )
    cloud.back_office.heard_from = [HeardDevice(device="c0-01", gateway="hall", received_ms=NOW_MS)]
    [device] = (await client_for(CARER).get("/api/v1/patients/p-wei/devices")).json()["devices"]
    assert device["received"] == "2023-11-14T22:13:20.000Z"


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


def aside(seq: int, reason: str = "not a batch") -> QuarantinedRecord:
    return QuarantinedRecord(
        gateway="hall",
        epoch="abc-events",
        seq=seq,
        payload=b"\xff" * 5000,
        content_type="application/msgpack",
        reason=reason,
        received_ms=NOW_MS,
    )


async def test_quarantine_shows_the_newest_and_counts_the_rest(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    cloud.quarantine.keep(*map(aside, range(3)))
    cloud.quarantine.room.append(
        Share(gateway="hall", records=3, size_bytes=15_000, most_records=10, most_bytes=20_000)
    )
    found = (await client_for(ADMIN).get("/api/v1/quarantine", params={"limit": 2})).json()
    assert [each["seq"] for each in found["records"]] == [2, 1]
    assert found["omitted"] == 1
    assert found["records"][0]["payload_bytes"] == 5000
    assert found["shares"] == [
        {"gateway": "hall", "records": 3, "size_bytes": 15000, "most_records": 10, "most_bytes": 20000}
    ]


async def test_an_administrator_without_a_grant_reads_nobodys_readings_in_quarantine(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    payload = b'{"kind":"heart_rate","value":171}'
    cloud.quarantine.keep(replace(aside(0), payload=payload))
    answer = await client_for(ADMIN).get("/api/v1/quarantine")
    (record,) = answer.json()["records"]
    assert record["payload_bytes"] == len(payload)
    assert payload.decode() not in answer.text
    assert base64.b64encode(payload).decode() not in answer.text


async def test_quarantine_can_be_narrowed_down(cloud: FakeCloud, client_for: ClientFor) -> None:
    cloud.quarantine.keep(aside(1), aside(2, "kind 'mood' is not known"))
    for asked in ({"gateway": "hall", "reason": "mood"}, {"reason": "mood"}):
        found = (await client_for(ADMIN).get("/api/v1/quarantine", params=asked)).json()
        assert [each["seq"] for each in found["records"]] == [2]
    found = (await client_for(ADMIN).get("/api/v1/quarantine", params={"gateway": "attic"})).json()
    assert (found["records"], found["omitted"]) == ([], 0)


async def test_a_replay_says_what_is_stored_now_and_what_is_still_aside(
    cloud: FakeCloud, client_for: ClientFor
) -> None:
    report = encode_record(GatewayReport(t_ms=NOW_MS, software="0.1.0", outbox_records=3, outbox_bytes=9))
    cloud.quarantine.keep(replace(aside(1), payload=report), aside(2), replace(aside(0), epoch=""))
    answer = await client_for(ADMIN).post("/api/v1/quarantine/replay", json={"gateway": "hall"})
    assert answer.json() == {"tried": 3, "stored": 1, "known": 0, "still_aside": 2, "left": 2}
    assert [item.seq for item in cloud.quarantine.stored] == [1]
    assert {entry.tried_ms for entry in cloud.quarantine.aside} == {cloud.clock.wall_ms()}


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


async def test_me_says_whose_readings_are_ones_own(client_for: ClientFor) -> None:
    assert (await client_for(OWNER).get("/api/v1/me")).json()["patient_id"] == "p-wei"


async def test_more_patients_than_asked_for_are_counted(cloud: FakeCloud, client_for: ClientFor) -> None:
    cloud.directory.grant(CARER.id, "p-ama", 0, None)
    found = (await client_for(CARER).get("/api/v1/patients", params={"limit": 1})).json()
    assert [each["id"] for each in found["patients"]] == ["p-ama"]
    assert found["omitted"] == 1
