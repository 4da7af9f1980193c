"""A service that is lived in: people, alerts, devices, shares and looks, for looking at every page of it."""

from dataclasses import replace

from cloud.access.sessions import DAY_MS, HOUR_MS
from cloud.ports import (
    AlertState,
    Deed,
    Device,
    HandOff,
    LedgerNote,
    Patient,
    PatientMessage,
    Person,
    Point,
    QuarantinedRecord,
    Role,
    RotaSlot,
    Scope,
    Share,
    UnboundDevice,
)
from tests.contracts.records import run
from tests.fakes.alerts import an_alert
from tests.fakes.cloud_services import ADMIN, CARER, DOCTOR, OWNER, FakeCloud
from tests.fakes.identities import a_request
from tests.fakes.rehearsal import TOO_MUCH
from tests.fakes.stored_ecg import ECTOPICS, stored
from vitals.wire.envelope import ContentType, encode_record

LONG_NAME = "María-José Fernández de la Vega y Rodríguez-Santamaría von Hohenzollern-Sigmaringen " * 2
RIGHT_TO_LEFT = "محمد عبد الرحمن الأنصاري"
PATIENTS = (
    Patient(id="p-ama", display_name="Ama"),
    Patient(id="p-long", display_name=LONG_NAME.strip()),
    Patient(id="p-rtl", display_name=RIGHT_TO_LEFT),
    Patient(id="p-new", display_name="Nour"),
)
ALONE = Person(id="u-alone", display_name="Noor", role=Role.CAREGIVER)
"""To whom nobody is open."""
ROLES = {"patient": OWNER, "caregiver": CARER, "clinician": DOCTOR, "administrator": ADMIN, "nobody's": ALONE}
GATEWAYS = ("hallway", "bedroom", "attic")


def furnished(cloud: FakeCloud) -> FakeCloud:
    """Return it with a household in it, as it stands at the clock's now."""
    now_ms = cloud.clock.wall_ms()
    cloud.directory.add_person(ALONE)
    for patient in PATIENTS:
        cloud.directory.add_patient(patient)
        for person in (CARER, DOCTOR):
            cloud.directory.grant(person.id, patient.id, 0, None)
    _measure(cloud, now_ms)
    _keep_ecg(cloud, now_ms)
    _raise_alerts(cloud, now_ms)
    _share(cloud, now_ms)
    _set_rota(cloud)
    cloud.rehearsal.report = TOO_MUCH
    _let_in_gateways(cloud)
    _leave_to_administrators(cloud, now_ms)
    _write(cloud, now_ms)
    return cloud


def _measure(cloud: FakeCloud, now_ms: int) -> None:
    for patient, level in (("p-wei", 88.0), ("p-ama", 64.0), ("p-long", 71.0), ("p-rtl", 58.0)):
        cloud.series.points[patient, "heart_rate"] = [
            Point(
                t_ms=now_ms - seconds * 1_000, value=level + (seconds * 7) % 13, quality=0.9, device="c0-01"
            )
            for seconds in range(840, 0, -2)
            if not 300 < seconds < 380
        ]
    for kind, value, ago_ms in (
        ("oxygen_saturation", 96.0, 60_000),
        ("systolic_pressure", 141.0, 3 * HOUR_MS),
        ("diastolic_pressure", 86.0, 3 * HOUR_MS),
        ("body_temperature", 36.8, 50_000),
        ("glucose", 7.1, 2 * HOUR_MS),
        ("body_weight", 71.4, 2 * DAY_MS),
    ):
        cloud.series.points["p-wei", kind] = [
            Point(t_ms=now_ms - ago_ms, value=value, quality=0.9, device="c0-02")
        ]
    for device in (
        Device(
            id="c0-01",
            gateway="hallway",
            patient_id="p-wei",
            link="connected",
            model="Polar H10",
            battery_percent=12,
            on_body=True,
            reported_ms=now_ms - 20_000,
            received_ms=now_ms - 20_000,
        ),
        Device(
            id="c0-02",
            gateway="hallway",
            patient_id="p-wei",
            link="disconnected",
            model=None,
            battery_percent=None,
            on_body=None,
            reported_ms=None,
            received_ms=now_ms - 3 * HOUR_MS,
        ),
    ):
        cloud.directory.note_device(device)


def _keep_ecg(cloud: FakeCloud, now_ms: int) -> None:
    """Two minutes of a heart with extra beats until now, a few seconds of it missing."""
    kept = stored(ECTOPICS, now_ms - 140_000)
    cloud.series.strips["p-wei", "ecg"] = [one for one in kept if not 4_000 < now_ms - one.t0_ms < 8_000]


