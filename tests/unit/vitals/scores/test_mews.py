"""Every cell of table 1 at both its ends (Subbe et al. 2001)."""

from itertools import pairwise

import pytest

from vitals.scores.mews import CRITICAL, CURRENT_FOR_MS, MEWS_ROWS, mews
from vitals.scores.tables import Consciousness, Measured

NORMAL = {
    "systolic_pressure": 120.0,
    "heart_rate": 70.0,
    "respiratory_rate": 12.0,
    "body_temperature": 37.0,
    "consciousness": Consciousness.ALERT,
}
CELLS = {
    "systolic_pressure": [
        (50, 3), (70, 3), (71, 2), (80, 2), (81, 1), (100, 1), (101, 0), (199, 0), (200, 2), (250, 2),
    ],
    "heart_rate": [
        (30, 2), (40, 2), (41, 1), (50, 1), (51, 0), (100, 0), (101, 1), (110, 1), (111, 2), (129, 2),
        (130, 3), (180, 3),
    ],
    "respiratory_rate": [
        (4, 2), (8, 2), (9, 0), (14, 0), (15, 1), (20, 1), (21, 2), (29, 2), (30, 3), (50, 3),
    ],
    "body_temperature": [(33.0, 2), (34.9, 2), (35.0, 0), (38.4, 0), (38.5, 2), (41.0, 2)],
    "consciousness": [(0, 0), (1, 1), (2, 1), (3, 2), (4, 3)],
}  # fmt: skip


def scored(without=(), age_ms=0, **changes):
    values = {key: value for key, value in (NORMAL | changes).items() if key not in without}
    return mews({key: Measured(value=value, age_ms=age_ms) for key, value in values.items()})


@pytest.mark.parametrize(
    ("key", "value", "points"), [(key, *cell) for key, cells in CELLS.items() for cell in cells]
)
def test_each_cell_of_the_table_holds_from_its_first_to_its_last_value(key, value, points):
    score = scored(**{key: value})
    assert score.lowest == score.highest == points


def test_the_tests_know_every_row_and_every_step_between_its_cells():
    assert {row.key for row in MEWS_ROWS} == CELLS.keys()
    for row in MEWS_ROWS:
        changes = [high - low for (low, before), (high, after) in pairwise(CELLS[row.key]) if before != after]
        assert len(changes) == len(row.bands) - 1
        assert changes == pytest.approx([row.resolution] * len(changes))


@pytest.mark.parametrize("key", NORMAL)
def test_a_missing_parameter_widens_the_score_and_never_counts_as_zero(key):
    score = scored(without=[key])
    assert (score.lowest, score.highest) == (0, max(points for _, points in CELLS[key]))


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
