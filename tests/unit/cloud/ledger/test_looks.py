"""Every look is on the ledger before anything is shown, and a page that stays open is one look."""

import threading

import pytest

from cloud.ledger.looks import LOOK_LASTS_MS, Looks
from cloud.ledger.scribe import Scribe
from cloud.ports import Deed
from tests.fakes.ledger import FakeLedger
from vitals.errors import StorageError


class Clock:
    now_ms = 1_000_000

    def __call__(self) -> int:
        return self.now_ms


@pytest.fixture
def ledger() -> FakeLedger:
    return FakeLedger()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def looks(ledger: FakeLedger, clock: Clock) -> Looks:
    return Looks(scribe=Scribe(ledger), wall_ms=clock)


def test_a_first_look_is_written_with_who_whom_and_what(looks: Looks, ledger: FakeLedger) -> None:
    looks.saw("u-lin", ["p-wei"], "vitals")
    (note,) = ledger.notes
    assert (note.deed, note.actor, note.patient_id, note.t_ms) == (Deed.LOOKED, "u-lin", "p-wei", 1_000_000)
    assert note.about == {"what": "vitals", "for_s": "300"}


def test_a_page_that_stays_open_is_one_look_in_five_minutes(
    looks: Looks, ledger: FakeLedger, clock: Clock
) -> None:
    for _ in range(720):
        looks.saw("u-lin", ["p-wei"], "vitals")
        clock.now_ms += 5_000
    assert len(ledger.notes) == 12


def test_somebody_else_another_patient_and_another_thing_are_looks_of_their_own(
    looks: Looks, ledger: FakeLedger
) -> None:
    looks.saw("u-lin", ["p-wei"], "vitals")
    looks.saw("u-mei", ["p-wei"], "vitals")
    looks.saw("u-lin", ["p-ama"], "vitals")
    looks.saw("u-lin", ["p-wei"], "waveforms")
    assert len(ledger.notes) == 4


def test_a_list_of_patients_is_a_look_at_each_written_at_once(looks: Looks, ledger: FakeLedger) -> None:
    looks.saw("u-lin", ["p-wei"], "summary")
    looks.saw("u-lin", ["p-wei", "p-ama", "p-tom"], "summary")
    assert [note.patient_id for note in ledger.notes] == ["p-wei", "p-ama", "p-tom"]
    assert ledger.writes == 2


def test_a_look_after_five_minutes_is_another_and_so_is_one_after_the_clock_was_set_back(
    looks: Looks, ledger: FakeLedger, clock: Clock
) -> None:
    looks.saw("u-lin", ["p-wei"], "vitals")
    clock.now_ms += LOOK_LASTS_MS
    looks.saw("u-lin", ["p-wei"], "vitals")
    clock.now_ms -= 10
    looks.saw("u-lin", ["p-wei"], "vitals")
    assert len(ledger.notes) == 3


def test_a_look_that_cannot_be_written_is_refused_and_not_taken_for_written(
    looks: Looks, ledger: FakeLedger
) -> None:
    ledger.is_broken = True
    for _ in range(2):
        with pytest.raises(StorageError, match="disk is full"):
            looks.saw("u-lin", ["p-wei"], "vitals")
    ledger.is_broken = False
    looks.saw("u-lin", ["p-wei"], "vitals")
    assert len(ledger.notes) == 1


def test_those_who_come_while_somebody_writes_are_written_together(ledger: FakeLedger, clock: Clock) -> None:
    ledger.gate = threading.Event()
    scribe = Scribe(ledger)
    looks = Looks(scribe=scribe, wall_ms=clock)
    threads = [
        threading.Thread(target=looks.saw, args=(f"u-{number}", ["p-wei"], "vitals")) for number in range(20)
    ]
    for thread in threads:
        thread.start()
    while len(scribe._queue) < 19:
        threading.Event().wait(0.01)
    ledger.gate.set()
    for thread in threads:
        thread.join()
    assert len(ledger.notes) == 20
    assert ledger.writes == 2


def test_everybody_who_waited_is_told_that_it_failed(ledger: FakeLedger, clock: Clock) -> None:
    ledger.gate, ledger.is_broken = threading.Event(), True
    looks = Looks(scribe=Scribe(ledger), wall_ms=clock)
    refused: list[str] = []

    def look(person: str) -> None:
        try:
            looks.saw(person, ["p-wei"], "vitals")
        except StorageError:
            refused.append(person)

    threads = [threading.Thread(target=look, args=(f"u-{number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    ledger.gate.set()
    for thread in threads:
        thread.join()
    assert len(refused) == 8


def test_what_is_remembered_is_bounded(
    ledger: FakeLedger, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cloud.ledger.looks._MOST_HELD", 10)
    looks = Looks(scribe=Scribe(ledger), wall_ms=clock)
    for number in range(30):
        looks.saw("u-lin", [f"p-{number}"], "vitals")
    assert len(looks._written) == 10
