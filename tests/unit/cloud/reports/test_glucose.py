"""Against values worked out by hand, and the example that the consensus itself prints."""

from zoneinfo import ZoneInfo

import numpy as np
import pytest

from cloud.early_warning.local_time import LocalTime
from cloud.reports.glucose import (
    PERCENTILES,
    STEP_MINUTES,
    STEPS,
    TARGETS,
    Glucose,
    Level,
    Targets,
    glucose_report,
)
from cloud.reports.period import MINUTE_MS, between

UTC = LocalTime(zone=ZoneInfo("UTC"))
BERLIN = LocalTime(zone=ZoneInfo("Europe/Berlin"))
DAY_MS = 86_400_000
BEGIN_MS = 20_000 * DAY_MS


def report(
    values: list[float],
    *,
    every_minutes: int = 5,
    days: int = 1,
    targets: Targets = Targets.USUAL,
    local: LocalTime = UTC,
) -> Glucose:
    t_ms = BEGIN_MS + np.arange(len(values), dtype=np.int64) * every_minutes * MINUTE_MS
    period = between(BEGIN_MS, BEGIN_MS + days * DAY_MS)
    found = glucose_report(t_ms, np.array(values, np.float64), period, targets, local)
    assert found is not None
    return found


def test_time_in_ranges_counts_the_bounds_as_the_consensus_does() -> None:
    found = report([53, 54, 69, 70, 180, 181, 250, 251, 100, 100])
    assert found.shares == {
        Level.VERY_LOW: 0.1,
        Level.LOW: 0.2,
        Level.IN_RANGE: 0.4,
        Level.HIGH: 0.2,
        Level.VERY_HIGH: 0.1,
    }
    assert found.below == pytest.approx(0.3)
    assert found.above == pytest.approx(0.3)
    assert sum(found.shares.values()) == pytest.approx(1.0)


def test_in_pregnancy_the_range_is_63_to_140() -> None:
    found = report([62, 63, 140, 141], targets=Targets.PREGNANCY)
    assert found.shares[Level.IN_RANGE] == 0.5
    assert found.below == found.above == 0.25


def test_mean_gmi_and_variability_are_those_worked_out_by_hand() -> None:
    found = report([100.0, 150.0, 200.0])
    assert found.mean == 150.0
    assert found.gmi_percent == pytest.approx(3.31 + 0.02392 * 150)  # 6.898
    assert found.cv == pytest.approx(50 / 150)  # of a sample: n - 1


@pytest.mark.parametrize(
    ("mean", "gmi"), [(100, 5.7), (125, 6.3), (150, 6.9), (175, 7.5), (200, 8.1), (250, 9.3), (350, 11.7)]
)
def test_gmi_is_as_its_authors_table_says(mean: float, gmi: float) -> None:
    # Bergenstal 2018, table 2
    assert round(report([mean, mean]).gmi_percent, 1) == gmi


def test_the_sensor_is_active_by_the_interval_it_keeps() -> None:
    half_a_day = report([100.0] * 144)
    assert (half_a_day.interval_minutes, half_a_day.active) == (5, 0.5)
    slow = report([100.0] * 48, every_minutes=15)
    assert (slow.interval_minutes, slow.active) == (15, 0.5)
    assert report([100.0]).interval_minutes == 5


def test_two_sensors_at_once_are_no_more_than_all_the_time() -> None:
    t_ms = np.sort(np.concatenate([BEGIN_MS + np.arange(288) * 5 * MINUTE_MS + late for late in (0, 60_000)]))
    period = between(BEGIN_MS, BEGIN_MS + DAY_MS)
    found = glucose_report(t_ms, np.full(len(t_ms), 100.0), period, Targets.USUAL, UTC)
    assert found is not None
    assert found.active <= 1.0


def test_less_than_fourteen_days_or_70_percent_of_them_is_too_little() -> None:
    assert report([100.0] * 288 * 14, days=14).is_enough
    assert not report([100.0] * 288 * 13, days=13).is_enough
    assert not report([100.0] * 14 * 15, every_minutes=96, days=14).is_enough


def test_the_profile_is_of_the_readings_within_half_an_hour_by_the_clock_on_the_wall() -> None:
    values = [float(n % 288) for n in range(288 * 5)]  # the same five days: the value is the place in the day
    curves = report(values, days=5).profile.curves
    assert curves.shape == (len(PERCENTILES), STEPS)
    noon = 720 // STEP_MINUTES
    assert curves[2, noon] == pytest.approx(143.5)  # of 138 to 149
    assert curves[0, noon] < curves[1, noon] < curves[2, noon] < curves[3, noon] < curves[4, noon]
    in_berlin = report(values, days=5, local=BERLIN).profile.curves
    assert in_berlin[2, noon + 8] == pytest.approx(143.5)  # two hours ahead in October


def test_around_midnight_both_sides_count() -> None:
    values = [50.0 if n % 288 < 144 else 150.0 for n in range(288 * 5)]
    curves = report(values, days=5).profile.curves
    assert curves[0, 0] == 50.0
    assert curves[4, 0] == 150.0


def test_where_there_are_too_few_readings_the_profile_is_blank() -> None:
    curves = report([100.0] * 13).profile.curves
    assert np.isfinite(curves[2, 2])
    assert np.isnan(curves[:, 40]).all()


def test_nothing_measured_is_no_report() -> None:
    nothing = glucose_report(
        np.array([], np.int64), np.array([]), between(BEGIN_MS, BEGIN_MS + DAY_MS), Targets.USUAL, UTC
    )
    assert nothing is None


def test_the_targets_are_those_of_the_consensus() -> None:
    # Battelino 2019, figure 1
    usual = TARGETS[Targets.USUAL]
    assert (usual.least_in_range, usual.most_below, usual.most_very_low) == (0.70, 0.04, 0.01)
    assert (usual.most_above, usual.most_very_high) == (0.25, 0.05)
    older = TARGETS[Targets.OLDER]
    assert (older.least_in_range, older.most_below, older.most_very_high) == (0.50, 0.01, 0.10)
    pregnancy = TARGETS[Targets.PREGNANCY]
    assert (pregnancy.low, pregnancy.high, pregnancy.least_in_range) == (63.0, 140.0, 0.70)
