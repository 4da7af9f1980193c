"""The people of a demonstration: who wears the strap, who cares, who looks after the system."""

from dataclasses import dataclass

from carewire.layout import GATEWAY_ID, Layout
from carewire.observer import Observer
from cloud.access.sessions import HOUR_MS
from cloud.bootstrap.access import sessions_over, sharing_over
from cloud.config import load_settings
from cloud.ports import OPERATOR, Patient, Person, Role
from cloud.storage.relational.opening import open_relational
from edge.config import device_id
from firmware_sim.peripheral import address_of
from vitals.clock import ScaledClock

PATIENT = Patient(id="demo-patient", display_name="Robin Hale")
CAREGIVER = Person(id="demo-caregiver", display_name="Jo Hale", role=Role.CAREGIVER)
ADMINISTRATOR = Person(id="demo-administrator", display_name="Demo administrator", role=Role.ADMINISTRATOR)
STRAP = device_id(address_of(1))
WEEK_MS = 7 * 24 * HOUR_MS


@dataclass(frozen=True, slots=True, kw_only=True)
class Seeded:
    """What the demonstration needs to look on: a link for a person, tokens for itself."""

    gateway: str
    patient_id: str
    caregiver_link: str
    caregiver_token: str
    administrator_token: str


def observer_of(layout: Layout, seeded: Seeded) -> Observer:
    """Return who looks on at a seeded system."""
    return Observer(
        url=layout.url,
        caregiver_token=seeded.caregiver_token,
        administrator_token=seeded.administrator_token,
        gateway=seeded.gateway,
        patient=seeded.patient_id,
        outbox=layout.outbox,
        speed=layout.speed,
    )


def seed_demo(layout: Layout) -> Seeded:
    """Create the demonstration's people, bind the strap to the patient, and let the caregiver see."""
    settings = load_settings(layout.settings_file("cloud"))
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    clock = ScaledClock(speed=layout.speed, anchor_ms=layout.anchor_ms)
    relational = open_relational(settings.database_url, keys=settings.key_place())
    try:
        directory, sharing = relational.directory, sharing_over(relational, clock)
        if directory.person(CAREGIVER.id) is None:
            for person in (CAREGIVER, ADMINISTRATOR):
                directory.add_person(person)
            for patient, devices in _patients_of(layout):
                directory.add_patient(patient)
                sharing.give(patient.id, person_id=CAREGIVER.id, from_ms=0, by=OPERATOR)
                for device in devices:
                    directory.bind(device, patient.id, 0)
        sessions = sessions_over(relational, clock)
        return Seeded(
            gateway=GATEWAY_ID,
            patient_id=_patients_of(layout)[0][0].id,
            caregiver_link=f"{layout.url}/sign-in?token={sessions.invite(CAREGIVER.id)}",
            caregiver_token=sessions.issue(CAREGIVER.id, WEEK_MS),
            administrator_token=sessions.issue(ADMINISTRATOR.id, WEEK_MS),
        )
    finally:
        relational.close()


def _patients_of(layout: Layout) -> list[tuple[Patient, list[str]]]:
    """Return who is watched over, each with the ids of what they wear."""
    if not layout.residents:
        return [(PATIENT, [STRAP])]
    worn = [(resident.id, device_id(address)) for resident, address, _ in layout.devices()]
    return [
        (
            Patient(id=resident.id, display_name=resident.name),
            [device for owner, device in worn if owner == resident.id],
        )
        for resident in layout.residents
    ]
