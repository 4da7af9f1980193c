"""Who is late: each part by its own row, the disk with patience, nobody after a standstill."""

import pytest

from edge.supervision import DEADLINES, SLOW_DISK_S, Part, Supervision
from tests.fakes.clock import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def supervision(clock: FakeClock) -> Supervision:
    return Supervision(monotonic_s=clock.monotonic_s)


def pass_time(clock: FakeClock, supervision: Supervision, seconds: float) -> None:
    """Let time pass while somebody looks every five seconds, as the watchman does."""
    while seconds > 0:
        clock.advance(min(5.0, seconds))
        seconds -= 5.0
        supervision.late()


def late_parts(supervision: Supervision) -> list[Part]:
    return [late.part for late in supervision.late()]


def test_every_part_has_a_deadline() -> None:
    assert set(DEADLINES) == set(Part)


def test_a_part_nobody_expects_yet_is_not_late(clock: FakeClock, supervision: Supervision) -> None:
    pass_time(clock, supervision, 10_000)
    assert supervision.late() == ()


@pytest.mark.parametrize("part", list(Part))
def test_each_part_is_late_by_its_own_row(clock: FakeClock, supervision: Supervision, part: Part) -> None:
    supervision.mark(part)
    pass_time(clock, supervision, DEADLINES[part].within_s - 1)
    assert late_parts(supervision) == []
    pass_time(clock, supervision, 1)
    [late] = supervision.late()
    assert (late.part, late.still_s, late.within_s) == (
        part,
        DEADLINES[part].within_s,
        DEADLINES[part].within_s,
    )


def test_a_part_that_comes_round_is_never_late(clock: FakeClock, supervision: Supervision) -> None:
    mark = supervision.marker(Part.INTAKE)
    for _ in range(10):
        pass_time(clock, supervision, 50)
        mark()
    assert supervision.late() == ()


def test_a_part_that_ended_as_it_should_is_not_missed(clock: FakeClock, supervision: Supervision) -> None:
    supervision.mark(Part.RADIO)
    supervision.forget(Part.RADIO)
    pass_time(clock, supervision, 10_000)
    assert supervision.late() == ()


def test_work_that_ends_is_not_late_and_work_that_does_not_is(
    clock: FakeClock, supervision: Supervision
) -> None:
    with supervision.working(Part.STOP):
        pass_time(clock, supervision, 61)
        assert late_parts(supervision) == [Part.STOP]
    assert late_parts(supervision) == []


def test_the_one_furthest_over_its_deadline_is_named_first(
    clock: FakeClock, supervision: Supervision
) -> None:
    supervision.mark(Part.RADIO)
    supervision.mark(Part.LOOP)
    pass_time(clock, supervision, 310)
    assert late_parts(supervision) == [Part.LOOP, Part.RADIO]


def test_those_who_wait_for_a_hanging_disk_are_excused_until_the_disk_itself_is_late(
    clock: FakeClock, supervision: Supervision
) -> None:
    supervision.mark(Part.INTAKE)
    with supervision.working(Part.DISK):
        pass_time(clock, supervision, DEADLINES[Part.DISK].within_s - 1)
        assert supervision.disk_still_s() > SLOW_DISK_S
        assert late_parts(supervision) == []
        pass_time(clock, supervision, 5)
        assert late_parts(supervision) == [Part.DISK]


def test_once_the_disk_is_back_those_who_waited_have_their_whole_time_again(
    clock: FakeClock, supervision: Supervision
) -> None:
    supervision.mark(Part.DELIVERY)
    with supervision.working(Part.DISK):
        pass_time(clock, supervision, 100)
    pass_time(clock, supervision, 59)
    assert late_parts(supervision) == []
    pass_time(clock, supervision, 5)
    assert late_parts(supervision) == [Part.DELIVERY]


def test_a_disk_that_works_excuses_nobody(clock: FakeClock, supervision: Supervision) -> None:
    supervision.mark(Part.DELIVERY)
    for _ in range(12):
        with supervision.working(Part.DISK):
            pass_time(clock, supervision, 5)
    assert late_parts(supervision) == [Part.DELIVERY]


def test_after_a_standstill_of_the_whole_process_nobody_is_to_blame(
    clock: FakeClock, supervision: Supervision
) -> None:
    supervision.mark(Part.LOOP)
    clock.advance(3_600)
    assert supervision.late() == ()
    pass_time(clock, supervision, 20)
    assert late_parts(supervision) == [Part.LOOP]
