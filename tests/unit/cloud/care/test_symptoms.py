"""How somebody feels: written down and told, both or neither; and found again on its day."""

from contextlib import nullcontext

import pytest

from cloud.alerts.rules.catalogue import RULES
from cloud.alerts.rules.rows import SaidRule
from cloud.alerts.symptom_told import SymptomTold
from cloud.care.facts import facts_at
from cloud.care.symptoms import CONDITIONS, MOST_WORDS, SYMPTOM, Symptom, SymptomDesk
from cloud.ports import AlertState, FactNote, Facts, OvertakenError, Priority
from tests.fakes.alert_state_store import FakeAlertStateStore
from tests.fakes.clock import FakeClock
from tests.fakes.fact_book import FakeFactBook
from vitals.errors import StorageError, ValidationError


class House:
    """A desk over fakes; `refusals` are what telling fails with, in order."""

    def __init__(self) -> None:
        self.book, self.store, self.clock = FakeFactBook(), FakeAlertStateStore(), FakeClock()
        self.refusals: list[Exception] = []
        self.desk = SymptomDesk(book=self.book, clock=self.clock, together=nullcontext, tell=self.tell)

    def tell(self, patient_id: str, condition: str, now_ms: int) -> None:
        if self.refusals:
            raise self.refusals.pop(0)
        SymptomTold(store=self.store)(patient_id, condition, now_ms)


@pytest.fixture
def house() -> House:
    return House()


@pytest.mark.parametrize("symptom", Symptom)
def test_each_is_told_by_a_row_of_its_own_and_waits_for_a_person(house: House, symptom: Symptom) -> None:
    house.desk.say("p-wei", symptom.value, "since lunch", by="u-wei")
    (alert,) = house.store.alerts.values()
    row = RULES[CONDITIONS[symptom]]
    assert isinstance(row, SaidRule)
    assert (alert.condition, alert.priority, alert.state) == (row.key, row.priority, AlertState.LATCHED)
    assert "since lunch" not in str(alert.explanation)


def test_what_is_serious_is_of_high_priority_and_cannot_be_switched_off() -> None:
    serious = {Symptom.CHEST_PAIN, Symptom.BREATHLESS, Symptom.FELL}
    found = {each for each in Symptom if RULES[CONDITIONS[each]].priority is Priority.HIGH}
    assert found == serious
    assert all(RULES[CONDITIONS[each]].floor is Priority.HIGH for each in serious)


def test_said_again_while_nobody_has_answered_it_is_the_same_alert_and_another_entry(house: House) -> None:
    for _ in range(2):
        house.desk.say("p-wei", "dizzy", "", by="u-wei")
    assert len(house.store.alerts) == 1
    assert len(house.book.notes) == 2


def test_what_the_evaluator_overtook_is_said_anew(house: House) -> None:
    house.refusals = [OvertakenError("meanwhile"), OvertakenError("again")]
    house.desk.say("p-wei", "fell", "", by="u-wei")
    assert len(house.store.alerts) == 1


def test_what_is_overtaken_for_good_says_so(house: House) -> None:
    house.refusals = [OvertakenError("meanwhile") for _ in range(50)]
    with pytest.raises(OvertakenError, match="try again"):
        house.desk.say("p-wei", "fell", "", by="u-wei")


def test_what_cannot_be_told_is_no_entry_that_somebody_relies_on(house: House) -> None:
    house.refusals = [StorageError("the disk is full: make room")]
    with pytest.raises(StorageError):
        house.desk.say("p-wei", "fell", "", by="u-wei")


@pytest.mark.parametrize(
    ("symptom", "words"), [("", ""), ("plague", "x"), ("other", "  "), ("dizzy", "x" * (MOST_WORDS + 1))]
)
def test_what_cannot_be_said_is_refused_and_told_to_nobody(house: House, symptom: str, words: str) -> None:
    with pytest.raises(ValidationError):
        house.desk.say("p-wei", symptom, words, by="u-wei")
    assert (house.book.notes, house.store.alerts) == ([], {})


def test_entries_of_a_time_are_found_and_change_no_fact(house: House) -> None:
    house.desk.say("p-wei", "dizzy", "after getting up", by="u-lin")
    now_ms = house.clock.wall_ms()
    (felt,) = house.desk.between("p-wei", now_ms, now_ms + 1)
    assert (felt.symptom, felt.words, felt.author_id) == (Symptom.DIZZY, "after getting up", "u-lin")
    assert house.desk.between("p-wei", now_ms + 1, now_ms + 2) == []
    assert facts_at(house.book.notes, now_ms) == Facts()


@pytest.mark.parametrize(
    ("value", "words"),
    [({"symptom": "hiccups", "words": ""}, "hiccups"), ({"symptom": "hiccups", "words": "bad"}, "bad")],
)
def test_one_of_a_newer_program_is_read_by_its_words(house: House, value: object, words: str) -> None:
    for each in (value, "neither"):
        house.book.note(
            FactNote(
                patient_id="p-wei",
                name=SYMPTOM,
                value=each,
                from_ms=5,
                until_ms=None,
                author_id="x",
                made_ms=5,
            )
        )
    (felt,) = house.desk.between("p-wei", 0, 10)
    assert (felt.symptom, felt.words) == (Symptom.OTHER, words)
