"""Whether what a model is given and what it answers still are what they were: measured, told, never acted on.

Two questions of each device. Is it like the training windows: the population stability index of every measure
in the model's reference, over the last thousand windows or so. Has it changed: ADWIN on each label's
probability. Both take bounded memory. A large drift is a technical condition of low priority.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.alarms.local_alarm import AlarmKey
from edge.health import GatewayHealth
from edge.judging.adwin import Adwin
from edge.ports import Inference
from vitals.reference import OUTPUT_PREFIX, Reference, stability_index

__all__ = ["DriftBook", "DriftWatch"]

_WINDOWS: Final = 1_000
"""The index looks back over about so many windows: an hour and a half at one each five seconds."""
_CHECK_EVERY: Final = 50
_LARGE: Final = 2.0
_SMALL: Final = 1.0
"""Times a measure's limit: a drift is told from the first on, and taken back below the second."""
_APART_MS: Final = 30_000
"""Probabilities closer together come of overlapping windows, and are no news to ADWIN."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftBook:
    """How far every model on every device has drifted: one for a gateway, asked for its report."""

    health: GatewayHealth
    _times: dict[tuple[str, str], float] = field(default_factory=dict)
    _large: set[tuple[str, str]] = field(default_factory=set)

    def note(self, device: str, model: str, *, measure: str, times: float, now_ms: int) -> None:
        """Take note that a measure lies `times` its limit from training, the furthest of its model."""
        self._times[device, model] = times
        if times >= _LARGE:
            self._large.add((device, model))
        elif times < _SMALL:
            self._large.discard((device, model))
        self.health.alarms.set(
            AlarmKey.MODEL_DRIFT,
            stands=any(held == device for held, _ in self._large),
            t_ms=now_ms,
            device=device,
            detail=f"{model}: {measure} is {times:.1f} times as far from training as it should be",
        )

    def counted(self) -> dict[str, int]:
        """Return by model the furthest that any device is from training, in percent of the limit."""
        furthest: dict[str, int] = {}
        for (_, model), times in self._times.items():
            key = f"drift.{model}.percent_of_limit"
            furthest[key] = max(furthest.get(key, 0), round(100 * times))
        return furthest


class DriftWatch:
    """Follows one model on one device."""

    def __init__(
        self,
        *,
        device: str,
        model: str,
        labels: tuple[str, ...],
        reference: Reference | None,
        book: DriftBook,
    ) -> None:
        self._device = device
        self._model = model
        self._book = book
        self._stability = _Stability(reference) if reference else None
        self._changes = {label: Adwin() for label in labels}
        self._noted_ms: int | None = None

    def take(self, inputs: Mapping[str, NDArray[np.float32]], found: Inference, *, now_ms: int) -> None:
        """Take note of one window that was judged."""
        self._note_change(found, now_ms)
        if self._stability is None or not self._stability.take(inputs, found.probabilities):
            return
        measure, times = self._stability.worst()
        self._book.note(self._device, self._model, measure=measure, times=times, now_ms=now_ms)

    def _note_change(self, found: Inference, now_ms: int) -> None:
        if self._noted_ms is not None and 0 <= now_ms - self._noted_ms < _APART_MS:
            return
        self._noted_ms = now_ms
        for label, probability in found.probabilities.items():
            if self._changes[label].push(probability):
                self._book.health.counters[f"drift.{self._model}.changed"] += 1


class _Stability:
    """The index of every measure over the last windows; older ones fade, so nothing grows."""

    def __init__(self, reference: Reference) -> None:
        self._measures = reference.measures
        self._counts = {name: np.zeros(len(measure.shares)) for name, measure in reference.measures.items()}
        self._taken = 0

    def take(self, inputs: Mapping[str, NDArray[np.float32]], probabilities: Mapping[str, float]) -> bool:
        """Count one window; tell whether it is time to look at the index."""
        for name, measure in self._measures.items():
            value = _value(name, inputs, probabilities)
            if value is not None:
                self._counts[name][measure.bin_of(value)] += 1.0
        self._taken += 1
        if self._taken >= 2 * _WINDOWS:
            self._taken //= 2
            self._counts = {name: counts / 2.0 for name, counts in self._counts.items()}
        return self._taken >= _WINDOWS and self._taken % _CHECK_EVERY == 0

    def worst(self) -> tuple[str, float]:
        """Return the measure whose index is the most times its limit, and how many."""
        times = {
            name: stability_index(self._counts[name], measure.shares) / measure.limit
            for name, measure in self._measures.items()
        }
        furthest = max(times, key=times.__getitem__)
        return furthest, times[furthest]


def _value(
    name: str, inputs: Mapping[str, NDArray[np.float32]], probabilities: Mapping[str, float]
) -> float | None:
    """Return the value a measure is of: `probability:LABEL`, or `INPUT:PLACE` in a tensor laid flat."""
    source, _, part = name.partition(":")
    if source == OUTPUT_PREFIX:
        return probabilities.get(part)
    row = inputs.get(source)
    return float(row.reshape(-1)[int(part)]) if row is not None and int(part) < row.size else None
