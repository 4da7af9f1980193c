"""Stored records: each once, whatever order they come in, and what is missing between them stated."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.streams.record_book import GRACE_S, Hole, RecordBook, RecordMemory
from tests.fakes.strap import START_MS, stamp_at
from vitals.records import GapReason

HOUR_MS = 3_600_000


def dated(number: int, *, from_ms: int = START_MS) -> int:
    return from_ms + number * HOUR_MS


def take(book: RecordBook, number: int, *, dated_ms: int | None = None, at_s: float = 0.0) -> bool:
    taken_ms = dated(number) if dated_ms is None else dated_ms
    return book.take(number, dated_ms=taken_ms, t_ms=taken_ms + 5, received=stamp_at(at_s))


def memory_of(book: RecordBook) -> RecordMemory:
    memory = book.memory()
    assert memory is not None
    return memory


def test_a_record_told_again_is_no_new_one_even_after_a_restart() -> None:
    book = RecordBook()
    assert [take(book, number) for number in (1, 2, 2, 1, 3)] == [True, True, False, False, True]
    again = RecordBook(memory=memory_of(book))
    assert [take(again, number) for number in (3, 4)] == [False, True]


def test_numbers_passed_over_are_a_hole_once_they_have_had_time_to_come() -> None:
    book = RecordBook()
    for number in (1, 2, 5):
        take(book, number, at_s=10.0)
    assert memory_of(book).next_from == 2
    assert book.due(stamp_at(9.0 + GRACE_S)) == []
    (hole,) = book.due(stamp_at(10.0 + GRACE_S))
    assert (hole.missed, hole.reason) == (2, GapReason.FRAMES_MISSED)
    assert (hole.from_ms, hole.to_ms) == (dated(2) + 5, dated(5) + 5)
    assert memory_of(book).next_from == 5
    assert book.flush() == []


def test_a_record_that_comes_late_after_all_makes_a_hole_smaller() -> None:
    book = RecordBook()
    for number in (1, 6, 3):
        assert take(book, number)
    assert [(hole.after, hole.before, hole.missed) for hole in book.flush()] == [(1, 3, 1), (3, 6, 2)]


def test_what_came_late_but_whole_leaves_no_hole() -> None:
    book = RecordBook()
    for number in (1, 5, 2, 3, 4):
        assert take(book, number)
    assert book.flush() == []
    assert memory_of(book).next_from == 5


@pytest.mark.parametrize(
    ("reason", "expected"), [(None, GapReason.GATEWAY_DOWN), (GapReason.LINK_LOST, GapReason.LINK_LOST)]
)
def test_a_hole_says_why(reason: GapReason | None, expected: GapReason) -> None:
    first = RecordBook()
    take(first, 1)
    book = RecordBook(memory=memory_of(first))
    if reason:
        book.interrupt(reason)
    take(book, 4)
    assert [hole.reason for hole in book.flush()] == [expected]


def test_the_pace_of_a_sensors_minutes_is_learned() -> None:
    book = RecordBook(step=None)
    for minute in (10, 15, 20, 40):
        take(book, minute)
    assert [(hole.after, hole.before, hole.missed) for hole in book.flush()] == [(20, 40, 3)]
    again = RecordBook(memory=memory_of(book), step=None)
    take(again, 50)
    assert [hole.missed for hole in again.flush()] == [1]


def test_a_reckoned_date_may_differ_a_little_and_is_the_same_record() -> None:
    book = RecordBook(tolerance_ms=60_000)
    assert take(book, 1)
    assert not take(book, 1, dated_ms=dated(1) + 59_000)
    assert take(book, 1, dated_ms=dated(1) + 61_000)


# --- A wearable that counts anew ----------------------------------------------------------------


@dataclass(slots=True)
class Meter:
    """Keeps records, and shows them as a Record Access Control Point would."""

    stored: dict[int, int] = field(default_factory=dict)
    clock_ms: int = START_MS
    next: int = 1

    def measure(self, count: int = 1) -> None:
        for _ in range(count):
            self.stored[self.next] = self.clock_ms
            self.next += 1
            self.clock_ms += HOUR_MS

    def change_battery(self, *, clock_ms: int | None = None) -> None:
        self.stored, self.next = {}, 1
        self.clock_ms = self.clock_ms if clock_ms is None else clock_ms

    def fetch(self, since: int | None) -> list[tuple[int, int]]:
        """Return what is from a number on; all, if that is nothing: as the gateway asks."""
        found = [row for row in self.stored.items() if since is None or row[0] >= since]
        return found or list(self.stored.items())


class Home:
    """A gateway that meets the meter now and then and may be restarted; it lists what it took as new."""

    def __init__(self) -> None:
        self.book = RecordBook()
        self.new: list[tuple[int, int]] = []

    def meet(self, meter: Meter, *, breaks_after: int | None = None) -> None:
        self.book.connect()
        memory = self.book.memory()
        for number, dated_ms in meter.fetch(memory.next_from if memory else None)[:breaks_after]:
            if self.book.take(number, dated_ms=dated_ms, t_ms=dated_ms, received=stamp_at(0.0)):
                self.new.append((number, dated_ms))

    def restart(self) -> None:
        self.book = RecordBook(memory=self.book.memory())


FACTORY_MS = 1_577_836_800_000


@pytest.mark.parametrize("clock_ms", [None, FACTORY_MS], ids=["clock-right", "clock-reset"])
@pytest.mark.parametrize("after", [1, 4, 5, 6, 12])
def test_a_meter_that_counts_anew_loses_nothing_however_much_it_has_stored_since(
    after: int, clock_ms: int | None
) -> None:
    meter, home = Meter(), Home()
    meter.measure(5)
    home.meet(meter)
    before = list(meter.stored.items())
    meter.change_battery(clock_ms=clock_ms)
    meter.measure(after)
    for _ in range(3):
        home.meet(meter)
        home.restart()
    assert sorted(home.new) == sorted(before + list(meter.stored.items()))


happenings = st.one_of(
    st.tuples(st.just("measure"), st.integers(1, 6)),
    st.tuples(st.just("meet"), st.none() | st.integers(0, 4)),
    st.tuples(st.just("restart"), st.none()),
)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(happenings, max_size=25),
    st.sampled_from([None, FACTORY_MS]),
    st.lists(happenings, max_size=25),
)
def test_every_stored_record_is_taken_once_across_broken_fetches_restarts_and_a_new_battery(
    before: list[tuple[str, int | None]], clock_ms: int | None, after: list[tuple[str, int | None]]
) -> None:
    meter, home = Meter(), Home()
    made: list[tuple[int, int]] = []

    def go_through(rows: list[tuple[str, int | None]]) -> None:
        for what, how_many in rows:
            if what == "measure":
                meter.measure(how_many or 1)
            elif what == "meet":
                home.meet(meter, breaks_after=how_many)
            else:
                home.restart()

    go_through(before)
    home.meet(meter)
    home.meet(meter)
    made += meter.stored.items()
    meter.change_battery(clock_ms=clock_ms)
    go_through(after)
    for _ in range(3):
        home.meet(meter)
    made += meter.stored.items()
    assert sorted(home.new) == sorted(made)


def test_only_so_many_dates_are_kept() -> None:
    book = RecordBook()
    for number in range(1, 2_000):
        take(book, number)
    assert len(memory_of(book).seen) == 512


def test_holes_of_an_order_are_found_whatever_it_is() -> None:
    book = RecordBook()
    for number in (1, 9, 5, 3, 7):
        take(book, number)
    assert sorted(hole.before - 1 for hole in book.flush()) == [2, 4, 6, 8]
    assert isinstance(book.flush(), list)


def test_a_hole_is_stated_once() -> None:
    book = RecordBook()
    take(book, 1)
    take(book, 3)
    holes: list[Hole] = [*book.due(stamp_at(GRACE_S)), *book.due(stamp_at(2 * GRACE_S)), *book.flush()]
    assert len(holes) == 1
