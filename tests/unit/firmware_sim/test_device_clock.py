from datetime import UTC, datetime, timedelta

import pytest

from firmware_sim.device_clock import FACTORY_MOMENT, TEN_YEARS_S, DeviceClock

BEGAN = datetime(2026, 3, 1, 8, 0, 0, tzinfo=UTC)


def clock_of(**off: float | bool) -> DeviceClock:
    return DeviceClock(lambda at_s: 1000.0 * (BEGAN.timestamp() + at_s), **off)


def test_a_crystal_counts_at_its_own_rate() -> None:
    clock = clock_of(drift_ppm=50.0)

    assert clock.ticks_us(3600.0) == 3600_180_000
    assert clock.ticks_us(clock.lived_s(3600.0)) == 3600_000_000


def test_a_calendar_is_as_far_off_as_somebody_set_it_and_drifts_from_there() -> None:
    clock = clock_of(drift_ppm=-100.0, offset_s=90.0)

    assert clock.calendar(0.0) == BEGAN + timedelta(seconds=90)
    assert clock.calendar(10_000.0) == BEGAN + timedelta(seconds=10_089)


def test_setting_the_calendar_leaves_the_counter_alone() -> None:
    clock, moment = clock_of(offset_s=90.0), datetime(2030, 1, 1, tzinfo=UTC)

    clock.set(60.0, moment)

    assert clock.calendar(61.0) == moment + timedelta(seconds=1)
    assert clock.ticks_us(61.0) == 61_000_000


def test_a_clock_ten_years_ahead_is_so_until_it_is_set() -> None:
    clock = clock_of()

    clock.advance(TEN_YEARS_S)
    ahead = clock.calendar(5.0)
    clock.set(6.0, BEGAN)

    assert (ahead - BEGAN).days == 3652
    assert clock.ticks_us(5.0) == 5_000_000 + 3652 * 86_400_000_000
    assert clock.calendar(6.0) == BEGAN


def test_a_reboot_counts_from_nothing_and_forgets_the_date() -> None:
    clock = clock_of(offset_s=7.0)
    clock.advance(TEN_YEARS_S)

    clock.reboot(100.0)

    assert clock.ticks_us(101.0) == 1_000_000
    assert clock.calendar(103.0) == FACTORY_MOMENT + timedelta(seconds=3)
    assert not clock.is_set


def test_what_a_reading_carries_is_whole_seconds() -> None:
    stamp = clock_of().date_time(59.9)

    assert (stamp.year, stamp.hours, stamp.minutes, stamp.seconds) == (2026, 8, 0, 59)


@pytest.mark.parametrize("at_s", [0.0, 50.0])
def test_a_calendar_that_was_never_set_says_so(at_s: float) -> None:
    clock = clock_of(is_set=False)

    assert not clock.is_set
    assert clock.calendar(at_s) == FACTORY_MOMENT + timedelta(seconds=at_s)
