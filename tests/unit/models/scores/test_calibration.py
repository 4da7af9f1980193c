import numpy as np
import pytest

from models.scores.calibration import best_temperature, calibration_error, coverage_curve, softmax


def test_a_judge_surer_than_right_has_a_calibration_error():
    assert calibration_error(np.full(4, 0.95), np.array([True, True, False, False])) == pytest.approx(0.45)


def test_a_judge_as_sure_as_right_has_none():
    assert calibration_error(np.full(4, 0.75), np.array([True, True, True, False])) == pytest.approx(0.0)


def test_the_temperature_undoes_overconfidence():
    random = np.random.default_rng(0)
    logits = random.normal(scale=2, size=(4000, 4))
    drawn = np.array([random.choice(4, p=row) for row in softmax(logits)])
    assert best_temperature(drawn, 2 * logits) == pytest.approx(2.0, abs=0.15)


def test_leaving_out_the_least_sure_leaves_the_most_right():
    covered, right = coverage_curve(np.array([0.9, 0.6, 0.8]), np.array([True, False, True]))
    assert covered.tolist() == pytest.approx([1 / 3, 2 / 3, 1])
    assert right.tolist() == pytest.approx([1, 1, 2 / 3])
