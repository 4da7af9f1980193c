"""How finely a course is drawn, where it breaks, which gaps can be seen, and what is usual beside it."""

from zoneinfo import ZoneInfo

import numpy as np
import pytest

from cloud.early_warning.local_time import LocalTime
from cloud.trends.course import (
    DAY_MS,
    HOUR_MS,
    MINUTE_MS,
    Stretch,
    breaks,
    every_ms_of,
    shown_gaps,
    usual_bands,
)
from vitals.features.baseline import Usual
from vitals.records import Gap, GapReason

UTC = LocalTime(zone=ZoneInfo("UTC"))


def gap(from_ms: int, to_ms: int, reason: GapReason = GapReason.LINK_LOST) -> Gap:
    return Gap(device="c0-01", kind="heart_rate", from_ms=from_ms, to_ms=to_ms, reason=reason)


@pytest.mark.parametrize(
    ("span_ms", "every_ms"),
    [
        (2 * HOUR_MS + MINUTE_MS, 0),
        (2 * HOUR_MS + MINUTE_MS + 1, MINUTE_MS),
        (3 * DAY_MS + MINUTE_MS, MINUTE_MS),
        (3 * DAY_MS + MINUTE_MS + 1, HOUR_MS),
        (366 * DAY_MS, HOUR_MS),
    ],
)
def test_a_longer_span_is_summed_up_further(span_ms: int, every_ms: int) -> None:
    assert every_ms_of(span_ms) == every_ms


def test_a_line_breaks_where_more_is_missing_than_a_value_or_two() -> None:
    t_ms = np.array([0, 1, 2, 3, 19, 20], np.int64) * 1_000
    assert breaks(t_ms, 0).tolist() == [False, False, False, True, False]
    hours = np.array([0, 1, 2, 5, 6], np.int64) * HOUR_MS
    assert breaks(hours, HOUR_MS).tolist() == [False, False, True, False]
    assert breaks(t_ms[:1], 0).tolist() == breaks(t_ms[:0], 0).tolist() == []


def test_what_is_measured_rarely_is_joined_all_the_same() -> None:
    daily = np.arange(5, dtype=np.int64) * DAY_MS
    assert not breaks(daily, HOUR_MS).any()


def test_gaps_are_cut_to_the_span_joined_and_the_short_ones_counted() -> None:
    found, short = shown_gaps(
        [
            gap(-10_000, 5_000),
            gap(4_000, 9_000),
            gap(50_000, 50_001),
            gap(90_000, 200_000, GapReason.SENSOR_OFF),
        ],
        0,
        100_000,
    )
    assert found == [
        Stretch(from_ms=0, to_ms=9_000, reason=GapReason.LINK_LOST),
        Stretch(from_ms=90_000, to_ms=100_000, reason=GapReason.SENSOR_OFF),
    ]
    assert short == 1


def test_what_is_usual_is_told_by_the_hour_and_over_weeks_of_the_day() -> None:
    usual = {
        0: Usual(median=60.0, spread=2.0, days=20),
        1: Usual(median=70.0, spread=2.0, days=20),
    }
    by_hour = usual_bands(usual, HOUR_MS // 2, 3 * HOUR_MS, UTC)
    assert [(each.from_ms, each.to_ms, each.low, each.high) for each in by_hour] == [
        (HOUR_MS // 2, HOUR_MS, 56.0, 64.0),
        (HOUR_MS, 2 * HOUR_MS, 66.0, 74.0),
    ]
    (whole,) = usual_bands(usual, 0, 4 * DAY_MS, UTC)
    assert (whole.from_ms, whole.to_ms, whole.low, whole.high) == (0, 4 * DAY_MS, 61.0, 69.0)
    assert usual_bands({}, 0, DAY_MS, UTC) == ()
