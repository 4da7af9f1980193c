from datetime import date
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from cloud.early_warning.local_time import LocalTime
from cloud.ports import Point, RollupQuery
from cloud.reports.period import MINUTE_MS, Period, between
from cloud.reports.spread import Extreme, Spread, spread, theil_sen
from tests.fakes.series_reader import FakeSeriesReader

UTC = LocalTime(zone=ZoneInfo("UTC"))
DAY_MS = 86_400_000
BEGIN_MS = 20_000 * DAY_MS
"""2024-10-04."""


def of(readings: list[tuple[int, float]], days: int = 1, kind: str = "heart_rate") -> Spread | None:
    period = between(BEGIN_MS, BEGIN_MS + days * DAY_MS)
    return spread(minutes(readings, period, kind), period, UTC)


def minutes(readings: list[tuple[int, float]], period: Period, kind: str):
    series = FakeSeriesReader()
    series.points["p", kind] = [
        Point(t_ms=BEGIN_MS + t_ms, value=value, quality=None, device="d") for t_ms, value in readings
    ]
    query = RollupQuery(kind=kind, from_ms=period.from_ms, to_ms=period.to_ms, every_ms=MINUTE_MS)
    return series.rollups("p", query)


def test_the_middle_is_the_median_of_minutes_and_the_usual_nine_of_ten_of_them() -> None:
    found = of([(n * MINUTE_MS, 50.0 + n) for n in range(101)])
    assert found is not None
    assert (found.median, found.low, found.high) == (100.0, 55.0, 145.0)
    assert found.count == 101


def test_a_minute_at_one_hertz_weighs_no_more_than_one_with_a_single_value() -> None:
    often = [(n * 1_000, 100.0) for n in range(60)]
    found = of([*often, (60_000, 60.0), (120_000, 60.0)])
    assert found is not None
    assert found.median == 60.0


def test_the_ends_are_single_values_with_the_minute_they_were_measured_in() -> None:
    found = of([(1_000, 70.0), (2_000, 131.0), (60_000, 44.0)])
    assert found is not None
    assert found.highest == Extreme(BEGIN_MS, 131.0)
    assert found.lowest == Extreme(BEGIN_MS + 60_000, 44.0)


def test_what_is_measured_every_five_minutes_is_measured_all_the_time() -> None:
    half = of([(n * 5 * MINUTE_MS, 70.0) for n in range(144)])
    assert half is not None
    assert half.share == 0.5


def test_of_a_kind_that_was_never_measured_there_is_nothing() -> None:
    assert of([]) is None


def test_a_change_is_the_slope_of_the_days_and_bears_a_wild_one() -> None:
    days = [60.0, 61.0, 62.0, 190.0, 64.0, 65.0, 66.0]
    found = of([(n * DAY_MS, value) for n, value in enumerate(days)], days=7)
    assert found is not None
    assert found.change == pytest.approx(6.0)
    assert [each.day for each in found.days][:2] == [date(2024, 10, 4), date(2024, 10, 5)]


def test_a_change_within_what_the_device_may_err_by_is_none() -> None:
    found = of([(n * DAY_MS, 60.0 + n * 0.1) for n in range(7)], days=7)
    assert found is not None
    assert found.change == 0.0


def test_of_three_days_no_change_is_told() -> None:
    found = of([(n * DAY_MS, 60.0 + 10 * n) for n in range(3)], days=7)
    assert found is not None
    assert found.change is None


def test_what_is_measured_by_hand_is_known_by_how_rarely_it_is() -> None:
    by_hand = of([(n * DAY_MS // 2, 130.0) for n in range(8)], days=4, kind="systolic_pressure")
    worn = of([(n * MINUTE_MS, 60.0) for n in range(300)])
    assert by_hand is not None
    assert worn is not None
    assert (by_hand.is_spot, worn.is_spot) == (True, False)


def test_theil_sen_is_the_median_of_all_slopes() -> None:
    x, y = np.array([0.0, 1.0, 3.0]), np.array([0.0, 2.0, 3.0])
    assert theil_sen(x, y) == 1.0  # slopes 2, 1 and a half
