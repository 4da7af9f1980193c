import numpy as np
import pytest

from models.scores.curves import auroc, average_precision, operating_points, threshold_for


def test_the_threshold_keeps_the_specificity_asked_for():
    given, positive = np.linspace(0, 1, 1001), np.zeros(1001, dtype=bool)
    threshold = threshold_for(positive, given, specificity=0.9)
    assert threshold == pytest.approx(0.9, abs=0.011)
    assert float((given < threshold).mean()) >= 0.9


def test_the_operating_points_run_from_none_flagged_to_all():
    positive, given = np.array([True, False, True, False]), np.array([0.9, 0.8, 0.7, 0.7])
    sensitivity, false_share, precision = operating_points(positive, given)
    assert sensitivity.tolist() == [0, 0.5, 0.5, 1]
    assert false_share.tolist() == [0, 0, 0.5, 1]
    assert precision.tolist() == [1, 1, 0.5, 0.5]


def test_the_area_is_the_share_of_pairs_in_the_right_order():
    random = np.random.default_rng(5)
    positive, score = random.random(200) < 0.3, np.round(random.random(200), 1)
    pairs = score[positive][:, None] - score[~positive][None, :]
    assert auroc(positive, score) == pytest.approx(np.mean((pairs > 0) + 0.5 * (pairs == 0)))


@pytest.mark.parametrize("kinds", [[], [True, True], [False, False]])
def test_rows_of_one_kind_have_no_area(kinds):
    positive = np.array(kinds, dtype=bool)
    assert np.isnan(auroc(positive, np.zeros(len(kinds))))


def test_without_a_positive_row_there_is_no_precision():
    assert np.isnan(average_precision(np.array([False, False]), np.array([0.9, 0.1])))


def test_a_perfect_score_has_perfect_precision():
    assert average_precision(np.array([True, False]), np.array([0.9, 0.1])) == pytest.approx(1.0)
