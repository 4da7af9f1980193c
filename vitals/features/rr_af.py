"""A row of RR intervals as the model of atrial fibrillation takes it, and as a person is shown it.

Each interval is told by its length over the local median, by its step from the one before, and by how many
of its neighbours it resembles: alone, with the one before it, and as sums of two and of three. In atrial
fibrillation an interval resembles few; among ectopic beats whole beats still fall into place, for a premature
beat and its pause together are as long as two usual ones. The shares of like pairs are what sample entropy
counts (Lake and Moorman, Am J Physiol 2011;300:H319-H325); the sums follow the compensatory pause.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vitals.errors import ValidationError
from vitals.features.rr import rr_irregularity
from vitals.kinds import OBSERVATION_KINDS

__all__ = [
    "PLAUSIBLE_RR_MS",
    "RR_AF_FEATURE_VERSION",
    "RR_AF_INPUTS",
    "RR_AF_INTERVALS",
    "RR_AF_LATENCY",
    "RR_AF_ROWS_AFTER",
    "RR_CHANNELS",
    "RrEvidence",
    "inner_rows",
    "rr_af_inputs",
    "rr_af_rows",
    "rr_evidence",
]

RR_AF_FEATURE_VERSION: Final = 1
"""Rises with every change to what is returned here; a model states the version it was trained on."""

PLAUSIBLE_RR_MS: Final = OBSERVATION_KINDS["rr_interval"].plausible
"""What lies outside is an artefact, and stands in a row as unknown."""

RR_CHANNELS: Final = (
    "length over the local median",
    "step from the interval before",
    "size of that step",
    "share of neighbours as long",
    "share of neighbours as long and after one as long",
    "share of neighbours whose sum of two is as long",
    "share of neighbours whose sum of three is as long",
    "local median over 800 ms",
    "unknown",
)

_REACH: Final = 15
"""How many intervals on either side are an interval's neighbours."""
_SUMMED: Final = 3
_ROWS_BEFORE: Final = 272
RR_AF_ROWS_AFTER: Final = 62
"""Rows that the network sees after that of the interval it judges."""
_ROWS: Final = _ROWS_BEFORE + 1 + RR_AF_ROWS_AFTER

RR_AF_LATENCY: Final = RR_AF_ROWS_AFTER + _REACH
"""How many intervals must have come after one before it is judged: about a minute."""
RR_AF_INTERVALS: Final = _ROWS + _SUMMED - 1 + 2 * _REACH
"""How many intervals a window holds; the one that ``RR_AF_LATENCY`` others follow is judged."""

RR_AF_INPUTS: Final = {"rr": (1, _ROWS, len(RR_CHANNELS))}
"""Shape of the float32 tensor ``rr_af_inputs`` returns."""

_ALIKE_SHARE: Final = 0.04
"""Intervals that differ by less than this share of the local median are alike: 30 ms at 80 a minute."""
_USUAL_MS: Final = 800.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RrEvidence:
    """What a person is shown beside a verdict on RR intervals."""

    beats_judged: int
    mean_heart_rate_per_min: float
    shortest_rr_ms: float
    longest_rr_ms: float
    rmssd_ms: float
    rr_coefficient_of_variation: float
    successive_differences_over_50_ms_share: float
    rr_sample_entropy: float


def rr_af_inputs(rr_ms: NDArray[np.floating]) -> dict[str, NDArray[np.float32]]:
    """Return the model's tensor, shaped as ``RR_AF_INPUTS`` says, that judges one of the intervals.

    Parameters
    ----------
    rr_ms
        ``(RR_AF_INTERVALS,)`` intervals in ms, oldest first; NaN where an interval is not known.

    Raises
    ------
    ValidationError
        There are more or fewer of them.
    """
    if np.shape(rr_ms) != (RR_AF_INTERVALS,):
        raise ValidationError(
            f"a window holds {RR_AF_INTERVALS} RR intervals, not {np.shape(rr_ms)}: fill it up with NaN"
        )
    return {"rr": inner_rows(rr_ms)[np.newaxis]}


def inner_rows(rr_ms: NDArray[np.floating]) -> NDArray[np.float32]:
    """Return the rows of the intervals that have all their neighbours: ``(n - 32, 9) float32``."""
    return rr_af_rows(rr_ms)[_SUMMED - 1 + _REACH : -_REACH]


