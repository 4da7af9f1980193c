"""A `Model` of RR intervals that answers what it is told to."""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from edge.ports import Inference
from tests.fakes.rhythm_model import manifest
from vitals.errors import ModelRejectedError
from vitals.features.rr_af import RR_AF_FEATURE_VERSION, RR_AF_INPUTS, RR_CHANNELS
from vitals.manifest import TensorContract

_ALIKE = RR_CHANNELS.index("share of neighbours whose sum of two is as long")
_JUDGED = -63


class FakeRrModel:
    """Calls `answer` for the probability of atrial fibrillation; `None` stands for NaN."""

    def __init__(self, answer: Callable[[Mapping[str, NDArray[np.float32]]], float | None]) -> None:
        self.manifest = manifest(
            name="rr-af",
            inputs=(TensorContract(name="rr", shape=RR_AF_INPUTS["rr"], dtype="float32", meaning=""),),
            feature_version=RR_AF_FEATURE_VERSION,
            labels=("other", "AF"),
            thresholds={"AF": 0.6},
        )
        self.calls = 0
        self._answer = answer

    def infer(self, inputs: Mapping[str, NDArray[np.float32]]) -> Inference:
        self.calls += 1
        share = self._answer(inputs)
        if share is None:
            raise ModelRejectedError(
                "rr-af.tflite gave no probabilities for a window: install another version"
            )
        return Inference(probabilities={"other": 1.0 - share, "AF": share})


def unlike_its_neighbours(inputs: Mapping[str, NDArray[np.float32]]) -> float:
    """Stand in for the model: sums of two intervals about the one judged that resemble few others."""
    return 0.9 if inputs["rr"][0, _JUDGED - 20 : _JUDGED + 20, _ALIKE].mean() < 0.8 else 0.1
