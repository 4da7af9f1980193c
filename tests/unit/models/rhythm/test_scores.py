import numpy as np
import pytest

from models.rhythm.examples import Examples
from models.rhythm.scores import (
    best_temperature,
    bootstrap_interval,
    by_record,
    calibration_error,
    f1_by_label,
    mean_f1,
    operating_points,
    softmax,
    threshold_for,
)

TRUTH = np.array(["N", "N", "A", "O"])


def test_f1_of_each_label_is_that_reckoned_by_hand():
    scores = f1_by_label(TRUTH, np.array(["N", "A", "A", "O"]))
    assert scores == pytest.approx({"N": 2 / 3, "A": 2 / 3, "O": 1.0, "~": 0.0})


def test_the_score_of_the_challenge_leaves_the_noisy_class_out():
    assert mean_f1(TRUTH, np.array(["N", "A", "A", "O"])) == pytest.approx((2 / 3 + 2 / 3 + 1) / 3)


def test_the_interval_of_a_perfect_judge_is_a_point():
    truth = np.repeat(TRUTH, 50)
    assert bootstrap_interval(truth, truth, seed=1, rounds=20) == (1.0, 1.0)


def test_windows_of_a_record_are_averaged():
    examples = Examples(tensors={}, labels=np.array(["A", "N", "A"]), records=np.array(["y", "x", "y"]))
    rows = np.array([[0.2, 0.8, 0, 0], [1, 0, 0, 0], [0.6, 0.4, 0, 0]])
    records, truth, averaged = by_record(examples, rows)
    assert records.tolist() == ["x", "y"]
    assert truth.tolist() == ["N", "A"]
    assert averaged[1].tolist() == pytest.approx([0.4, 0.6, 0, 0])


def test_a_judge_surer_than_right_has_a_calibration_error():
    sure = np.tile([0.95, 0.05, 0.0, 0.0], (4, 1))
    assert calibration_error(TRUTH, sure) == pytest.approx(0.45)


def test_the_temperature_undoes_overconfidence():
    random = np.random.default_rng(0)
    logits = random.normal(scale=2, size=(4000, 4))
    drawn = [random.choice(4, p=row) for row in softmax(logits)]
    truth = np.array(["N", "A", "O", "~"])[drawn]
    assert best_temperature(truth, 2 * logits) == pytest.approx(2.0, abs=0.15)


def test_the_threshold_keeps_the_specificity_asked_for():
    given = np.linspace(0, 1, 1001)
    positive = np.zeros(1001, dtype=bool)
    threshold = threshold_for(positive, given, specificity=0.9)
    assert threshold == pytest.approx(0.9, abs=0.011)
    assert float((given < threshold).mean()) >= 0.9


def test_the_operating_points_run_from_none_flagged_to_all():
    positive, given = np.array([True, False, True, False]), np.array([0.9, 0.8, 0.7, 0.7])
    sensitivity, false_share, precision = operating_points(positive, given)
    assert sensitivity.tolist() == [0, 0.5, 0.5, 1]
    assert false_share.tolist() == [0, 0, 0.5, 1]
    assert precision.tolist() == [1, 1, 0.5, 0.5]
