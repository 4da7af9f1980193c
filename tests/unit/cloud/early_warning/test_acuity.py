"""NEWS2 of many at once: by the newest values that can be judged, and where it goes."""

import pytest

from cloud.early_warning.acuity import COMPARED_MS, Earlier, change_of, score_now
from cloud.ports import Facts, Point
from tests.fakes.readings import HOUR_MS, NOON_MS, add
from tests.fakes.series_reader import FakeSeriesReader
from vitals.scores.news2 import CURRENT_FOR_MS, News2
from vitals.scores.tables import Consciousness


def point(value: float, *, ago_ms: int = 60_000, quality: float | None = 0.9) -> Point:
    return Point(t_ms=NOON_MS - ago_ms, value=value, quality=quality, device="c0-01")


def scored(facts: Facts | None = None, **newest: Point) -> News2:
    found = score_now(newest, facts or Facts(), NOON_MS)
    assert found is not None
    return found


def test_what_is_measured_counts_and_what_is_not_makes_a_range() -> None:
    found = scored(heart_rate=point(132.0), oxygen_saturation=point(92.0))
    assert (found.lowest, found.highest) == (5, 5 + 3 + 2 + 3 + 3 + 3)


def test_what_people_say_counts_too() -> None:
    facts = Facts(consciousness=Consciousness.VOICE, on_oxygen=True)
    assert scored(facts).lowest == 3 + 2


@pytest.mark.parametrize(
    "wrong",
    [
        point(132.0, quality=0.4),
        point(0.0),
        point(132.0, ago_ms=CURRENT_FOR_MS + 1),
        point(132.0, ago_ms=-300_001),
    ],
    ids=["unsure", "impossible", "of yesterday", "to come"],
)
def test_a_value_nobody_can_judge_by_is_none(wrong: Point) -> None:
    assert scored(heart_rate=wrong).lowest == 0


def test_of_two_kinds_that_tell_a_sign_the_newer_counts() -> None:
    assert scored(heart_rate=point(132.0, ago_ms=120_000), pulse_rate=point(70.0)).lowest == 0


def test_for_whom_it_was_not_made_there_is_none() -> None:
    assert score_now({"heart_rate": point(132.0)}, Facts(age_years=9), NOON_MS) is None


def test_a_score_is_compared_by_the_signs_known_both_times() -> None:
    series = FakeSeriesReader()
    then_ms = NOON_MS - COMPARED_MS - HOUR_MS // 2
    add(series, "heart_rate", (then_ms, 70.0))
    add(series, "respiratory_rate", (then_ms - 3 * HOUR_MS, 30.0))
    before = Earlier(rollups=series).score("p-wei", ["heart_rate", "respiratory_rate"], Facts(), NOON_MS)
    assert before is not None
    now = scored(heart_rate=point(115.0), respiratory_rate=point(14.0))
    assert change_of(now, before) == 2
    assert change_of(scored(respiratory_rate=point(14.0)), before) is None


def test_of_a_child_there_is_no_earlier_score() -> None:
    assert Earlier(rollups=FakeSeriesReader()).score("p-wei", [], Facts(age_years=9), NOON_MS) is None
