"""A `Model` of falls that answers what it is told to."""

from collections.abc import Callable, Mapping

import msgspec
import numpy as np
from numpy.typing import NDArray

from edge.ports import Inference
from tests.fakes.rhythm_model import manifest as rhythm_manifest
from vitals.errors import ModelRejectedError
from vitals.features.falls import FALL_FEATURE_VERSION, FALL_INPUTS
from vitals.manifest import TensorContract


class FakeFallModel:
    """Calls `answer` for the probability of a fall; `None` stands for NaN."""

    def __init__(
        self,
        answer: Callable[[Mapping[str, NDArray[np.float32]]], float | None],
        *,
        distance: float | None = None,
    ) -> None:
        self.manifest = msgspec.structs.replace(
            rhythm_manifest(),
            name="falls",
            version=2,
            artefact="falls.tflite",
            inputs=tuple(
                TensorContract(name=name, shape=shape, dtype="float32", meaning="")
                for name, shape in FALL_INPUTS.items()
            ),
            feature_version=FALL_FEATURE_VERSION,
            labels=("other", "fall"),
            thresholds={"fall": 0.7},
            distance_limit=3.0,
        )
        self.calls = 0
        self._answer = answer
        self._distance = distance

    def infer(self, inputs: Mapping[str, NDArray[np.float32]]) -> Inference:
        self.calls += 1
        share = self._answer(inputs)
        if share is None:
            raise ModelRejectedError("falls.tflite gave no probabilities: install another version")
        return Inference(probabilities={"other": 1.0 - share, "fall": share}, distance=self._distance)
