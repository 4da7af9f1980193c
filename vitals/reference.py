"""What a model was trained on, in numbers small enough to travel with it: a file beside its manifest.

Each measure, an input's feature or a label's probability, is cut into bins that held equal shares of the
training windows. The population stability index (Siddiqi, Credit Risk Scorecards, 2006) tells how far other
windows fill them otherwise. One person is never a population, so each measure has a limit of its own: what
hardly any single training patient reaches.
"""

from collections.abc import Sequence
from typing import Annotated, Final, Self

import msgspec
import numpy as np
from msgspec import Meta, Struct
from numpy.typing import NDArray

from vitals.errors import ModelRejectedError

__all__ = ["OUTPUT_PREFIX", "REFERENCE_FILE", "Measure", "Reference", "stability_index"]

REFERENCE_FILE: Final = "reference.json"
OUTPUT_PREFIX: Final = "probability"
_BINS: Final = 10
_LEAST_SHARE: Final = 1e-3
"""An empty bin counts as this much: the index stays finite."""

_MeasureName = Annotated[str, Meta(pattern=r"^(probability:.{1,40}|[a-z_]{1,40}:[0-9]{1,5})$(?!\n)")]
_Edges = Annotated[list[float], Meta(min_length=1, max_length=64)]
_Shares = Annotated[list[Annotated[float, Meta(ge=0.0, le=1.0)]], Meta(min_length=2, max_length=65)]


class Measure(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One measure: `edges` between its bins, the share of training windows in each, its index's limit."""

    edges: _Edges
    shares: _Shares
    limit: Annotated[float, Meta(gt=0.0)]

    @classmethod
    def of(
        cls,
        trained: NDArray[np.floating],
        wearers: Sequence[NDArray[np.floating]],
        *,
        quantile: float = 0.99,
    ) -> Self:
        """Cut the training windows' values into ten bins of equal shares.

        The limit is what hardly any of the `wearers`, long recordings of one person each, lies from them.
        """
        edges = np.unique(np.quantile(trained, np.linspace(0.0, 1.0, _BINS + 1)[1:-1]))
        shares = _counts(trained, edges) / len(trained)
        indices = [stability_index(_counts(one, edges), shares) for one in wearers if len(one)]
        limit = float(np.quantile(indices, quantile)) if indices else 0.0
        return cls(edges=edges.tolist(), shares=shares.tolist(), limit=max(limit, _SMALLEST_LIMIT))

    def bin_of(self, value: float) -> int:
        """Return which bin a value falls into."""
        return int(np.searchsorted(self.edges, value, side="right"))


_SMALLEST_LIMIT: Final = 0.25
"""Siddiqi 2006: below a quarter nothing has shifted that matters."""


class Reference(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every measure of a model by name: `probability:LABEL` of its outputs, `TENSOR:PLACE` of its inputs."""

    model: str
    windows: Annotated[int, Meta(ge=1)]
    patients: Annotated[int, Meta(ge=1)]
    measures: Annotated[dict[_MeasureName, Measure], Meta(min_length=1, max_length=64)]

    @classmethod
    def decode(cls, content: bytes) -> Self:
        """Read a reference.

        Raises
        ------
        ModelRejectedError
            It is none, or its bins make no sense.
        """
        try:
            reference = msgspec.json.decode(content, type=cls)
        except msgspec.MsgspecError as error:
            raise ModelRejectedError(f"{REFERENCE_FILE} is none ({error}): export the model again") from error
        for name, measure in reference.measures.items():
            rises = all(low < high for low, high in zip(measure.edges, measure.edges[1:], strict=False))
            if not rises or len(measure.shares) != len(measure.edges) + 1:
                raise ModelRejectedError(
                    f"{REFERENCE_FILE} has bins of {name} that do not rise or have no share each: "
                    "export the model again"
                )
        return reference


def stability_index(counts: NDArray[np.floating], shares: NDArray[np.floating] | list[float]) -> float:
    """Return how far `(n,)` counts lie from the shares expected: 0 for alike, without an upper end."""
    found = np.maximum(np.asarray(counts, dtype=np.float64) / max(float(np.sum(counts)), 1.0), _LEAST_SHARE)
    expected = np.maximum(np.asarray(shares, dtype=np.float64), _LEAST_SHARE)
    return float(np.sum((found - expected) * np.log(found / expected)))


def _counts(values: NDArray[np.floating], edges: NDArray[np.float64]) -> NDArray[np.float64]:
    bins = np.searchsorted(edges, values, side="right")
    return np.bincount(bins, minlength=len(edges) + 1).astype(np.float64)