def rr_af_rows(rr_ms: NDArray[np.floating]) -> NDArray[np.float32]:
    """Return a row of ``RR_CHANNELS`` for each of ``(n,)`` intervals in ms: ``(n, 9) float32``.

    NaN and what is not plausible is unknown, and so is what lies before the first and after the last.
    """
    given = np.pad(np.asarray(rr_ms, dtype=np.float64), _REACH, constant_values=np.nan)
    low_ms, high_ms = PLAUSIBLE_RR_MS
    rr = np.where((given >= low_ms) & (given <= high_ms), given, np.nan)
    median_ms = _running_median(rr)
    inner = slice(_REACH, -_REACH)
    log_rr = np.log(rr)
    length = log_rr[inner] - np.log(median_ms)
    before = _delayed(rr)
    step = log_rr[inner] - np.log(before[inner])
    of_two = rr + before
    of_three = of_two + _delayed(before)
    tolerance_ms = _ALIKE_SHARE * median_ms
    alike = _alike(rr, tolerance_ms)
    channels = (
        4.0 * np.clip(length, -1.0, 1.0),
        4.0 * np.clip(step, -1.0, 1.0),
        np.minimum(8.0 * np.abs(step), 3.0),
        2.0 * _share(alike),
        3.0 * _share(_both(alike, _alike(before, tolerance_ms))),
        2.0 * _share(_alike(of_two, 1.5 * tolerance_ms)),
        2.0 * _share(_alike(of_three, 2.0 * tolerance_ms)),
        np.log(median_ms / _USUAL_MS),
        np.isnan(rr[inner]),
    )
    rows: NDArray[np.float32] = np.nan_to_num(np.stack(channels, axis=1)).astype(np.float32)
    return rows


def rr_evidence(rr_ms: NDArray[np.floating]) -> RrEvidence | None:
    """Name what ``(n,)`` intervals in ms show; ``None`` with fewer than four that are known."""
    given = np.asarray(rr_ms, dtype=np.float64)
    low_ms, high_ms = PLAUSIBLE_RR_MS
    known = given[(given >= low_ms) & (given <= high_ms)]
    rr = rr_irregularity(known)
    if rr is None:
        return None
    return RrEvidence(
        beats_judged=len(known),
        mean_heart_rate_per_min=round(60_000 / rr.mean_ms, 1),
        shortest_rr_ms=round(rr.shortest_ms, 1),
        longest_rr_ms=round(rr.longest_ms, 1),
        rmssd_ms=round(rr.rmssd_ms, 1),
        rr_coefficient_of_variation=round(rr.coefficient_of_variation, 3),
        successive_differences_over_50_ms_share=round(rr.share_over_50_ms, 3),
        rr_sample_entropy=round(rr.sample_entropy, 3),
    )


_Compared = tuple[NDArray[np.bool_], NDArray[np.bool_]]
"""``(n, neighbours)``: which are alike, and which could be compared at all."""


def _around(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.lib.stride_tricks.sliding_window_view(values, 2 * _REACH + 1)


def _delayed(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.concatenate([[np.nan], values[:-1]])


def _running_median(rr: NDArray[np.float64]) -> NDArray[np.float64]:
    """Median of the known ones among each interval and its neighbours; 800 ms where there is none."""
    rising = np.sort(_around(rr), axis=1)  # NaN last
    count = np.isfinite(rising).sum(axis=1)
    row = np.arange(len(rising))
    middle = (rising[row, np.maximum(count - 1, 0) // 2] + rising[row, count // 2 * (count > 0)]) / 2
    return np.where(count > 0, middle, _USUAL_MS)


def _alike(values: NDArray[np.float64], tolerance_ms: NDArray[np.float64]) -> _Compared:
    around = _around(values)
    apart = np.abs(around - values[_REACH:-_REACH, np.newaxis])
    return apart <= tolerance_ms[:, np.newaxis], np.isfinite(apart)


def _both(one: _Compared, other: _Compared) -> _Compared:
    return one[0] & other[0], one[1] & other[1]


def _share(compared: _Compared) -> NDArray[np.float64]:
    """Share of an interval's known neighbours, itself left out; 0 for one that is not known."""
    alike, known = (flags.sum(axis=1) for flags in compared)
    itself = compared[1][:, _REACH]
    return np.where(itself, (alike - 1) / np.maximum(known - 1, 1), 0.0)
