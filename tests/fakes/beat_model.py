"""A `Model` of the beats that answers, beat by beat, what it is told to."""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from edge.ports import Inference
from tests.fakes.rhythm_model import manifest
from vitals.errors import ModelRejectedError
from vitals.features.beats import BEAT_FEATURE_VERSION, BEAT_INPUTS
from vitals.manifest import TensorContract

LABELS = ("N", "S", "V", "F")


class FakeBeatModel:
    """Calls `answer` with the number of the beat asked about for its label; `None` stands for NaN."""

    def __init__(self, answer: Callable[[int], str | None]) -> None:
        self.manifest = manifest(
            name="beats",
            labels=LABELS,
            thresholds={},
            feature_version=BEAT_FEATURE_VERSION,
            inputs=tuple(
                TensorContract(name=name, shape=shape, dtype="float32", meaning="")
                for name, shape in BEAT_INPUTS.items()
            ),
        )
        self.calls = 0
        self._answer = answer

    def infer(self, inputs: Mapping[str, NDArray[np.float32]]) -> Inference:
        assert inputs.keys() == BEAT_INPUTS.keys()
        label = self._answer(self.calls)
        self.calls += 1
        if label is None:
            raise ModelRejectedError("beats.tflite gave no probabilities: install another version")
        probabilities = dict.fromkeys(LABELS, 0.02) | {label: 0.94}
        return Inference(probabilities=probabilities, embedding=np.full(4, 5.0 * (label == "V")))
