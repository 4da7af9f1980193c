"""What a model is asked before it judges anybody: inputs every machine makes alike, and known answers."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vitals.manifest import ModelManifest

__all__ = ["ANSWER_SLACK", "VECTOR_SEEDS", "differs", "vector_inputs"]

VECTOR_SEEDS: Final = ("vector-1", "vector-2", "vector-3", "vector-4")
ANSWER_SLACK: Final = 2e-3
"""How far a probability may lie from where it was signed: other processors round otherwise."""


def vector_inputs(manifest: ModelManifest, seed: str) -> Mapping[str, NDArray[np.float32]]:
    """Return by tensor inputs of the manifest's shapes, `float32` in -1 to 1, the same on every machine."""
    return {tensor.name: _noise(f"{seed}/{tensor.name}", tensor.shape) for tensor in manifest.inputs}


def differs(answer: Sequence[float], expected: Sequence[float]) -> bool:
    """Tell whether an answer is another than the one expected, NaN and too few or many labels included."""
    if len(answer) != len(expected):
        return True
    return not all(abs(one - other) <= ANSWER_SLACK for one, other in zip(answer, expected, strict=True))


def _noise(seed: str, shape: tuple[int, ...]) -> NDArray[np.float32]:
    count = int(np.prod(shape))
    raw = np.frombuffer(hashlib.shake_256(seed.encode()).digest(2 * count), dtype="<i2")
    return (raw.astype(np.float32) / np.float32(32_768)).reshape(shape)
