"""A `Model` of the rhythm that answers what it is told to."""

from collections.abc import Callable, Mapping

import msgspec
import numpy as np
from numpy.typing import NDArray

from edge.ports import Inference
from vitals.errors import ModelRejectedError
from vitals.features.rhythm import RHYTHM_FEATURE_VERSION, RHYTHM_INPUTS
from vitals.manifest import DataSource, ModelManifest, Split, TensorContract

_MANIFEST = ModelManifest(
    name="rhythm",
    version=3,
    artefact="rhythm.tflite",
    sha256="0" * 64,
    inputs=tuple(
        TensorContract(name=name, shape=shape, dtype="float32", meaning="")
        for name, shape in RHYTHM_INPUTS.items()
    ),
    output="probabilities",
    feature_version=RHYTHM_FEATURE_VERSION,
    labels=("N", "A", "O", "~"),
    temperature=1.0,
    thresholds={"A": 0.6},
    data=(DataSource(name="none", role="train", records=0, sha256="0" * 64, licence="-"),),
    split=Split(description="none", train=0, validation=0, test=0),
    pins={},
    seed=1,
    metrics={},
)


def manifest(**changes: object) -> ModelManifest:
    return msgspec.structs.replace(_MANIFEST, **changes)


class FakeRhythmModel:
    """Calls `answer` for the probability of atrial fibrillation; `None` stands for NaN."""

    def __init__(self, answer: Callable[[Mapping[str, NDArray[np.float32]]], float | None]) -> None:
        self.manifest = manifest()
        self.calls = 0
        self._answer = answer

    def infer(self, inputs: Mapping[str, NDArray[np.float32]]) -> Inference:
        self.calls += 1
        share = self._answer(inputs)
        if share is None:
            raise ModelRejectedError(
                "rhythm.tflite gave no probabilities for a window: install another version"
            )
        return Inference(probabilities={"N": 1.0 - share, "A": share, "O": 0.0, "~": 0.0})
