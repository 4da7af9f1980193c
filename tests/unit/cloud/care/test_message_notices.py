"""Who is told of a new message: once of what comes in quick succession, and nobody at night."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import pytest

from cloud.care.message_notices import NEW_MESSAGE, MessageNotices
from cloud.early_warning.local_time import LocalTime
from cloud.ports import Channel, PatientMessage, Person, Preferences, Priority, Role, Words
from tests.contracts.message_book import a_message
from tests.fakes.message_book import FakeMessageBook
from tests.fakes.telling_books import FakePreferenceBook
from vitals.errors import StorageError

MINUTE_MS = 60_000
NOON_MS = 12 * 60 * MINUTE_MS
READERS = tuple(Person(id=each, display_name=each, role=Role.CAREGIVER) for each in ("u-lin", "u-wei"))
Told = tuple[str, str, tuple[Channel, ...]]


@dataclass(slots=True)
class House:
    """Lin and Wei may read Wei's thread; Lin writes in it."""

    book: FakeMessageBook = field(default_factory=FakeMessageBook)
    preferences: FakePreferenceBook = field(default_factory=FakePreferenceBook)
    told: list[Told] = field(default_factory=list)
    trouble: StorageError | None = None
    last: PatientMessage | None = None

    def write(self, made_ms: int, author_id: str = "u-lin") -> None:
        before = self.last
        self.last = self.book.write(
            a_message(len(self.book.messages) + 1, made_ms=made_ms, author_id=author_id)
        )
        MessageNotices(
            readers=self.readers,
            marks=self.book,
            preferences=self.preferences,
            local=LocalTime(zone=ZoneInfo("UTC")),
            tell=self.tell,
        )(self.last, before)

    def readers(self, patient_id: str) -> Sequence[Person]:
        assert patient_id == "wei"
        if self.trouble is not None:
            raise self.trouble
        return READERS

    def tell(self, person_id: str, words: Words, *, path: str, without: Collection[Channel]) -> None:
        assert words is NEW_MESSAGE
        self.told.append((person_id, path, tuple(without)))


@pytest.fixture
def house() -> House:
    return House()


def test_the_others_are_told_where_it_is_and_not_what_it_says_or_of_whom(house: House) -> None:
    house.write(NOON_MS)
    assert house.told == [("u-wei", "/patients/wei/messages", ())]
    assert not any("six" in part for part in (NEW_MESSAGE.subject, NEW_MESSAGE.line, NEW_MESSAGE.body))


def test_what_follows_at_once_is_told_again_only_to_who_has_looked(house: House) -> None:
    house.write(NOON_MS)
    house.write(NOON_MS + MINUTE_MS)
    assert len(house.told) == 1
    house.book.read("wei", "u-wei", 2)
    house.write(NOON_MS + 2 * MINUTE_MS)
    assert len(house.told) == 2
    house.write(NOON_MS + 12 * MINUTE_MS)
    assert len(house.told) == 3


def test_an_answer_is_told_to_who_asked(house: House) -> None:
    house.write(NOON_MS)
    house.write(NOON_MS + MINUTE_MS, "u-wei")
    assert [person for person, *_ in house.told] == ["u-wei", "u-lin"]


def test_at_night_nobody_is_woken_and_in_the_morning_the_next_is_told(house: House) -> None:
    house.preferences.put(
        Preferences(person_id="u-wei", quiet_from_minute=22 * 60, quiet_until_minute=7 * 60)
    )
    seven_ms = 7 * 60 * MINUTE_MS
    house.write(seven_ms - MINUTE_MS)
    assert house.told == []
    house.write(seven_ms + MINUTE_MS)
    assert len(house.told) == 1


def test_who_wants_to_hear_of_what_is_urgent_alone_is_not_told(house: House) -> None:
    house.preferences.put(Preferences(person_id="u-wei", least_priority=Priority.MEDIUM))
    house.write(NOON_MS)
    assert house.told == []


def test_a_channel_that_somebody_muted_is_left_out(house: House) -> None:
    house.preferences.put(Preferences(person_id="u-wei", muted_channels=(Channel.EMAIL,)))
    house.write(NOON_MS)
    assert house.told == [("u-wei", "/patients/wei/messages", (Channel.EMAIL,))]


def test_a_message_stands_though_nobody_can_be_told_of_it(house: House) -> None:
    house.trouble = StorageError("relations are unknown")
    house.write(NOON_MS)
    assert (len(house.book.messages), house.told) == (1, [])
