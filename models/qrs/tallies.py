"""Judge the beats found in one recording; ventricular flutter, where there are none to find, is left out."""

import numpy as np
from numpy.typing import NDArray

from models.datasets import Annotated
from models.qrs.matching import Tally, match_beats

__all__ = ["tally_of", "tally_within"]


def tally_of(recording: Annotated, r_peaks: NDArray[np.integer]) -> Tally:
    """Hold ``(n,)`` rising sample indices against every beat of the recording (EC57 leaves out flutter)."""
    return tally_within(recording, r_peaks, [(0, len(recording.ecg_mv))])


def tally_within(
    recording: Annotated, r_peaks: NDArray[np.integer], stretches: list[tuple[int, int]]
) -> Tally:
    """Judge in some stretches only, each from its first sample to before its last.

    Beats are paired over the whole recording first, so that none is lost to the edge of a stretch.
    """
    is_found, is_true = match_beats(recording.beats / recording.rate_hz, r_peaks / recording.rate_hz)
    truth_counts, found_counts = (
        _inside(samples, stretches) & ~_inside(samples, recording.flutter)
        for samples in (recording.beats, r_peaks)
    )
    return Tally(
        paired=int((is_found & truth_counts).sum()),
        missed=int((~is_found & truth_counts).sum()),
        extra=int((~is_true & found_counts).sum()),
    )


def _inside(
    samples: NDArray[np.integer], stretches: list[tuple[int, int]] | tuple[tuple[int, int], ...]
) -> NDArray[np.bool_]:
    inside = np.zeros(len(samples), dtype=bool)
    for start, stop in stretches:
        inside |= (samples >= start) & (samples < stop)
    return inside
