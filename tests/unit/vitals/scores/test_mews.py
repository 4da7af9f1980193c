"""Every cell of table 1 at both its ends (Subbe et al. 2001)."""

from itertools import pairwise

import pytest

from tests.fakes.score_cells import MEWS_CELLS
from vitals.scores.mews import CRITICAL, CURRENT_FOR_MS, MEWS_ROWS, mews
from vitals.scores.tables import Consciousness, Measured

NORMAL = {
    "systolic_pressure": 120.0,
    "heart_rate": 70.0,
    "respiratory_rate": 12.0,
    "body_temperature": 37.0,
    "consciousness": Consciousness.ALERT,
}


def scored(without=(), age_ms=0, **changes):
    values = {key: value for key, value in (NORMAL | changes).items() if key not in without}
    return mews({key: Measured(value=value, age_ms=age_ms) for key, value in values.items()})


@pytest.mark.parametrize(
    ("key", "value", "points"), [(key, *cell) for key, cells in MEWS_CELLS.items() for cell in cells]
)
def test_each_cell_of_the_table_holds_from_its_first_to_its_last_value(key, value, points):
    score = scored(**{key: value})
    assert score.lowest == score.highest == points


def test_the_tests_know_every_row_and_every_step_between_its_cells():
    assert {row.key for row in MEWS_ROWS} == MEWS_CELLS.keys()
    for row in MEWS_ROWS:
        changes = [
            high - low for (low, before), (high, after) in pairwise(MEWS_CELLS[row.key]) if before != after
        ]
        assert len(changes) == len(row.bands) - 1
        assert changes == pytest.approx([row.resolution] * len(changes))


@pytest.mark.parametrize("key", NORMAL)
def test_a_missing_parameter_widens_the_score_and_never_counts_as_zero(key):
    score = scored(without=[key])
    assert (score.lowest, score.highest) == (0, max(points for _, points in MEWS_CELLS[key]))


def test_nothing_measured_is_anything_from_nought_to_fourteen():
    assert (mews({}).lowest, mews({}).highest) == (0, 14)


def test_old_values_are_missing():
    assert scored(age_ms=CURRENT_FOR_MS).highest == 0
    assert scored(age_ms=CURRENT_FOR_MS + 1).highest == 14


def test_five_is_critical_and_what_is_missing_may_make_it_so():
    assert scored(systolic_pressure=70, heart_rate=120).lowest == CRITICAL
    assert scored(systolic_pressure=70, heart_rate=120).is_critical
    assert not scored(systolic_pressure=70, heart_rate=105).is_critical
    partly = scored(systolic_pressure=70, without=["heart_rate"])
    assert not partly.is_critical
    assert partly.may_be_critical
