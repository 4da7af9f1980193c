"""What people annotated of a recording, as spans of time for each condition the gateway may tell."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.rhythm.pauses import ASYSTOLE_S, PAUSE_S
from models.datasets import Annotated

__all__ = ["Spans", "Truth", "spans_of"]

_NEAR_MS: Final = 30_000
"""An alarm this near to what is annotated is borne out by it: windows are that long."""
_LEAST_AF_S: Final = 60.0
_RUN_BEATS: Final = 3
_SLACK_S: Final = 0.1

Span = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """Spans in ms of one condition: `spans` must be found, `may` bear an alarm out and need not be."""

    spans: tuple[Span, ...] = ()
    may: tuple[Span, ...] = ()

    def is_near(self, t_ms: int) -> bool:
        """Tell whether an alarm at `t_ms` is borne out."""
        return any(first - _NEAR_MS <= t_ms <= last + _NEAR_MS for first, last in (*self.spans, *self.may))

    def found_by(self, told: list[Span]) -> int:
        """Count the spans that overlap with an episode that was told."""
        return sum(
            any(begun <= last + _NEAR_MS and ended >= first for begun, ended in told)
            for first, last in self.spans
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Spans:
    """The truth of each condition by name."""

    truths: Mapping[str, Truth] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def conditions(self) -> tuple[str, ...]:
        """Every condition the annotations can speak of, but those of the rhythm model."""
        return tuple(name for name in self.truths if name != "atrial-fibrillation")

    def of(self, condition: str) -> Truth:
        """Return the truth of one condition."""
        return self.truths.get(condition, Truth())

    def joined(self, later: "Spans") -> "Spans":
        """Return both."""
        names = dict.fromkeys((*self.truths, *later.truths))
        return Spans(
            truths={
                name: Truth(
                    spans=(*self.of(name).spans, *later.of(name).spans),
                    may=(*self.of(name).may, *later.of(name).may),
                )
                for name in names
            }
        )


def spans_of(recording: Annotated, start_ms: int) -> Spans:
    """Return what is annotated of a recording that was begun at `start_ms`."""
    beats_s = recording.beats / recording.rate_hz

    def at_ms(second: float) -> int:
        return start_ms + round(1000 * second)

    def span(first_s: float, last_s: float) -> Span:
        return at_ms(first_s), at_ms(last_s)

    fibrillating = _rhythm(recording, {"AFIB", "AFL"})
    rr_s = np.diff(beats_s)
    flutter = [(first / recording.rate_hz, last / recording.rate_hz) for first, last in recording.flutter]
    silences = [
        (float(beats_s[at]), float(beats_s[at + 1]))
        for at in np.flatnonzero(rr_s >= PAUSE_S - _SLACK_S)
        if not any(beats_s[at] < last and beats_s[at + 1] > first for first, last in flutter)
    ]
    truths = {
        "atrial-fibrillation": Truth(
            spans=tuple(span(*each) for each in fibrillating if each[1] - each[0] >= _LEAST_AF_S),
            may=tuple(span(*each) for each in fibrillating),
        ),
        "ventricular-fibrillation": Truth(spans=tuple(span(*each) for each in flutter)),
        "asystole": Truth(
            spans=tuple(span(*each) for each in silences if each[1] - each[0] >= ASYSTOLE_S + 1.0),
            may=tuple(span(*each) for each in silences if each[1] - each[0] >= ASYSTOLE_S - _SLACK_S),
        ),
        "pause": Truth(spans=tuple(span(*each) for each in silences)),
        "ventricular-tachycardia": Truth(
            spans=tuple(span(*each) for each in _runs(recording, 5)),
            may=tuple(span(*each) for each in (*_runs(recording, _RUN_BEATS), *flutter)),
        ),
        "extreme-bradycardia": Truth(may=tuple(span(*each) for each in _rates(beats_s, 5, 0.0, 42.0))),
        "extreme-tachycardia": Truth(
            may=tuple(span(*each) for each in (*_rates(beats_s, 17, 145.0, 400.0), *flutter))
        ),
    }
    return Spans(truths=truths)


def _rhythm(recording: Annotated, names: set[str]) -> list[tuple[float, float]]:
    starts = [*recording.rhythms, (len(recording.ecg_mv), "")]
    return [
        (first / recording.rate_hz, then / recording.rate_hz)
        for (first, name), (then, _) in pairwise(starts)
        if name in names
    ]


def _runs(recording: Annotated, fewest: int) -> list[tuple[float, float]]:
    """Return runs of `fewest` annotated ventricular beats or more, at over 100 a minute."""
    beats_s, runs, run = recording.beats / recording.rate_hz, list[tuple[float, float]](), list[float]()
    for at_s, symbol in [*zip(beats_s, recording.beat_symbols, strict=True), (np.inf, "N")]:
        if symbol in {"V", "E"}:
            run.append(float(at_s))
            continue
        if len(run) >= fewest and 60.0 * (len(run) - 1) / (run[-1] - run[0]) > 100.0:  # noqa: PLR2004 - cited there
            runs.append((run[0], run[-1]))
        run = []
    return runs


def _rates(beats_s: NDArray[np.float64], beats: int, low: float, high: float) -> list[tuple[float, float]]:
    """Return the stretches of `beats` intervals whose mean rate lies between two."""
    first, last = beats_s[:-beats], beats_s[beats:]
    rates = 60.0 * beats / np.maximum(last - first, 1e-9)
    return [(float(first[at]), float(last[at])) for at in np.flatnonzero((rates >= low) & (rates <= high))]