def _raise_alerts(cloud: FakeCloud, now_ms: int) -> None:
    mine = (
        an_alert("ventricular-tachycardia", now_ms=now_ms),
        an_alert("atrial-fibrillation", now_ms=now_ms),
        an_alert(
            "tachycardia",
            now_ms=now_ms,
            state=AlertState.ACKNOWLEDGED,
            acknowledged_ms=now_ms - 60_000,
            acknowledged_by=CARER.id,
            acknowledged_reason="known",
        ),
        an_alert("battery-low", now_ms=now_ms),
        an_alert(
            "asystole",
            now_ms=now_ms - DAY_MS,
            state=AlertState.RESOLVED,
            resolved_ms=now_ms - DAY_MS,
        ),
    )
    others = [
        replace(an_alert("tachycardia", now_ms=now_ms), id=f"alert-{patient}", patient_id=patient)
        for patient in ("p-long", "p-rtl")
    ]
    for alert in (*mine, *others):
        cloud.alerts.alerts[alert.id] = alert
    for channel, person, error in (
        ("email", CARER, None),
        ("web-push", CARER, "the browser has unsubscribed: allow notifications in it again"),
        ("held:grouped", None, None),
    ):
        cloud.alerts.hand_offs.append(
            HandOff(
                alert_id=mine[0].id,
                channel=channel,
                person_id=person.id if person else "",
                at_ms=now_ms - 200_000,
                error=error,
            )
        )


def _set_rota(cloud: FakeCloud) -> None:
    """Two of Ama's people share a Monday; nobody has any other day."""
    slots = [
        RotaSlot(weekday=1, from_minute=480, until_minute=1_200, person_id=each.id)
        for each in (CARER, DOCTOR)
    ]
    cloud.services.duties.set_rota("p-ama", slots, CARER)


def _share(cloud: FakeCloud, now_ms: int) -> None:
    team = cloud.teams.make("Night watch", ADMIN.id)
    cloud.teams.add(team, DOCTOR.id, ADMIN.id)
    cloud.sharing.give("p-wei", team_id=team.id, scopes=frozenset({Scope.VITALS}), by=OWNER.id)
    cloud.offers.make("p-wei", frozenset({Scope.ALERTS}), None, OWNER.id)
    for number in range(3):
        cloud.ledger.append(
            LedgerNote(
                t_ms=now_ms - (3 - number) * HOUR_MS,
                deed=Deed.LOOKED,
                actor=(CARER, OWNER, DOCTOR)[number].id,
                patient_id="p-wei",
                about={"what": "vitals"},
            )
        )
    cloud.ledger_book.enter()


def _write(cloud: FakeCloud, now_ms: int) -> None:
    """Two messages, of which the patient has read the first."""
    said = ((CARER, "I come at six.\nDo you need anything?"), (DOCTOR, "Measure the pressure, please."))
    for number, (author, text) in enumerate(said, start=1):
        cloud.messages.write(
            PatientMessage(
                id=f"message-{number}",
                patient_id="p-wei",
                text=text,
                author_id=author.id,
                made_ms=now_ms - (3 - number) * HOUR_MS,
            )
        )
    cloud.messages.read("p-wei", OWNER.id, 1)


def _let_in_gateways(cloud: FakeCloud) -> None:
    for name in GATEWAYS:
        token = cloud.enrolment.invite(name, by=ADMIN.id, lasts_ms=DAY_MS).token
        if name != "attic":
            cloud.enrolment.enrol(token, a_request())
    cloud.back_office.heard["hallway"] = cloud.clock.wall_ms()
    cloud.enrolment.revoke("bedroom", by=ADMIN.id)


def _leave_to_administrators(cloud: FakeCloud, now_ms: int) -> None:
    """A device that measures for nobody, and records set aside: one can be taken in now, one is torn."""
    cloud.back_office.unbound.append(
        UnboundDevice(
            device="c0-09",
            gateway="hallway",
            records=412,
            first_received_ms=now_ms - HOUR_MS,
            last_received_ms=now_ms,
        )
    )
    whole = encode_record(run((now_ms - HOUR_MS, 61.0)), ContentType.MSGPACK)
    for seq, reason, payload in ((1, "it was full", whole), (2, "torn", b"\xc1")):
        cloud.quarantine.keep(
            QuarantinedRecord(
                gateway="hallway",
                epoch="abc-observations",
                seq=seq,
                payload=payload,
                content_type=ContentType.MSGPACK,
                reason=reason,
                received_ms=now_ms - HOUR_MS,
            )
        )
    cloud.quarantine.room = [
        Share(gateway="hallway", records=2, size_bytes=90, most_records=100, most_bytes=9_000)
    ]
