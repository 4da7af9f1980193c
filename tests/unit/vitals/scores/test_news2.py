"""Every cell of the chart at both its ends (Royal College of Physicians 2017, chart 1)."""

from itertools import pairwise

import pytest

from tests.fakes.score_cells import NEWS2_CELLS, SCALE_2_ON_AIR, SCALE_2_ON_OXYGEN
from vitals.errors import NotApplicableError
from vitals.scores.news2 import CURRENT_FOR_MS, NEWS2_ROWS, News2Risk, Spo2Scale, news2
from vitals.scores.tables import Consciousness, Measured

NORMAL = {
    "respiratory_rate": 16.0,
    "oxygen_saturation": 97.0,
    "supplemental_oxygen": 0.0,
    "systolic_pressure": 125.0,
    "heart_rate": 70.0,
    "consciousness": Consciousness.ALERT,
    "body_temperature": 37.0,
}


def scored(age_ms=0, age_years=50.0, without=(), **changes):
    values = {key: value for key, value in (NORMAL | changes).items() if key not in without}
    options = {key: values.pop(key) for key in ("spo2_scale", "is_pregnant") if key in values}
    measured = {key: Measured(value=value, age_ms=age_ms) for key, value in values.items()}
    return news2(measured, age_years=age_years, **options)


def points_of(score, key):
    (part,) = (part for part in score.parts if part.key == key)
    assert part.lowest == part.highest
    return part.lowest


@pytest.mark.parametrize(
    ("key", "value", "points"), [(key, *cell) for key, cells in NEWS2_CELLS.items() for cell in cells]
)
def test_each_cell_of_the_chart_holds_from_its_first_to_its_last_value(key, value, points):
    score = scored(**{key: value})
    assert points_of(score, key) == points
    assert score.lowest == score.highest == points


@pytest.mark.parametrize(
    ("oxygen", "value", "points"),
    [(0, *cell) for cell in SCALE_2_ON_AIR] + [(1, *cell) for cell in SCALE_2_ON_OXYGEN],
)
def test_scale_2_reads_saturation_by_whether_oxygen_is_given(oxygen, value, points):
    score = scored(oxygen_saturation=value, supplemental_oxygen=oxygen, spo2_scale=Spo2Scale.TWO)
    assert points_of(score, "oxygen_saturation") == points


def test_scale_2_with_oxygen_unknown_is_a_range_of_both_readings():
    score = scored(oxygen_saturation=97, spo2_scale=Spo2Scale.TWO, without=["supplemental_oxygen"])
    (saturation,) = (part for part in score.parts if part.key == "oxygen_saturation")
    assert (saturation.lowest, saturation.highest) == (0, 3)
    assert (score.lowest, score.highest) == (0, 5)


def test_the_tests_know_every_row_and_every_step_between_its_cells():
    assert {row.key for row in NEWS2_ROWS} == NEWS2_CELLS.keys()
    for row in NEWS2_ROWS:
        changes = [
            (low, high) for (low, before), (high, after) in pairwise(NEWS2_CELLS[row.key]) if before != after
        ]
        assert len(changes) == len(row.bands) - 1
        assert all(high - low == pytest.approx(row.resolution) for low, high in changes)


@pytest.mark.parametrize(
    ("key", "value", "points"),
    [
        ("body_temperature", 36.04, 1),
        ("body_temperature", 36.05, 0),
        ("heart_rate", 90.4, 0),
        ("heart_rate", 90.5, 1),
    ],
)
def test_a_value_between_two_cells_is_rounded_half_up_as_it_would_be_charted(key, value, points):
    assert points_of(scored(**{key: value}), key) == points


@pytest.mark.parametrize("key", NORMAL)
def test_a_missing_parameter_widens_the_score_and_never_counts_as_zero(key):
    score = scored(without=[key])
    most = max(points for _, points in NEWS2_CELLS[key])
    assert (score.lowest, score.highest) == (0, most)
    assert [part.key for part in score.missing] == [key]


def test_nothing_measured_is_anything_from_nought_to_twenty():
    score = news2({}, age_years=70)
    assert (score.lowest, score.highest) == (0, 20)
    assert (score.risk, score.highest_risk) == (News2Risk.LOW, News2Risk.HIGH)
    assert score.oldest_ms is None


def test_a_value_older_than_twelve_hours_is_missing_and_keeps_its_age():
    assert scored(age_ms=CURRENT_FOR_MS).highest == 0
    score = scored(age_ms=CURRENT_FOR_MS + 1)
    assert (score.lowest, score.highest) == (0, 20)
    assert {part.measured.age_ms for part in score.parts} == {CURRENT_FOR_MS + 1}


def test_the_age_of_a_score_is_that_of_its_oldest_part():
    measured = {
        "heart_rate": Measured(value=70, age_ms=1_000),
        "body_temperature": Measured(value=37, age_ms=3_600_000),
    }
    assert news2(measured, age_years=50).oldest_ms == 3_600_000


@pytest.mark.parametrize(
    ("changes", "total", "risk"),
    [
        ({}, 0, News2Risk.LOW),
        ({"heart_rate": 120, "supplemental_oxygen": 1}, 4, News2Risk.LOW),
        ({"heart_rate": 135}, 3, News2Risk.LOW_MEDIUM),
        ({"heart_rate": 135, "body_temperature": 38.5}, 4, News2Risk.LOW_MEDIUM),
        ({"heart_rate": 120, "supplemental_oxygen": 1, "body_temperature": 38.5}, 5, News2Risk.MEDIUM),
        ({"heart_rate": 120, "supplemental_oxygen": 1, "body_temperature": 39.5}, 6, News2Risk.MEDIUM),
        ({"heart_rate": 135, "respiratory_rate": 26}, 6, News2Risk.MEDIUM),
        ({"heart_rate": 135, "respiratory_rate": 26, "body_temperature": 38.5}, 7, News2Risk.HIGH),
    ],
)
def test_the_risk_follows_the_total_and_any_single_three(changes, total, risk):
    score = scored(**changes)
    assert (score.lowest, score.risk) == (total, risk)


def test_a_single_three_is_named():
    assert [part.display for part in scored(systolic_pressure=85).single_threes] == [
        "Systolic blood pressure"
    ]
    assert scored(supplemental_oxygen=1).single_threes == ()


def test_a_three_that_only_may_be_is_no_single_three():
    assert scored(without=["heart_rate"]).single_threes == ()


@pytest.mark.parametrize("options", [{"age_years": 15.9}, {"is_pregnant": True}])
def test_children_and_pregnant_women_have_no_news2(options):
    with pytest.raises(NotApplicableError, match="16 years"):
        scored(**options)


def test_sixteen_is_old_enough_and_an_unknown_age_is_said():
    assert not scored(age_years=16).assumes_adult
    assert scored(age_years=None).assumes_adult
