"""What an evaluation hands over."""

import json

import numpy as np

from models.evaluation import Evaluation


def test_what_could_not_be_reckoned_is_null_and_everything_else_as_it_is() -> None:
    intervals = {"f1": [float("inf"), np.float32(0.5)]}
    report = {"auroc": float("nan"), "intervals": intervals, "classes": {"V": {"support": np.int64(0)}}}
    found = json.loads(Evaluation(report=report).to_json(), parse_constant=lambda name: f"not JSON: {name}")
    assert found == {"auroc": None, "intervals": {"f1": [None, 0.5]}, "classes": {"V": {"support": 0}}}
