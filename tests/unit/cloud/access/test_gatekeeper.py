"""How old what is decided by may be, and what happens when nobody can say how things stand."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import pytest

from cloud.access.gatekeeper import CLOSED_AFTER_S, LOOK_EVERY_S, Gatekeeper, RelationsUnknownError
from cloud.access.relations import Need
from cloud.ports import Person, Related, Role, Scope
from tests.fakes.relations import FakeRelations, a_grant
from vitals.errors import StorageError

LIN: Final = Person(id="lin", display_name="Lin", role=Role.CAREGIVER)
WEI: Final = Person(id="u-wei", display_name="Wei", role=Role.PATIENT, patient_id="wei")
ALERTS: Final = frozenset({Scope.ALERTS})
SOON: Final = LOOK_EVERY_S / 10


@dataclass(slots=True)
class WatchedRelations(FakeRelations):
    """Counts what is read, raises the epoch only when told to, and fails or waits when asked to."""

    number: int = 0
    read: list[str] = field(default_factory=list)
    is_away: bool = False
    gate: Callable[[], object] = lambda: None

    def epoch(self) -> int:
        self._note("epoch")
        return self.number

    def related(self, now_ms: int) -> Related:
        self._note("related")
        self.gate()
        found = FakeRelations.related(self, now_ms)
        return Related(epoch=self.number, people=found.people, grants=found.grants)

    def _note(self, what: str) -> None:
        self.read.append(what)
        if self.is_away:
            raise StorageError("the database is away")


@dataclass(slots=True)
class Door:
    """A gatekeeper whose time a test turns on."""

    relations: WatchedRelations = field(
        default_factory=lambda: WatchedRelations(people={"lin": LIN, "u-wei": WEI})
    )
    now_s: float = 1_000.0
    gatekeeper: Gatekeeper = field(init=False)

    def __post_init__(self) -> None:
        self.gatekeeper = Gatekeeper(reader=self.relations, wall_ms=lambda: 5, monotonic_s=lambda: self.now_s)

    def opens(self) -> bool:
        return self.gatekeeper.may_see(LIN, "wei", Scope.ALERTS, 5)

    def grant(self) -> None:
        self.relations.give(a_grant("lin", "wei", scopes=ALERTS))
        self.relations.number += 1


@pytest.fixture
def door() -> Door:
    return Door()


def test_decisions_come_from_memory_for_a_while(door: Door) -> None:
    assert not door.opens()
    asked = list(door.relations.read)
    door.now_s += LOOK_EVERY_S - SOON
    assert not door.opens()
    assert door.relations.read == asked


def test_a_change_made_elsewhere_is_in_force_well_within_a_second(door: Door) -> None:
    assert not door.opens()
    door.grant()
    door.now_s += LOOK_EVERY_S
    assert door.opens()
    assert LOOK_EVERY_S <= 0.5


def test_what_did_not_change_is_not_read_again(door: Door) -> None:
    door.opens()
    door.relations.read.clear()
    door.now_s += LOOK_EVERY_S
    door.opens()
    assert door.relations.read == ["epoch"]


def test_a_change_made_here_is_in_force_at_once(door: Door) -> None:
    assert not door.opens()
    door.grant()
    door.gatekeeper.refresh()
    assert door.opens()


def test_a_change_made_while_another_thread_reads_is_not_missed(door: Door) -> None:
    begun, may_end = threading.Event(), threading.Event()

    def reading() -> None:
        begun.set()
        may_end.wait(10)

    door.relations.gate = reading
    other = threading.Thread(target=door.opens)
    other.start()
    assert begun.wait(10)
    door.relations.gate = lambda: None
    door.relations.number += 1
    door.gatekeeper.refresh()  # the other has read already, and has not said so yet
    may_end.set()
    other.join(10)
    door.grant()
    assert door.opens()


def test_while_the_store_is_away_the_last_picture_holds_for_a_stated_time_and_then_nobody_may(
    door: Door,
) -> None:
    door.grant()
    assert door.opens()
    door.relations.is_away = True
    door.now_s += CLOSED_AFTER_S - SOON
    assert door.opens()
    (trouble,) = door.gatekeeper.troubles()
    assert "who may see what cannot be read" in trouble
    door.now_s += 2 * SOON
    for ask in (
        door.opens,
        lambda: door.gatekeeper.patients_open_to("lin", Need(), 5),
        lambda: door.gatekeeper.people_who_may_see("wei", Scope.ALERTS, 5),
    ):
        with pytest.raises(RelationsUnknownError, match="try again"):
            ask()
    door.relations.is_away = False
    door.now_s += LOOK_EVERY_S
    assert door.opens()
    assert door.gatekeeper.troubles() == ()


def test_a_store_that_is_away_is_asked_now_and_then_and_not_by_everybody(door: Door) -> None:
    door.opens()
    door.relations.is_away = True
    door.now_s += CLOSED_AFTER_S + SOON
    door.relations.read.clear()
    for _ in range(50):
        with pytest.raises(RelationsUnknownError):
            door.opens()
    assert len(door.relations.read) == 1


def test_a_store_that_never_answered_lets_nobody_in(door: Door) -> None:
    door.relations.is_away = True
    with pytest.raises(RelationsUnknownError):
        door.opens()


def test_those_who_may_do_what_needs_several_scopes_have_all_of_them(door: Door) -> None:
    need = Need(scopes=frozenset({Scope.VITALS, Scope.ALERTS}))
    door.relations.give(a_grant("lin", "wei", scopes=frozenset({Scope.VITALS})))
    assert door.gatekeeper.people_who_may("wei", need, 5) == [WEI]
    door.grant()
    door.gatekeeper.refresh()
    assert door.gatekeeper.people_who_may("wei", need, 5) == [LIN, WEI]
    assert door.gatekeeper.people_who_may("nobody", need, 5) == []


def test_those_who_are_told_need_the_scope_and_a_lasting_relation(door: Door) -> None:
    door.relations.give(a_grant("lin", "wei", scopes=frozenset({Scope.VITALS})))
    assert door.gatekeeper.people_who_may_see("wei", Scope.ALERTS, 5) == [WEI]
    door.grant()
    door.gatekeeper.refresh()
    assert door.gatekeeper.people_who_may_see_each(["wei", "nobody"], Scope.ALERTS, 5) == {"wei": [LIN, WEI]}
    assert door.gatekeeper.people_who_may_see("nobody", Scope.ALERTS, 5) == ()
