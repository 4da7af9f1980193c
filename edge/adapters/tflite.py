"""The rhythm model on LiteRT (TFLite): one thread, one window at a time, nothing loaded unverified."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from vitals.errors import ModelRejectedError
from vitals.features.rhythm import RHYTHM_FEATURE_VERSION
from vitals.manifest import ModelManifest, load_verified

__all__ = ["TfliteRhythmModel"]

_SUM_SLACK: Final = 1e-3


class TfliteRhythmModel:
    """A `RhythmModel` whose artefact kept every promise of its manifest when it was loaded."""

    def __init__(self, manifest: ModelManifest, artefact: bytes) -> None:
        """Load a verified artefact.

        Raises
        ------
        ModelRejectedError
            The runtime cannot read it, or its tensors are not those of the manifest.
        """
        self._manifest = manifest
        try:
            self._interpreter = Interpreter(model_content=artefact, num_threads=1)
            (self._signature,) = self._interpreter.get_signature_list()
            self._runner: Any = self._interpreter.get_signature_runner(self._signature)
        except (ValueError, RuntimeError) as error:
            raise ModelRejectedError(
                f"{manifest.artefact} cannot be run ({error}): export the model again for this runtime"
            ) from error
        self._check_tensors()

    @classmethod
    def load(cls, manifest_path: Path) -> "TfliteRhythmModel":
        """Verify and load the artefact beside a manifest.

        Raises
        ------
        ModelRejectedError
            Anything about it is missing, altered or does not fit this program.
        """
        return cls(*load_verified(manifest_path, feature_version=RHYTHM_FEATURE_VERSION))

    @property
    def manifest(self) -> ModelManifest:
        """What the model is, expects and promises."""
        return self._manifest

    def classify(self, inputs: Mapping[str, NDArray[np.float32]]) -> Mapping[str, float]:
        """Return the probability of each label, in the manifest's order.

        Raises
        ------
        ModelRejectedError
            The answer is no probability distribution: NaN, say.
        """
        tensors = {tensor.name: inputs[tensor.name] for tensor in self._manifest.inputs}
        try:
            row = self._runner(**tensors)[self._manifest.output].reshape(-1)
        except (ValueError, RuntimeError) as error:
            raise ModelRejectedError(
                f"{self._manifest.artefact} failed ({error}): install it anew"
            ) from error
        probabilities = {label: float(value) for label, value in zip(self._manifest.labels, row, strict=True)}
        if not math.isclose(sum(probabilities.values()), 1.0, abs_tol=_SUM_SLACK):  # NaN is close to nothing
            raise ModelRejectedError(
                f"{self._manifest.artefact} gave no probabilities for a window: install another version"
            )
        return probabilities

    def _check_tensors(self) -> None:
        promised = {tensor.name: (tensor.shape, tensor.dtype) for tensor in self._manifest.inputs}
        found = {
            name: (tuple(int(size) for size in detail["shape"]), np.dtype(detail["dtype"]).name)
            for name, detail in self._runner.get_input_details().items()
        }
        outputs = self._runner.get_output_details()
        if promised != found or self._manifest.output not in outputs:
            raise ModelRejectedError(
                f"{self._manifest.artefact} takes {found} and gives {sorted(outputs)}, its manifest promises "
                f"{promised} and {self._manifest.output}: export the model again"
            )
        size = int(np.prod(outputs[self._manifest.output]["shape"]))
        if size != len(self._manifest.labels):
            raise ModelRejectedError(
                f"{self._manifest.artefact} gives {size} values for {len(self._manifest.labels)} labels: "
                "export the model again"
            )
