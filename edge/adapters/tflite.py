"""A model on LiteRT (TFLite): one thread, one window at a time, nothing loaded unverified."""

import math
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from edge.ports import Inference
from vitals.errors import ModelRejectedError
from vitals.manifest import ModelManifest, load_verified
from vitals.signature import RELEASE_KEYS

__all__ = ["TfliteModel"]

_SUM_SLACK: Final = 1e-3
_DISTANCE: Final = "distance"
_EMBEDDING: Final = "embedding"


class TfliteModel:
    """A `Model` whose artefact kept every promise of its manifest when it was loaded."""

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
    def load(
        cls,
        manifest_path: Path,
        *,
        feature_version: int,
        trusted: Collection[str] = RELEASE_KEYS,
        oldest: int = 1,
    ) -> "TfliteModel":
        """Verify and load the artefact beside a manifest.

        Raises
        ------
        ModelRejectedError
            Anything about it is missing, altered, unsigned, too old or does not fit this program.
        """
        return cls(
            *load_verified(manifest_path, feature_version=feature_version, trusted=trusted, oldest=oldest)
        )

    @property
    def manifest(self) -> ModelManifest:
        """What the model is, expects and promises."""
        return self._manifest

    def infer(self, inputs: Mapping[str, NDArray[np.float32]]) -> Inference:
        """Return the probability of each label, in the manifest's order, and what else the artefact gives.

        Raises
        ------
        ModelRejectedError
            It asks for other tensors than these, or its answer is no probability distribution: NaN, say.
        """
        try:
            outputs = self._runner(**{tensor.name: inputs[tensor.name] for tensor in self._manifest.inputs})
        except (KeyError, TypeError, ValueError, RuntimeError) as error:
            raise ModelRejectedError(
                f"{self._manifest.artefact} failed ({error}): install it anew"
            ) from error
        row = outputs[self._manifest.output].reshape(-1)
        probabilities = {label: float(value) for label, value in zip(self._manifest.labels, row, strict=True)}
        if not math.isclose(sum(probabilities.values()), 1.0, abs_tol=_SUM_SLACK):  # NaN is close to nothing
            raise ModelRejectedError(
                f"{self._manifest.artefact} gave no probabilities for a window: install another version"
            )
        return Inference(
            probabilities=probabilities,
            distance=float(outputs[_DISTANCE].reshape(-1)[0]) if _DISTANCE in outputs else None,
            embedding=outputs[_EMBEDDING].reshape(-1) if _EMBEDDING in outputs else None,
        )

    def _check_tensors(self) -> None:
        promised = {tensor.name: (tensor.shape, tensor.dtype) for tensor in self._manifest.inputs}
        found = {
            name: (tuple(int(size) for size in detail["shape"]), np.dtype(detail["dtype"]).name)
            for name, detail in self._runner.get_input_details().items()
        }
        outputs = self._runner.get_output_details()
        needed = {self._manifest.output} | ({_DISTANCE} if self._manifest.distance_limit else set())
        if promised != found or not needed <= outputs.keys():
            raise ModelRejectedError(
                f"{self._manifest.artefact} takes {found} and gives {sorted(outputs)}, its manifest promises "
                f"{promised} and {sorted(needed)}: export the model again"
            )
        size = int(np.prod(outputs[self._manifest.output]["shape"]))
        if size != len(self._manifest.labels):
            raise ModelRejectedError(
                f"{self._manifest.artefact} gives {size} values for {len(self._manifest.labels)} labels: "
                "export the model again"
            )
