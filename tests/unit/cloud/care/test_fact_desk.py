"""What can be said of a patient, and what is refused with a word on what can."""

import pytest

from cloud.care.fact_desk import FactDesk, Said
from cloud.ports import Facts
from tests.fakes.clock import FakeClock
from tests.fakes.fact_book import FakeFactBook
from vitals.errors import ValidationError
from vitals.scores.tables import Consciousness

HOUR_MS = 3_600_000
WEEK_MS = 7 * 24 * HOUR_MS
NOW_MS = 1_800_000_000_000


@pytest.fixture
def book() -> FakeFactBook:
    return FakeFactBook()


@pytest.fixture
def desk(book: FakeFactBook) -> FactDesk:
    return FactDesk(book=book, clock=FakeClock(wall=NOW_MS))


def test_what_is_said_holds_from_now_on_and_names_who_said_it(desk: FactDesk) -> None:
    note = desk.say("wei", Said(name="consciousness", value="voice"), by="u-doctor")
    assert (note.number, note.author_id, note.from_ms, note.until_ms, note.made_ms) == (
        1,
        "u-doctor",
        NOW_MS,
        None,
        NOW_MS,
    )
    assert desk.now("wei") == Facts(consciousness=Consciousness.VOICE, said_ms={"consciousness": NOW_MS})
    assert desk.now("ana") == Facts()


def test_all_that_was_said_stays_to_be_read_newest_first(desk: FactDesk) -> None:
    first = desk.say("wei", Said(name="spo2_scale", value="2"), by="u-doctor")
    second = desk.say("wei", Said(name="spo2_scale", value=None), by="u-admin")
    assert list(desk.history("wei")) == [second, first]
    assert desk.now("wei") == Facts()


def test_a_pregnancy_ends_by_itself_and_its_end_can_be_said(desk: FactDesk) -> None:
    assert desk.say("wei", Said(name="is_pregnant", value=True), by="a").until_ms == NOW_MS + 42 * WEEK_MS
    assert desk.say("wei", Said(name="is_pregnant", value=True, until_ms=NOW_MS + 1), by="a").until_ms == (
        NOW_MS + 1
    )
    assert desk.say("wei", Said(name="is_pregnant", value=False), by="a").until_ms is None


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (Said(name="blood_type", value="AB"), "no fact of this name"),
        (Said(name="blood_type", value=None), "no fact of this name"),
        (Said(name="consciousness", value="sleepy"), '"unresponsive", or null to take it back'),
        (Said(name="birth_date", value="2027-01-16"), "cannot be to come"),
        (Said(name="on_oxygen", value=True, from_ms=NOW_MS + 300_001), "'from' cannot be to come"),
        (Said(name="on_oxygen", value=True, until_ms=NOW_MS), "'until' must be after 'from'"),
        (
            Said(name="consciousness", value="alert", until_ms=NOW_MS + 12 * HOUR_MS + 1),
            "more than 12 hours: say it again then",
        ),
        (Said(name="is_pregnant", value=True, until_ms=NOW_MS + 42 * WEEK_MS + 1), "more than 7056 hours"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(
    desk: FactDesk, book: FakeFactBook, said: Said, why: str
) -> None:
    with pytest.raises(ValidationError, match=why):
        desk.say("wei", said, by="u-doctor")
    assert book.notes == []


@pytest.mark.parametrize(
    "said",
    [
        Said(name="birth_date", value="2027-01-15"),
        Said(name="on_oxygen", value=True, from_ms=NOW_MS + 300_000),
        Said(name="on_oxygen", value=True, until_ms=NOW_MS + 520 * WEEK_MS),
        Said(name="consciousness", value="alert", until_ms=NOW_MS + 12 * HOUR_MS),
        Said(name="spo2_scale", value="2", from_ms=NOW_MS + WEEK_MS),
        Said(name="on_oxygen", value=False, from_ms=0),
    ],
)
def test_what_just_can_be_is_written(desk: FactDesk, book: FakeFactBook, said: Said) -> None:
    desk.say("wei", said, by="u-doctor")
    assert [(note.name, note.value) for note in book.notes] == [(said.name, said.value)]
