"""A model beside the one that judges: asked the same, heard by nobody, counted where it says otherwise."""

import threading
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from edge.ports import Inference, Model
from vitals.errors import ModelRejectedError
from vitals.manifest import ModelManifest

__all__ = ["ShadowedModel"]


class ShadowedModel:
    """A `Model`: the incumbent, to all who ask. What the candidate makes of a window changes nothing."""

    def __init__(self, incumbent: Model, candidate: Model) -> None:
        self.incumbent = incumbent
        self.candidate = candidate
        self.windows = 0
        self.disagreed = 0
        self.fault: str | None = None
        """Why the candidate is asked no more."""
        self._lock = threading.Lock()

    @property
    def manifest(self) -> ModelManifest:
        """What the incumbent is, expects and promises."""
        return self.incumbent.manifest

    def infer(self, inputs: Mapping[str, NDArray[np.float32]]) -> Inference:
        """Judge by the incumbent alone.

        Raises
        ------
        ModelRejectedError
            The incumbent gave no finite answer.
        """
        answer = self.incumbent.infer(inputs)
        if self.fault is None:
            self._compare(answer, inputs)
        return answer

    def _compare(self, answer: Inference, inputs: Mapping[str, NDArray[np.float32]]) -> None:
        try:
            other = self.candidate.infer(inputs)
        except ModelRejectedError as error:
            self.fault = str(error)
            return
        with self._lock:
            self.windows += 1
            self.disagreed += _first(answer) != _first(other)


def _first(inference: Inference) -> str:
    return max(inference.probabilities, key=inference.probabilities.__getitem__)
