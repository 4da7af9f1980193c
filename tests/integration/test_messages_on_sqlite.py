"""Messages, on the real store as the service joins it: told to those who may read them, and sealed."""

from collections.abc import Collection, Iterator
from contextlib import closing
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from cloud.bootstrap.access import gatekeeper_over
from cloud.bootstrap.messaging import message_desk_over
from cloud.early_warning.local_time import LocalTime
from cloud.ports import Channel, Patient, Person, Role, Scope, Words
from cloud.storage.relational.opening import Relational, open_relational
from tests.fakes.clock import FakeClock
from tests.fakes.relations import a_grant

WEI = Person(id="u-wei", display_name="Wei", role=Role.PATIENT, patient_id="p-wei")
CARER = Person(id="u-carer", display_name="Lin", role=Role.CAREGIVER)
NEIGHBOUR = Person(id="u-neighbour", display_name="Ana", role=Role.CAREGIVER)
ADMIN = Person(id="u-admin", display_name="Ada", role=Role.ADMINISTRATOR)
TEXT = "a stone on the chest"


@pytest.fixture
def relational(tmp_path: Path) -> Iterator[Relational]:
    with closing(open_relational(f"sqlite:///{tmp_path / 'carewire.db'}")) as found:
        found.directory.add_patient(Patient(id="p-wei", display_name="Wei"))
        for person in (WEI, CARER, NEIGHBOUR, ADMIN):
            found.directory.add_person(person)
        found.relations.give(a_grant(CARER.id, "p-wei"))
        found.relations.give(a_grant(NEIGHBOUR.id, "p-wei", scopes=frozenset({Scope.ALERTS})))
        yield found


def test_those_who_may_read_it_are_told_and_no_file_says_what_it_is(
    relational: Relational, tmp_path: Path
) -> None:
    told: list[str] = []

    def tell(person_id: str, words: Words, *, path: str, without: Collection[Channel]) -> None:
        assert (TEXT in f"{words}{path}", without) == (False, ())
        told.append(person_id)

    clock = FakeClock()
    local = LocalTime(zone=ZoneInfo("UTC"))
    desk = message_desk_over(relational, gatekeeper_over(relational, clock), clock, local, tell)
    kept = desk.write("p-wei", TEXT, by=CARER.id)
    assert told == [WEI.id]
    assert desk.newest("p-wei", 9) == (kept,)
    desk.read("p-wei", kept.number, by=WEI.id)
    assert (desk.unread(WEI.id, ["p-wei"]), desk.read_up_to("p-wei")) == ({}, {WEI.id: kept.number})
    written = b"".join(file.read_bytes() for file in tmp_path.iterdir() if file.is_file())
    assert TEXT.encode() not in written
