"""What holds now, by what was said: the last word in force, and how old what was seen is."""

from datetime import UTC, datetime

import pytest

from cloud.care.facts import FACTS, FactsRemembered, facts_at, value_of
from cloud.ports import Facts
from tests.contracts.fact_book import FactBookContract, said
from tests.fakes.fact_book import FakeFactBook
from vitals.errors import StorageError, ValidationError
from vitals.scores.news2 import Spo2Scale
from vitals.scores.tables import Consciousness, Measured

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


def moment(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


NOW_MS = moment("2026-03-21T12:00:00")


@pytest.fixture
def facts() -> FakeFactBook:
    return FakeFactBook()


class TestFakeFactBook(FactBookContract):
    """The fake keeps the contract."""


def test_of_whom_nobody_said_anything_nothing_is_known() -> None:
    assert facts_at([], NOW_MS) == Facts()


def test_each_fact_is_read_into_its_field() -> None:
    notes = [
        said("birth_date", "1948-03-21"),
        said("is_pregnant", True),
        said("spo2_scale", "2"),
        said("consciousness", "confused"),
        said("on_oxygen", False),
        said("phone", " +49 (30) 123-4567 "),
        said("emergency_phone", "112"),
    ]
    assert {note.name for note in notes} == FACTS.keys()
    found = facts_at(notes, NOW_MS)
    assert found == Facts(
        age_years=78.0,
        is_pregnant=True,
        spo2_scale=Spo2Scale.TWO,
        consciousness=Consciousness.CONFUSED,
        on_oxygen=False,
        phone="+49 (30) 123-4567",
        emergency_phone="112",
        said_ms={"consciousness": 10, "on_oxygen": 10},
    )


@pytest.mark.parametrize(
    ("born", "years"),
    [("2010-03-20", 16), ("2010-03-21", 16), ("2010-03-22", 15), ("1948-12-31", 77), ("2026-03-21", 0)],
)
def test_an_age_is_counted_by_birthdays(born: str, years: int) -> None:
    age = facts_at([said("birth_date", born)], NOW_MS).age_years
    assert age is not None
    assert int(age) == years


@pytest.mark.parametrize(("day", "years"), [("2027-02-28", 14), ("2027-03-01", 15), ("2028-02-29", 16)])
def test_who_was_born_on_a_leap_day_has_a_birthday_every_year(day: str, years: int) -> None:
    age = facts_at([said("birth_date", "2012-02-29")], moment(f"{day}T12:00:00")).age_years
    assert age is not None
    assert int(age) == years


def test_what_is_said_later_stands_in_front() -> None:
    notes = [said("is_pregnant", True), said("is_pregnant", False)]
    assert not facts_at(notes, NOW_MS).is_pregnant
    assert facts_at(notes[::-1], NOW_MS).is_pregnant


def test_what_was_taken_back_is_not_known_any_more() -> None:
    assert facts_at([said("spo2_scale", "2"), said("spo2_scale", None)], NOW_MS) == Facts()


@pytest.mark.parametrize(("now_ms", "holds"), [(99, False), (100, True), (199, True), (200, False)])
def test_a_fact_holds_from_its_beginning_to_before_its_end(now_ms: int, *, holds: bool) -> None:
    note = said("is_pregnant", True, from_ms=100, until_ms=200)
    assert facts_at([note], now_ms).is_pregnant is holds


def test_when_a_word_ends_the_one_before_it_holds_again() -> None:
    notes = [said("on_oxygen", True), said("on_oxygen", False, until_ms=100)]
    assert facts_at(notes, 99).on_oxygen is False
    assert facts_at(notes, 100).on_oxygen is True


def test_what_was_seen_ages_and_what_was_arranged_holds_now() -> None:
    seen, arranged = said("on_oxygen", True, from_ms=0), said("on_oxygen", True, from_ms=0, until_ms=DAY_MS)
    told = [facts_at([note], 13 * HOUR_MS).told(13 * HOUR_MS) for note in (seen, arranged)]
    assert told == [
        {"supplemental_oxygen": Measured(value=1.0, age_ms=13 * HOUR_MS)},
        {"supplemental_oxygen": Measured(value=1.0, age_ms=0)},
    ]


def test_a_note_of_a_newer_program_is_passed_over() -> None:
    assert facts_at([said("blood_type", "AB")], NOW_MS) == Facts()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("birth_date", "21.03.1948"),
        ("birth_date", "1889-12-31"),
        ("birth_date", 1948),
        ("is_pregnant", "yes"),
        ("is_pregnant", 1),
        ("spo2_scale", "3"),
        ("spo2_scale", 2),
        ("consciousness", "sleepy"),
        ("consciousness", 0),
        ("on_oxygen", None),
    ],
)
def test_what_cannot_be_said_is_refused_with_what_can(name: str, value: object) -> None:
    with pytest.raises(ValidationError, match=f"{name} cannot be that: say "):
        value_of(name, value)


def test_a_fact_nobody_knows_is_refused_with_those_there_are() -> None:
    with pytest.raises(
        ValidationError, match="birth_date, is_pregnant, spo2_scale, consciousness, on_oxygen"
    ):
        value_of("blood_type", "AB")


def test_facts_are_read_once_until_something_is_said() -> None:
    book = FakeFactBook()
    known = FactsRemembered(book=book)
    assert known.of(["wei", "ana"], NOW_MS) == known.of(["ana", "wei"], NOW_MS + 1)
    assert book.reads == 1
    book.note(said("is_pregnant", True))
    assert known.of(["wei"], NOW_MS)["wei"].is_pregnant
    assert not known.of(["ana"], NOW_MS)["ana"].is_pregnant
    assert book.reads == 3


def test_a_fact_begins_and_ends_by_itself_without_being_read_again() -> None:
    book = FakeFactBook()
    book.note(said("is_pregnant", True, from_ms=NOW_MS + 5, until_ms=NOW_MS + 10))
    known = FactsRemembered(book=book)
    held = [known.of(["wei"], NOW_MS + later)["wei"].is_pregnant for later in (0, 4, 5, 9, 10, 3, 7)]
    assert held == [False, False, True, True, False, False, True]
    assert book.reads == 1


def test_an_age_grows_though_nothing_is_said() -> None:
    book = FakeFactBook()
    book.note(said("birth_date", "2010-03-22", from_ms=0))
    known = FactsRemembered(book=book)
    ages = [known.of(["wei"], NOW_MS + later)["wei"].age_years for later in (0, DAY_MS)]
    assert [int(age) for age in ages if age is not None] == [15, 16]


def test_a_book_that_cannot_be_read_is_no_answer() -> None:
    with pytest.raises(StorageError):
        FactsRemembered(book=FakeFactBook(is_away=True)).of(["wei"], NOW_MS)
