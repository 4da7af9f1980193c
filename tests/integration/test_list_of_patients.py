"""The clinician's list over the real embedded stores: as many questions for many patients as for a few.

`CAREWIRE_PATIENTS=500` measures a list of so many (-s shows how much time it took of the processor).
"""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
from sqlalchemy import event
from sqlalchemy.engine import Engine

from cloud.bootstrap import build
from cloud.config import CloudSettings, HttpSettings, MqttSettings
from cloud.ports import OPERATOR, IdentifiedRecord, Patient, Person, Role, Scope
from cloud.services import Services
from cloud.storage.relational.opening import Relational, open_relational
from cloud.web.patients import ROWS_A_PAGE
from tests.fakes.alerts import an_alert
from vitals.records import ObservationRun

DOCTOR = Person(id="u-doctor", display_name="Mei", role=Role.CLINICIAN)
PATIENTS = int(os.environ.get("CAREWIRE_PATIENTS", "24"))
LONGEST_S = 0.5
KINDS = {
    "heart_rate": 132.0,
    "oxygen_saturation": 93.0,
    "respiratory_rate": 22.0,
    "body_temperature": 38.6,
    "systolic_pressure": 104.0,
}


@contextmanager
def statements() -> Iterator[list[str]]:
    """Note every question of a relational database meanwhile, but what every second asks: who may what."""
    found: list[str] = []

    def note(*given: object) -> None:
        asked = str(given[2])
        if asked != "BEGIN" and "relation_epoch" not in asked:
            found.append(asked)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def lived_in(services: Services, store: Relational, first: int, last: int) -> None:
    """Add patients, measured now and hours ago, of whom every third has an alert."""
    now_ms, records = services.clock.wall_ms(), list[IdentifiedRecord]()
    for number in range(first, last):
        who, device = f"p-{number}", f"c0-{number:04}"
        services.directory.add_patient(Patient(id=who, display_name=f"Patient {number:04}"))
        services.directory.bind(device, who, 0)
        services.sharing.give(who, person_id=DOCTOR.id, from_ms=0, by=OPERATOR, scopes=frozenset(Scope))
        for kind, value in KINDS.items():
            run = ObservationRun(
                device=device,
                kind=kind,
                t_ms=[now_ms - 5 * 3_600_000 + 60_000 * (number % 50), now_ms - 60_000],
                value=[value * 0.9, value],
            )
            records.append(
                IdentifiedRecord(
                    gateway="hallway",
                    epoch="abcdefgh-observations",
                    seq=len(records) + 1 + first * len(KINDS),
                    record=run,
                    patient_id=who,
                    received_ms=now_ms,
                )
            )
        if number % 3 == 0:
            alert = replace(an_alert("tachycardia", now_ms=now_ms), id=f"a-{number}", patient_id=who)
            store.alerts.commit(store.alerts.load(who), b"", [alert], [])
    services.records.commit(records)


@dataclass(frozen=True, slots=True)
class Reading:
    """What it took to read the list."""

    page: str
    statements: int
    took_s: float


async def read(client: httpx.AsyncClient) -> Reading:
    began_s = time.process_time()
    with statements() as asked:
        answer = await client.get("/patients")
    assert answer.status_code == 200
    return Reading(answer.text, len(asked), time.process_time() - began_s)


async def test_many_patients_take_no_more_questions_than_a_few(tmp_path: Path) -> None:
    settings = CloudSettings(
        data_dir=tmp_path,
        http=HttpSettings(port=8080, public_url="http://127.0.0.1:8080"),
        mqtt=MqttSettings(port=9),
    )
    app = build(settings)
    services: Services = app.state.services
    services.directory.add_person(DOCTOR)
    few = 4
    headers = {"authorization": f"Bearer {services.sessions.issue(DOCTOR.id, 600_000)}"}
    client = httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:8080", headers=headers
    )
    async with client:
        with closing(open_relational(settings.database_url, keys=settings.key_place())) as store:
            lived_in(services, store, 0, few)
            of_few = [await read(client) for _ in range(3)]
            lived_in(services, store, few, PATIENTS)
        of_many = [await read(client) for _ in range(3)]
    page, took_s = of_many[-1].page, min(each.took_s for each in of_many)
    asked = min(each.statements for each in of_many)
    assert asked <= min(each.statements for each in of_few)
    assert page.count('role="rowheader"') == min(PATIENTS, ROWS_A_PAGE)
    assert 'class="trend-slot"' in page
    sys.stdout.write(f"\n{PATIENTS} patients: {asked} statements, {took_s * 1_000:.0f} ms, {len(page)} B\n")
    assert "CAREWIRE_PATIENTS" not in os.environ or took_s < LONGEST_S
