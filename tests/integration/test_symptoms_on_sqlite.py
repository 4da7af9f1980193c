"""How somebody feels, on the real store: the entry and its alert in one transaction, and sealed."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from cloud.alerts.acknowledge import AcknowledgeReason, AlertService
from cloud.bootstrap.access import gatekeeper_over
from cloud.bootstrap.care import symptom_desk_over
from cloud.care.symptoms import SymptomDesk
from cloud.ports import AlertState, Patient, Person, Role
from cloud.storage.relational.opening import Relational, open_relational
from tests.fakes.clock import FakeClock
from tests.fakes.relations import a_grant
from vitals.errors import StorageError

CARER = Person(id="u-carer", display_name="Lin", role=Role.CAREGIVER)
WORDS = "a stone on the chest"


@pytest.fixture
def relational(tmp_path: Path) -> Iterator[Relational]:
    with closing(open_relational(f"sqlite:///{tmp_path / 'carewire.db'}")) as found:
        found.directory.add_patient(Patient(id="p-wei", display_name="Wei"))
        found.directory.add_person(CARER)
        found.relations.give(a_grant(CARER.id, "p-wei"))
        yield found


def test_an_entry_and_its_alert_stand_together_and_a_person_answers_it(
    relational: Relational, tmp_path: Path
) -> None:
    clock = FakeClock()
    symptom_desk_over(relational, clock).say("p-wei", "chest-pain", WORDS, by=CARER.id)
    (alert,) = relational.alerts.alerts_of("p-wei", open_only=True, limit=9)
    assert (alert.condition, alert.state) == ("said-chest-pain", AlertState.LATCHED)
    answered = AlertService(
        store=relational.alerts, reader=relational.alerts, permissions=gatekeeper_over(relational, clock)
    ).acknowledge(alert.id, CARER, AcknowledgeReason.REAL, clock.wall_ms())
    assert answered is not None
    assert answered.state is AlertState.RESOLVED
    written = b"".join(file.read_bytes() for file in tmp_path.iterdir() if file.is_file())
    assert WORDS.encode() not in written


def test_what_cannot_be_told_was_not_said(relational: Relational) -> None:
    def refuse(*_: object) -> None:
        raise StorageError("the disk is full: make room")

    desk = SymptomDesk(
        book=relational.facts, clock=FakeClock(), together=relational.database.together, tell=refuse
    )
    with pytest.raises(StorageError):
        desk.say("p-wei", "fell", "", by=CARER.id)
    assert relational.facts.of(["p-wei"]) == {}
    assert relational.ledger.waiting() == 0
