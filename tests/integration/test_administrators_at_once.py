"""Two administrators who lock each other at once: one of them is left to run the service."""

from collections.abc import Iterator
from pathlib import Path
from threading import Barrier

import pytest

from cloud.access.errors import UnfitError
from cloud.access.people_desk import PeopleDesk
from cloud.bootstrap.access import entrance_for
from cloud.ports import Person, Role
from cloud.storage.relational.opening import Relational, open_relational
from tests.contracts.gateway_turns import at_once
from tests.fakes.clock import FakeClock
from tests.fakes.cloud_process import CloudProcess
from tests.fakes.migrated import lay_tables

ADA, SAM = (Person(id=each, display_name=each, role=Role.ADMINISTRATOR) for each in ("ada", "sam"))


@pytest.fixture
def relational(tmp_path: Path) -> Iterator[Relational]:
    lay_tables(tmp_path / "carewire.db")
    opened = open_relational(f"sqlite:///{tmp_path}/carewire.db")
    for each in (ADA, SAM):
        opened.directory.add_person(each)
    yield opened
    opened.close()


def test_of_two_who_lock_each_other_at_once_one_is_left(tmp_path: Path, relational: Relational) -> None:
    settings = CloudProcess(tmp_path).settings
    desk: PeopleDesk = entrance_for(settings, relational, FakeClock()).people
    both_are_there, refused = Barrier(2), list[str]()

    def lock(other: Person, by: Person) -> None:
        both_are_there.wait(30)
        try:
            desk.lock(other, by)
        except UnfitError:
            refused.append(by.id)

    at_once(lambda: lock(SAM, ADA), lambda: lock(ADA, SAM))
    (left,) = relational.directory.administrators()
    assert refused == [other.id for other in (ADA, SAM) if other != left]
