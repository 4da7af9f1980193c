"""Where a recording can be played for ever so that no beat detector notices: its seam."""

from collections import Counter
from itertools import pairwise
from statistics import median
from typing import Final

import numpy as np
from numpy.typing import NDArray

from firmware_sim.recordings import Recording

__all__ = ["seam"]


def seam(recording: Recording) -> tuple[int, int]:
    """Return where the loop starts and stops: ahead of the two most alike beats near the recording's ends."""
    candidates = _quiet_beats(recording)
    half = len(candidates) // 2
    early, late = candidates[:half][:_CANDIDATES], candidates[half:][-_CANDIDATES:]
    if not early or not late:
        return min(round(_LEAD_IN_S * recording.rate_hz), len(recording.ecg_mv)), len(recording.ecg_mv)
    first, last = min(
        ((i, j) for i in early for j in late),
        key=lambda pair: _unlikeness(recording.ecg_mv, recording.rate_hz, *pair),
    )
    before = round(min(_BEFORE_R_S, _BEFORE_R_SHARE * _usual_rr_s(recording)) * recording.rate_hz)
    return first - before, last - before


_BEFORE_R_S: Final = 0.3
_BEFORE_R_SHARE: Final = 0.4
"""The seam lies this long before an R peak, or this share of the usual interval in a fast heart."""
_LEAD_IN_S: Final = 0.1
_LIKENESS_S: Final = 0.6
_SHORTEST_RR_SHARE: Final = 0.8
_CANDIDATES: Final = 40
_FEWEST_BEATS: Final = 4


def _quiet_beats(recording: Recording) -> list[int]:
    """Return the samples of the R peaks that follow their like after a pause as long as usual."""
    if len(recording.beats) < _FEWEST_BEATS:
        return []
    usual_symbol = Counter(beat.symbol for beat in recording.beats).most_common(1)[0][0]
    shortest_s = _SHORTEST_RR_SHARE * _usual_rr_s(recording)
    reach = round(_LIKENESS_S * recording.rate_hz)
    last = len(recording.ecg_mv) - reach
    samples = (
        beat.sample(recording.rate_hz)
        for previous, beat in pairwise(recording.beats)
        if previous.symbol == beat.symbol == usual_symbol and beat.at_s - previous.at_s >= shortest_s
    )
    return [sample for sample in samples if reach <= sample <= last]


def _usual_rr_s(recording: Recording) -> float:
    return median(later.at_s - earlier.at_s for earlier, later in pairwise(recording.beats))


def _unlikeness(ecg_mv: NDArray[np.float64], rate_hz: int, first: int, last: int) -> float:
    reach = round(_LIKENESS_S * rate_hz)
    difference = ecg_mv[first - reach : first + reach] - ecg_mv[last - reach : last + reach]
    return float(np.sqrt(np.mean(difference**2)))
