"""What a model was trained on, as the gateway measures drift against it: a companion of its artefact."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from vitals.reference import OUTPUT_PREFIX, Measure, Reference

__all__ = ["Seen", "reference_of"]

_MOST_INPUTS: Final = 24
_WIDEST: Final = 64
"""A tensor with more places than this is a signal: single samples of it say nothing."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Seen:
    """Windows as the model saw them: `inputs` ``(n, ...)`` by tensor, `probabilities` ``(n, labels)``.

    `people` ``(n,)`` says whose each window is.
    """

    inputs: Mapping[str, NDArray[np.floating]]
    probabilities: NDArray[np.floating]
    people: NDArray[np.generic]


def reference_of(model: str, labels: tuple[str, ...], *, trained: Seen, wearers: Seen) -> bytes:
    """Return `reference.json`: bins of the training windows, limits from `wearers`, who were worn for long.

    The first measures of each tensor that is a row of features, and every label's probability, are kept; one
    that never changes is left out.
    """
    rows = _by_person(wearers.people)
    measures = {
        name: Measure.of(values, [of_wearers[row] for row in rows])
        for (name, values), (_, of_wearers) in zip(
            _columns(labels, trained), _columns(labels, wearers), strict=True
        )
        if np.ptp(values) > 0
    }
    reference = Reference(
        model=model,
        windows=len(trained.people),
        patients=len(np.unique(trained.people)),
        measures=measures,
    )
    return msgspec.json.format(msgspec.json.encode(reference), indent=1)


def _columns(labels: tuple[str, ...], seen: Seen) -> Iterator[tuple[str, NDArray[np.floating]]]:
    """Yield the values of each measure by name, always the same ones in the same order."""
    for place, label in enumerate(labels):
        yield f"{OUTPUT_PREFIX}:{label}", seen.probabilities[:, place]
    for name, tensor in seen.inputs.items():
        flat = tensor.reshape(len(tensor), -1)
        if flat.shape[1] <= _WIDEST:
            for place in range(min(flat.shape[1], _MOST_INPUTS)):
                yield f"{name}:{place}", flat[:, place]


def _by_person(people: NDArray[np.generic]) -> list[NDArray[np.int64]]:
    return [np.flatnonzero(people == person) for person in np.unique(people)]
