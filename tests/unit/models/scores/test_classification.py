import numpy as np
import pytest

from models.scores.classification import class_scores, confusion, mean_f1

TRUTH = np.array(["N", "N", "A", "O"])
JUDGED = np.array(["N", "A", "A", "O"])


def test_the_scores_of_each_class_are_those_reckoned_by_hand():
    scores = class_scores(TRUTH, JUDGED, ("N", "A", "X"))
    assert scores["N"] == pytest.approx({"se": 0.5, "sp": 1.0, "ppv": 1.0, "f1": 0.66667, "support": 2})
    assert scores["A"] == pytest.approx({"se": 1.0, "sp": 0.66667, "ppv": 0.5, "f1": 0.66667, "support": 1})
    assert scores["X"] == {"se": 0.0, "sp": 1.0, "ppv": 0.0, "f1": 0.0, "support": 0}


def test_the_mean_counts_the_labels_named_and_no_other():
    assert mean_f1(TRUTH, JUDGED, ("N", "A", "O")) == pytest.approx((2 / 3 + 2 / 3 + 1) / 3, abs=1e-5)


def test_the_confusion_has_a_row_a_truth():
    assert confusion(TRUTH, JUDGED, ("N", "A", "O")) == [[1, 1, 0], [0, 1, 0], [0, 0, 1]]
