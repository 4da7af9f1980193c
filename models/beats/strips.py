"""Short strips of many people, in which no beat is annotated, yet it is known what none of them can be."""

from collections.abc import Iterable, Iterator
from typing import Final

import numpy as np

from models.beats.examples import BeatExamples, ExampleRow, beat_windows
from models.datasets import Strip
from vitals.features.rpeaks import RPeakDetector

__all__ = ["STRIPS", "strip_examples"]

_ALLOWED: Final = {"N": "N", "A": "NVF"}
"""By the strip's rhythm: a normal one has normal beats; in fibrillation no beat is supraventricular."""
_SHORTEST_S: Final = 20.0
_EACH: Final = 300
STRIPS: Final = _EACH * len(_ALLOWED)
"""How many are learnt from."""
_SETTLED: Final = 3
"""Beats at either end of a strip whose neighbours are not all known."""


def strip_examples(strips: Iterable[Strip], *, each: int = _EACH) -> BeatExamples:
    """Beats of the first ``each`` strips of either rhythm, labelled with the classes they may be of."""
    return BeatExamples.gather(_rows(strips, each))


def _rows(strips: Iterable[Strip], each: int) -> Iterator[ExampleRow]:
    left = dict.fromkeys(_ALLOWED, each)
    for strip in strips:
        if not left.get(strip.label) or len(strip.ecg_mv) < _SHORTEST_S * strip.rate_hz:
            continue
        left[strip.label] -= 1
        adapting, peaks = (RPeakDetector(rate_hz=strip.rate_hz) for _ in range(2))
        ecg_mv = strip.ecg_mv.astype(np.float64)
        beats = list(beat_windows(ecg_mv, strip.rate_hz, adapting=adapting, peaks=peaks))
        for beat in beats[_SETTLED:-_SETTLED]:
            if beat.fault is None:
                yield beat, _ALLOWED[strip.label], strip.record, strip.record, False
        if not any(left.values()):
            return
