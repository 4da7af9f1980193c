"""The API over the real embedded stores: what is committed is what is served."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import pytest

from cloud.alerts.judging.state import PatientState, encode_state
from cloud.alerts.working.worker import AlertWorker
from cloud.bootstrap import build, invite
from cloud.config import CloudSettings, HttpSettings, MqttSettings
from cloud.ports import OPERATOR, Device, IdentifiedRecord, Patient, Person, QuarantinedRecord, Role
from cloud.services import Services
from cloud.storage.relational.opening import open_relational
from tests.fakes.alerts import an_alert
from vitals.records import (
    AnyRecord,
    DeviceReport,
    Gap,
    GapReason,
    GatewayReport,
    LinkState,
    ObservationRun,
    Waveform,
)

WEI = Patient(id="p-wei", display_name="Wei")
LIN = Person(id="u-lin", display_name="Lin", role=Role.CAREGIVER)
ADA = Person(id="u-ada", display_name="Ada", role=Role.ADMINISTRATOR)
NOW_MS = 1_700_000_000_000
STRAP = "c0-00-00-00-00-01"


@dataclass(slots=True)
class Running:
    settings: CloudSettings
    services: Services
    lin: httpx.AsyncClient
    ada: httpx.AsyncClient


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    settings = CloudSettings(
        data_dir=tmp_path,
        http=HttpSettings(port=8080, public_url="http://127.0.0.1:8080"),
        mqtt=MqttSettings(port=9),
    )
    app = build(settings)
    services: Services = app.state.services
    services.directory.add_patient(WEI)
    services.directory.bind(STRAP, WEI.id, 0)
    for person in (LIN, ADA):
        services.directory.add_person(person)
    services.sharing.give(WEI.id, person_id=LIN.id, from_ms=0, by=OPERATOR)
    transport = httpx.ASGITransport(app)

    def client(person: Person) -> httpx.AsyncClient:
        token = services.sessions.issue(person.id, 60_000)
        return httpx.AsyncClient(
            transport=transport,
            base_url="http://127.0.0.1:8080",
            headers={"authorization": f"Bearer {token}"},
        )

    async with app.router.lifespan_context(app), client(LIN) as lin, client(ADA) as ada:
        yield Running(settings, services, lin, ada)


def stored(running: Running, *records: AnyRecord, patient_id: str | None = WEI.id) -> None:
    items = [
        IdentifiedRecord(
            gateway="hallway",
            epoch="abcdefgh-observations",
            seq=seq,
            record=record,
            patient_id=patient_id,
            received_ms=NOW_MS,
        )
        for seq, record in enumerate(records, start=1)
    ]
    running.services.records.commit(items)


async def test_what_is_committed_is_served_with_its_gaps(running: Running) -> None:
    stored(
        running,
        ObservationRun(
            device=STRAP, kind="heart_rate", t_ms=[NOW_MS - 2000, NOW_MS - 1000], value=[70.0, 71.0]
        ),
        Waveform(
            device=STRAP,
            kind="ecg",
            t0_ms=NOW_MS - 1000,
            rate_hz=130.0,
            samples=b"\x01\x00" * 130,
            scale=0.001,
        ),
        Gap(
            device=STRAP,
            kind="heart_rate",
            from_ms=NOW_MS - 9000,
            to_ms=NOW_MS - 5000,
            reason=GapReason.LINK_LOST,
        ),
    )
    query = {"from": str(NOW_MS - 10_000), "to": str(NOW_MS)}
    rate = (await running.lin.get("/api/v1/patients/p-wei/observations/heart_rate", params=query)).json()
    assert (rate["value"], rate["omitted"]) == ([70.0, 71.0], 0)
    assert [gap["reason"] for gap in rate["gaps"]] == ["link-lost"]
    ecg = (await running.lin.get("/api/v1/patients/p-wei/waveforms/ecg", params=query)).json()
    assert [strip["t0_ms"] for strip in ecg["strips"]] == [NOW_MS - 1000]
    [latest] = (await running.lin.get("/api/v1/patients/p-wei/observations")).json()["latest"]
    assert latest["value"] == 71.0


async def test_rules_are_rehearsed_over_what_is_stored_in_whichever_hours(running: Running) -> None:
    now_ms = running.services.clock.wall_ms()
    fast_ms = now_ms - 3 * 86_400_000
    hours = [
        (fast_ms - 3_600_000, 80.0),
        *((fast_ms + minute * 60_000, 141.0) for minute in range(2)),  # too short for an early warning score
        *((fast_ms + minute * 60_000, 80.0) for minute in range(2, 6)),
        (now_ms - 60_000, 80.0),
    ]
    runs = [
        ObservationRun(
            device=STRAP,
            kind="heart_rate",
            t_ms=[from_ms + 5_000 * step for step in range(12)],
            value=[value] * 12,
        )
        for from_ms, value in hours
    ]
    stored(running, *runs, DeviceReport(device=STRAP, t_ms=fast_ms, link=LinkState.CONNECTED, on_body=False))
    address = "/api/v1/patients/p-wei/alert-rules/replay"
    found = (await running.lin.post(address, params={"days": 7})).json()
    assert {alert["condition"] for alert in found["alerts"]} == {"sensor-off", "tachycardia"}
    (fast,) = [alert for alert in found["alerts"] if alert["condition"] == "tachycardia"]
    assert (fast["worst"], fast["unit"], fast["devices"]) == (141.0, "/min", [STRAP])
    tried = {"changes": [{"rule": "tachycardia", "changes": {"limit": 150.0}}]}
    again = (await running.lin.post(address, params={"days": 7}, json=tried)).json()
    assert [alert["condition"] for alert in again["alerts"]] == ["sensor-off"]
    assert (await running.ada.post(address)).status_code == 404


async def test_what_alerts_asked_of_people_is_told_to_who_may_see_the_patient(running: Running) -> None:
    now_ms = running.services.clock.wall_ms()
    relational = open_relational(running.settings.database_url)
    alert = replace(an_alert(), raised_ms=now_ms - 60_000, acknowledged_ms=None)
    relational.alerts.commit(
        relational.alerts.load(WEI.id), encode_state(PatientState(patient_id=WEI.id)), [alert]
    )
    relational.close()
    for address in ("/api/v1/patients/p-wei/alert-burden", "/api/v1/alert-burden"):
        found = (await running.lin.get(address)).json()
        assert (found["patients"], found["alerts"]) == (1, 1)
    assert (await running.ada.get("/api/v1/patients/p-wei/alert-burden")).status_code == 404
    assert (await running.ada.get("/api/v1/alert-burden")).json()["alerts"] == 0


async def test_how_ill_somebody_looks_is_told_from_what_is_stored(running: Running) -> None:
    now_ms = running.services.clock.wall_ms()
    signs = {
        "heart_rate": 138.0,
        "respiratory_rate": 26.0,
        "oxygen_saturation": 91.0,
        "body_temperature": 39.4,
    }
    stored(
        running,
        *(
            ObservationRun(device=STRAP, kind=kind, t_ms=[now_ms - 60_000], value=[value])
            for kind, value in signs.items()
        ),
    )
    answer = (await running.lin.get("/api/v1/patients/p-wei/early-warning")).json()
    assert (answer["level"], answer["reasons"][0]) == ("emergency", "news2-high")
    assert (answer["news2"]["lowest"], answer["news2"]["highest"]) == (11, 19)
    assert answer["model"]["silence"] is None
    assert answer["model"]["probability"] > 0.05
    assert "somebody must look now" in (await running.lin.get("/patients/p-wei")).text


async def test_a_page_of_the_real_stores_renders(running: Running) -> None:
    running.services.directory.note_device(
        Device(
            id=STRAP,
            gateway="hallway",
            patient_id=WEI.id,
            link="connected",
            model="Strap",
            battery_percent=50,
            on_body=True,
            reported_ms=NOW_MS,
            received_ms=NOW_MS,
        )
    )
    text = (await running.lin.get("/patients/p-wei")).text
    assert "Wei: no reading has arrived yet." in text
    assert "Strap" in text
    assert (await running.ada.get("/patients/p-wei")).status_code == 404


async def test_an_alert_is_acknowledged_in_the_real_store(running: Running) -> None:
    alert = an_alert("tachycardia", now_ms=running.services.clock.wall_ms())
    beside = open_relational(running.settings.database_url)
    beside.alerts.commit(beside.alerts.load(WEI.id), encode_state(PatientState(patient_id=WEI.id)), [alert])
    path = f"/api/v1/alerts/{alert.id}"
    assert (await running.lin.get(path)).json()["state"] == "active"
    answer = await running.lin.post(f"{path}/acknowledge", json={"reason": "real"})
    assert answer.json()["state"] == "acknowledged"
    kept = beside.alerts.alert(alert.id)
    beside.close()
    assert kept is not None
    assert (kept.acknowledged_by, kept.acknowledged_reason) == (LIN.id, "real")
    assert (await running.ada.post(f"{path}/acknowledge", json={"reason": "known"})).status_code == 404


async def test_gateways_and_quarantine_account_for_everything(running: Running) -> None:
    stored(
        running,
        GatewayReport(t_ms=NOW_MS, software="0.1.0", outbox_records=0, outbox_bytes=0, inference_count=4),
        patient_id=None,
    )
    running.services.records.commit(
        [],
        [
            QuarantinedRecord(
                gateway="hallway",
                epoch="abcdefgh-observations",
                seq=2,
                payload=b"\xc1",
                content_type="application/msgpack",
                reason="record cannot be read",
                received_ms=NOW_MS,
            )
        ],
    )
    [gateway] = (await running.ada.get("/api/v1/gateways")).json()["gateways"]
    assert gateway["id"] == "hallway"
    assert gateway["inference"]["count"] == 4
    [epoch] = gateway["epochs"]
    assert (epoch["stored"], epoch["quarantined"], epoch["missing"]) == ([[1, 1]], [[2, 2]], [])
    [aside] = (await running.ada.get("/api/v1/quarantine")).json()["records"]
    assert aside["reason"] == "record cannot be read"
    replayed = (await running.ada.post("/api/v1/quarantine/replay", json={"ids": [aside["id"]]})).json()
    assert (replayed["tried"], replayed["still_aside"], replayed["left"]) == (1, 1, 1)


async def test_an_invitation_made_beside_the_running_service_signs_its_person_in(running: Running) -> None:
    guest = Person(id="u-guest", display_name="Gil", role=Role.CAREGIVER)
    url = invite(running.settings, guest, [WEI.id])
    assert url.startswith("http://127.0.0.1:8080/sign-in?token=")
    token = url.partition("token=")[2]
    session = running.services.sessions.redeem(token)
    assert session is not None
    running.lin.headers["authorization"] = f"Bearer {session}"
    assert (await running.lin.get("/api/v1/patients/p-wei")).status_code == 200
    assert running.services.sessions.redeem(token) is None


async def test_without_a_broker_the_service_serves_and_says_that_it_is_not_well(running: Running) -> None:
    assert (await running.lin.get("/healthz")).status_code == 503
    [trouble] = (await running.ada.get("/api/v1/health")).json()["troubles"]
    assert "not connected to the broker" in trouble


async def test_an_alert_thread_that_died_turns_health_red(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(AlertWorker, "run", lambda _self, _stop: None)
    app = build(CloudSettings(data_dir=tmp_path, mqtt=MqttSettings(port=9)))
    async with app.router.lifespan_context(app):
        await asyncio.sleep(0.1)
        assert any("alerts: its thread has ended" in each for each in app.state.services.troubles())


async def test_what_is_said_of_a_patient_is_kept_and_judged_by_from_the_next_moment_on(
    running: Running,
) -> None:
    running.services.sharing.give(WEI.id, person_id=ADA.id, from_ms=0, by=OPERATOR)
    now_ms = running.services.clock.wall_ms()
    stored(
        running,
        ObservationRun(device=STRAP, kind="oxygen_saturation", t_ms=[now_ms - 1_000], value=[89.0]),
    )
    early_warning, facts = (f"/api/v1/patients/{WEI.id}/{what}" for what in ("early-warning", "facts"))
    assert (await running.lin.get(early_warning)).json()["reasons"] == ["news2-single-three"]
    said = await running.ada.post(facts, json={"name": "spo2_scale", "value": "2"})
    assert said.status_code == 200
    assert (await running.lin.get(early_warning)).json()["reasons"] == []
    assert (await running.lin.get(facts)).json()["history"] == [said.json()]
