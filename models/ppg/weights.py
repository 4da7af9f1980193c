"""The weights of the evidence as they were fitted: on everybody, and on everybody but one, a person a time.

They stand in ``weights.json``, with what they were fitted on. The gateway takes those of ``vitals``; a test
holds the two together.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Self

import msgspec
import numpy as np
from numpy.typing import NDArray

from vitals.errors import ModelRejectedError
from vitals.features.ppg_evidence import EVIDENCE, WEIGHTS

__all__ = ["FoldWeights", "WeightBook"]


class FoldWeights(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Weights that have seen nothing of these recordings, by the digest of their content."""

    unseen: tuple[str, ...]
    weights: tuple[float, ...]


class WeightBook(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All weights of one fit, by the name of their figure, and what they were fitted on."""

    version: int
    weights: Mapping[str, float]
    folds: tuple[FoldWeights, ...]
    data: Mapping[str, str]

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read ``weights.json`` of a folder.

        Raises
        ------
        ModelRejectedError
            It cannot be read, or is of other figures than this program has.
        """
        path = folder / "weights.json"
        try:
            book = msgspec.json.decode(path.read_bytes(), type=cls)
        except (OSError, msgspec.DecodeError) as error:
            raise ModelRejectedError(f"{path} cannot be read ({error}): train ppg again") from error
        if list(book.weights) != [row.name for row in EVIDENCE]:
            raise ModelRejectedError(f"{path} weighs other figures than this program has: train ppg again")
        return book

    def save(self, folder: Path) -> Path:
        """Write ``weights.json`` into a folder; return its path."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "weights.json"
        path.write_bytes(msgspec.json.format(msgspec.json.encode(self), indent=2) + b"\n")
        return path

    def knows(self, digest: str) -> bool:
        """Tell whether the weights were fitted on this recording."""
        return any(digest in fold.unseen for fold in self.folds)

    def weights_for(self, digest: str) -> NDArray[np.float64]:
        """Return weights that have not seen a recording: of a stranger's, those the gateway has."""
        for fold in self.folds:
            if digest in fold.unseen:
                return np.array(fold.weights)
        return WEIGHTS
