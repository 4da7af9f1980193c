"""When a reading was taken, if the device that dated it has a clock of its own."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.clock import Stamp
from edge.streams.device_time import (
    ClockDoubt,
    DeviceCalendar,
    Placed,
    SessionClock,
    is_right,
    session_start_ms,
    shown_ms,
)
from tests.fakes.strap import START_MS, stamp_at
from vitals.gatt.cgm_session_start_time import SessionStartTime
from vitals.gatt.current_time import CurrentTime
from vitals.gatt.date_time import DateTime

HOUR_MS, MINUTE_MS = 3_600_000, 60_000
TEN_YEARS_MS = 3652 * 24 * HOUR_MS
SPRING_2023_MS = 1_677_000_000_000
NEW_YEAR_2021_MS = 1_609_459_200_000


def calendar(*showings: tuple[int, float]) -> DeviceCalendar:
    """A calendar that showed so much more than the right time at so many seconds."""
    made = DeviceCalendar()
    for ahead_ms, at_s in showings:
        stamp = stamp_at(at_s)
        made.observe(stamp.wall_ms + ahead_ms, stamp)
    return made


def at(seconds: float) -> int:
    return START_MS + round(1000 * seconds)


# --- A calendar ---------------------------------------------------------------------------------


@pytest.mark.parametrize("zone_ms", [0, 2 * HOUR_MS, -5 * HOUR_MS, round(5.75 * HOUR_MS), 14 * HOUR_MS])
def test_a_calendar_right_in_some_zone_places_a_reading_to_the_millisecond(zone_ms: int) -> None:
    found = calendar((zone_ms + 700, 0.0)).place(at(-7200) + zone_ms, stamp_at(1.0))
    assert found == Placed(t_ms=at(-7200))


def test_a_reading_keeps_its_time_however_often_it_is_told() -> None:
    first, again = calendar((-300, 0.0)), calendar((900, 500.0))
    assert first.place(at(-60), stamp_at(1.0)) == again.place(at(-60), stamp_at(501.0))


@given(seen_s=st.floats(0, 90), told_s=st.floats(100, 200), wrong_s=st.integers(3, 400))
def test_a_reading_keeps_its_time_whatever_part_of_a_millisecond_each_stamp_lost(
    seen_s: float, told_s: float, wrong_s: int
) -> None:
    exact = calendar((1000 * wrong_s, seen_s)).place(at(50) + 1000 * wrong_s, stamp_at(told_s))
    assert exact.t_ms == at(50)


@pytest.mark.parametrize("ahead_ms", [TEN_YEARS_MS, -TEN_YEARS_MS, 7 * MINUTE_MS])
def test_a_calendar_that_is_wrong_places_readings_by_how_far_it_is_off_and_is_doubted(ahead_ms: int) -> None:
    found = calendar((ahead_ms, 0.0)).place(at(-86_400) + ahead_ms, stamp_at(1.0))
    assert found == Placed(t_ms=at(-86_400), doubt=ClockDoubt.WRONG)


def test_once_it_is_set_older_readings_are_placed_by_what_it_showed_before() -> None:
    put_right = calendar((-TEN_YEARS_MS, 0.0), (0, 2.0))
    assert put_right.doubt is None
    assert put_right.place(at(-3600) - TEN_YEARS_MS, stamp_at(3.0)).t_ms == at(-3600)
    assert put_right.place(at(60), stamp_at(61.0)).t_ms == at(60)


def test_a_calendar_set_by_a_person_between_two_visits_is_right_from_the_first_of_them_on() -> None:
    put_right = calendar((-TEN_YEARS_MS, 0.0), (0, 86_400.0))
    now = stamp_at(86_401.0)
    assert put_right.place(at(50_000), now).t_ms == at(50_000)
    assert put_right.place(at(-50_000) - TEN_YEARS_MS, now).t_ms == at(-50_000)


@pytest.mark.parametrize(
    ("dated_ms", "is_set", "doubt"),
    [
        (None, True, None),
        (None, False, ClockDoubt.NOT_SET),
        (at(-60), False, ClockDoubt.NOT_SET),
        (1_262_304_000_000, True, ClockDoubt.BEFORE_2020),
        (START_MS + 300_001, True, ClockDoubt.AHEAD),
        (START_MS + TEN_YEARS_MS, True, ClockDoubt.AHEAD),
    ],
    ids=["no-date", "no-date-known", "not-set", "2010", "ahead", "ten-years-ahead"],
)
def test_without_a_believable_date_a_reading_is_taken_as_of_now_and_that_is_said(
    dated_ms: int | None,
    is_set: bool,  # noqa: FBT001 - pytest names it
    doubt: ClockDoubt | None,
) -> None:
    assert DeviceCalendar().place(dated_ms, stamp_at(0.0), is_set=is_set) == Placed(
        t_ms=START_MS, doubt=doubt, as_it_came=True
    )


@pytest.mark.parametrize("dated_ms", [SPRING_2023_MS - 30 * 24 * HOUR_MS, START_MS + 300_000, SPRING_2023_MS])
def test_a_believable_date_of_a_calendar_nobody_saw_is_believed(dated_ms: int) -> None:
    assert DeviceCalendar().place(dated_ms, stamp_at(0.0)) == Placed(t_ms=dated_ms)


def test_a_wrong_calendar_places_a_reading_alike_whichever_gateway_read_it_and_whenever() -> None:
    ahead_ms, taken_ms = -28_100, at(-60)
    placed = {
        calendar((ahead_ms + late_ms, read_s)).place(taken_ms + ahead_ms, stamp_at(read_s + 1.0)).t_ms
        for late_ms, read_s in ((-3, 0.0), (-40, 22.7), (-180, 700.3))
    }
    assert len(placed) == 1
    assert abs(placed.pop() - taken_ms) <= 1000


def test_a_date_of_years_ago_by_a_calendar_nobody_saw_is_not_believed() -> None:
    found = DeviceCalendar().place(NEW_YEAR_2021_MS, stamp_at(5.0))
    assert (found.t_ms, found.doubt) == (at(5), ClockDoubt.LONG_AGO)
    assert DeviceCalendar().place(at(0) - 300 * 24 * HOUR_MS, stamp_at(5.0)).doubt is None


def test_a_calendar_that_knows_no_date_is_doubted_until_it_is_set() -> None:
    made = DeviceCalendar()
    made.observe(None, stamp_at(0.0))
    assert made.doubt is ClockDoubt.NOT_SET
    made.observe(at(1), stamp_at(1.0))
    assert made.doubt is None


def test_the_wall_clock_may_jump_after_the_calendar_was_read() -> None:
    made = DeviceCalendar()
    made.observe(at(0.0), Stamp(wall_ms=5_000, monotonic_s=50.0))  # 1970, before NTP answered
    assert made.place(at(-60), stamp_at(10.0)).t_ms == at(-60)


@given(
    ahead_s=st.integers(-400_000_000, 400_000_000),
    ago_s=st.integers(0, 10_000_000),
)
def test_whatever_a_calendar_shows_a_reading_is_placed_when_it_was_taken(ahead_s: int, ago_s: int) -> None:
    found = calendar((1000 * ahead_s, 0.0)).place(at(-ago_s) + 1000 * ahead_s, stamp_at(0.0))
    assert abs(found.t_ms - at(-ago_s)) <= 2_000


@pytest.mark.parametrize(
    ("off_ms", "is_so"),
    [
        (0, True),
        (59_000, True),
        (61_000, False),
        (45 * MINUTE_MS, True),
        (14 * HOUR_MS, True),
        (15 * HOUR_MS, False),
    ],
)
def test_a_clock_is_right_if_it_is_so_in_some_zone(off_ms: int, is_so: bool) -> None:  # noqa: FBT001 - pytest names it
    assert is_right(START_MS + off_ms, START_MS) is is_so


@pytest.mark.parametrize(
    ("off_s", "is_so"),
    [
        (0, True),
        (5, True),
        (6, False),
        (-5, True),
        (3600, True),  # summer time
        (-12_600, True),  # Newfoundland
        (20_700, True),  # Nepal
        (14 * 3600, True),  # Kiribati
        (14 * 3600 + 900, False),
        (420, False),
    ],
)
def test_a_clock_may_be_asked_to_be_right_to_seconds(off_s: int, is_so: bool) -> None:  # noqa: FBT001 - pytest names it
    assert is_right(START_MS + 1000 * off_s, START_MS, within_s=5.0) is is_so


def test_what_a_clock_shows_counts_in_256ths_of_a_second() -> None:
    moment = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
    shown = CurrentTime(date_time=DateTime.of(moment), fractions_256=128)
    assert shown_ms(shown) == round(moment.timestamp() * 1000) + 500
    assert (
        shown_ms(CurrentTime(date_time=DateTime(year=0, month=0, day=0, hours=0, minutes=0, seconds=0)))
        is None
    )


# --- A session ----------------------------------------------------------------------------------


def session(told_ms: int | None, *, now_min: int | None = None) -> SessionClock:
    made = SessionClock()
    made.observe_start(told_ms)
    if now_min is not None:
        made.observe_now(now_min, stamp_at(0.0))
    return made


BEGAN_MS = START_MS - 600 * MINUTE_MS
"""Ten hours ago."""


def place(clock: SessionClock, minute: int, at_s: float = 0.0) -> Placed:
    clock.observe(minute, stamp_at(at_s))
    return clock.place(minute, stamp_at(at_s))


def test_a_value_is_placed_by_the_sessions_beginning_and_its_minute() -> None:
    clock = session(BEGAN_MS, now_min=600)
    assert place(clock, 300) == Placed(t_ms=BEGAN_MS + 300 * MINUTE_MS)
    assert place(clock, 600) == Placed(t_ms=START_MS)
    assert clock.device_ms(300) == BEGAN_MS + 300 * MINUTE_MS


@pytest.mark.parametrize(
    ("told_ms", "doubt"),
    [
        (None, ClockDoubt.NOT_SET),
        (1_262_304_000_000, ClockDoubt.BEFORE_2020),
        (BEGAN_MS + TEN_YEARS_MS, ClockDoubt.AHEAD),
        (BEGAN_MS - 24 * HOUR_MS, ClockDoubt.WRONG),
    ],
    ids=["not-known", "2010", "ten-years-ahead", "a-day-behind"],
)
def test_a_beginning_that_its_minutes_contradict_gives_way_to_them_and_is_doubted(
    told_ms: int | None, doubt: ClockDoubt
) -> None:
    clock = session(told_ms, now_min=600)
    assert place(clock, 300) == Placed(t_ms=BEGAN_MS + 300 * MINUTE_MS, doubt=doubt)


def test_while_only_old_values_came_an_earlier_beginning_is_believed() -> None:
    clock = session(BEGAN_MS)
    assert place(clock, 5) == Placed(t_ms=BEGAN_MS + 5 * MINUTE_MS)


def test_a_live_value_is_now_if_nothing_is_known_of_the_beginning() -> None:
    clock = SessionClock()
    assert place(clock, 77, 30.0).t_ms == at(30.0)
    assert place(clock, 70, 31.0).t_ms == at(30.0) - 7 * MINUTE_MS


@pytest.mark.parametrize("how", ["told", "counted"])
def test_a_new_session_is_not_placed_in_the_old_one(how: str) -> None:
    clock = session(BEGAN_MS if how == "told" else None, now_min=600)
    place(clock, 600)
    if how == "told":
        clock.observe_start(at(3600))
    clock.observe_now(2, stamp_at(3720.0))
    assert place(clock, 2, 3720.0).t_ms == at(3720)


def test_a_sessions_start_is_told_in_its_zone() -> None:
    moment = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)
    start = SessionStartTime(
        local_time=DateTime.of(moment + timedelta(hours=2)), time_zone_min=60, daylight_saving_min=60
    )
    assert session_start_ms(start) == round(moment.timestamp() * 1000)
