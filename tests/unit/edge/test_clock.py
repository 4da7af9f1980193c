import random

import pytest

from edge.clock import WINDOW_S, Stamp, WearableClock, boot_id, clock_stamp, is_synced
from tests.fakes.clock import FakeClock


def stamp(seconds: float, wall_offset_s: float = 1_700_000_000.0) -> Stamp:
    return Stamp(wall_ms=round((wall_offset_s + seconds) * 1000), monotonic_s=seconds)


def test_a_samples_time_comes_from_the_device_and_not_from_when_it_arrived() -> None:
    clock = WearableClock()
    for n, delay_s in enumerate((0.2, 0.03, 0.9, 0.4)):
        clock.observe(500.0 + n, stamp(10.0 + n + delay_s))
    # The quickest notification fixes the offset; the slower ones no longer move their samples.
    assert clock.wall_ms(503.0, stamp(13.4)) == 1_700_000_013_030


def test_the_offset_is_the_least_delay_seen() -> None:
    clock = WearableClock()
    clock.observe(0.0, stamp(7.5))
    clock.observe(1.0, stamp(8.1))
    clock.observe(2.0, stamp(9.9))
    assert clock.offset_s == pytest.approx(7.1)


def test_a_drifting_wearable_is_followed_within_the_window() -> None:
    clock = WearableClock()
    drift = 100e-6  # a hundred parts in a million slow: its clock falls behind ours
    for second in range(3600):
        clock.observe(second * (1 - drift), stamp(float(second)))
    error_s = clock.offset_s - drift * 3599
    assert -drift * (WINDOW_S + 5) <= error_s <= 0


def test_a_wearable_that_runs_fast_is_followed_at_once() -> None:
    clock = WearableClock()
    for second in range(600):
        clock.observe(second * (1 + 100e-6), stamp(float(second)))
    assert clock.offset_s == pytest.approx(-599 * 100e-6)


@pytest.mark.parametrize("drift_ppm", [50.0, -50.0, 0.0])
def test_drift_is_told_within_a_millionth_after_hours_of_jittering_notifications(drift_ppm: float) -> None:
    clock, jitter = WearableClock(), random.Random(5)
    for second in range(4 * 3600):
        clock.observe(second * (1 + drift_ppm * 1e-6), stamp(second + 0.03 + jitter.expovariate(20.0)))
    assert clock.drift_ppm == pytest.approx(drift_ppm, abs=1.0)


def test_drift_is_not_guessed_from_minutes() -> None:
    clock = WearableClock()
    for second in range(600):
        clock.observe(second * (1 + 50e-6), stamp(float(second)))
    assert clock.drift_ppm is None


@pytest.mark.parametrize("jump_s", [315_576_000.0, -3_600.0])
def test_a_clock_that_is_set_drifts_as_before_once_it_has_been_watched_anew(jump_s: float) -> None:
    clock = WearableClock()
    for second in range(2 * 3600):
        ahead_s = jump_s if second >= 3600 else 0.0
        clock.observe(10_000 + ahead_s + second * (1 + 50e-6), stamp(float(second)))
        if second == 3600:
            assert clock.drift_ppm is None
            assert clock.wall_ms(10_000 + jump_s + 3600.18, stamp(3600.0)) == 1_700_003_600_000
    assert clock.drift_ppm == pytest.approx(50.0, abs=0.1)


def test_a_wearable_that_starts_anew_gets_a_new_offset() -> None:
    clock = WearableClock()
    clock.observe(9_000.0, stamp(100.0))
    clock.observe(0.5, stamp(101.0))
    assert clock.offset_s == pytest.approx(100.5)


def test_a_wearable_clock_ten_years_ahead_does_no_harm() -> None:
    clock = WearableClock()
    ten_years_s = 315_576_000.0
    clock.observe(ten_years_s, stamp(20.0))
    assert clock.wall_ms(ten_years_s - 0.5, stamp(20.0)) == 1_700_000_019_500


def test_an_ntp_jump_moves_later_samples_with_the_wall_clock_and_at_once() -> None:
    clock = WearableClock()
    clock.observe(1.0, stamp(11.0, wall_offset_s=0.0))  # 1970, before NTP answered
    clock.observe(2.0, stamp(12.0))
    assert clock.wall_ms(2.0, stamp(12.0)) == 1_700_000_012_000


def test_times_before_1970_become_1970() -> None:
    assert Stamp(wall_ms=1000, monotonic_s=50.0).wall_ms_at(10.0) == 0


def test_the_kernel_names_the_boot_and_tells_time_since_it() -> None:
    made = clock_stamp(FakeClock(wall=123_456.0))
    assert len(boot_id()) == 36
    assert made.wall_ms == 123_456
    assert made.boottime_ms > 0
    assert made.synced is is_synced()
