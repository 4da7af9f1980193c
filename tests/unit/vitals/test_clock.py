"""A scaled clock is the system's at speed 1 and tells every process the same time at any other."""

import time

import pytest

from vitals.clock import ScaledClock


def test_at_speed_one_it_is_the_system_clock() -> None:
    assert abs(ScaledClock().wall_ms() - time.time() * 1000) < 50


def test_at_speed_ten_a_tenth_of_the_time_is_enough() -> None:
    clock = ScaledClock(speed=10.0, anchor_ms=int(time.time() * 1000))
    before_wall, before = clock.wall_ms(), clock.monotonic_s()
    time.sleep(clock.real_s(1.0))
    assert clock.wall_ms() - before_wall == pytest.approx(1000, rel=0.5)
    assert clock.monotonic_s() - before == pytest.approx(1.0, rel=0.5)


def test_two_clocks_of_one_anchor_agree() -> None:
    anchor_ms = int(time.time() * 1000) - 60_000
    one, other = ScaledClock(speed=4.0, anchor_ms=anchor_ms), ScaledClock(speed=4.0, anchor_ms=anchor_ms)
    assert abs(one.wall_ms() - other.wall_ms()) < 50
    assert one.wall_ms() > anchor_ms + 200_000
