import numpy as np
import pytest

from models.deterioration.rule import best_reading, course
from models.deterioration.stays import Stay


def a_stay(*rows, died=False):
    rows = sorted(rows)
    return Stay(
        record="1",
        died=died,
        age_years=70.0,
        sex="female",
        unit="medical",
        minutes=np.array([minute for minute, _, _ in rows], dtype=np.float64),
        names=np.array([name for _, name, _ in rows], dtype=np.str_),
        values=np.array([value for _, _, value in rows], dtype=np.float64),
        unreadable=0,
        digest="",
    )


CALM = [(0, "RespRate", 16), (0, "SaO2", 98), (0, "FiO2", 0.21), (0, "NISysABP", 120), (0, "HR", 70),
        (0, "GCS", 15), (0, "Temp", 37)]  # fmt: skip


def test_the_score_is_taken_every_four_hours_by_what_was_measured_last():
    totals = course(a_stay(*CALM, (5 * 60, "HR", 135), (9 * 60, "HR", 95)))
    assert totals.shape == (12, 2)
    assert totals[:3].tolist() == [[0, 0], [3, 3], [1, 1]]


def test_values_older_than_twelve_hours_widen_the_score():
    totals = course(a_stay(*CALM))
    assert totals[2].tolist() == [0, 0]
    assert totals[3].tolist() == [0, 20]


@pytest.mark.parametrize(
    ("row", "points"),
    [
        ((1, "GCS", 14), 3),
        ((1, "GCS", 3), 3),
        ((1, "FiO2", 0.4), 2),
        ((1, "MechVent", 1), 2),
        ((1, "SysABP", 85), 3),
        ((1, "HR", 0), 0),
        ((1, "SysABP", 0), 0),
    ],
)
def test_each_variable_of_the_challenge_counts_as_the_chart_has_it(row, points):
    assert course(a_stay(*CALM, row))[0].tolist() == [points, points]


def test_at_home_nobody_scores_consciousness_and_oxygen():
    assert course(a_stay(*CALM, (1, "GCS", 3)), at_home=True)[0].tolist() == [0, 5]


def test_the_reading_that_ranks_these_stays_best_stands_for_the_rule():
    sick, well = np.full((12, 2), 2.0), np.full((12, 2), 2.0)
    sick[3] = 9.0
    name, scores, every = best_reading(np.array([True, False]), [sick, well])
    assert name.startswith("highest")
    assert scores[0] > scores[1]
    assert every["last, lowest"] == 0.5
    assert max(every.values()) == every[name] == 1.0
