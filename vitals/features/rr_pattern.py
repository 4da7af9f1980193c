"""What a row of RR intervals looks like once a few beats out of step are set aside.

A single ectopic beat upsets every plain measure of variability, and fibrillation is what stays irregular
without them. So each interval is held against the median of its nine neighbours, and the measures are
taken again over those that keep step. Sources: Sarkar, Ritscher and Mehra (IEEE TBME 2008;55:1219-1224) for
the occupied cells of the plot of successive differences; Brennan, Palaniswami and Kamen (IEEE TBME
2001;48:1342-1347) for SD1 and SD2; Zabihi et al. and Datta et al. (Computing in Cardiology 2017).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vitals.features.rr import FEWEST_INTERVALS

__all__ = ["RrPattern", "out_of_step", "rr_pattern"]

_NEIGHBOURS: Final = 4
_EARLY, _LATE = 0.86, 1.16
_CELL_MS: Final = 40.0
_CELLS: Final = 15
_ENTROPY_STEP: Final = 0.05
_SEGMENT: Final = 8
_FEWEST_REGULAR: Final = 3
_NO_REGULAR_BEATS: Final = 0.2
"""What the measures of beats in step read where there are none: that of a wild rhythm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RrPattern:
    """Measures of a row of RR intervals; sizes without a unit are shares of the median interval."""

    quantile_05: float
    quantile_10: float
    quantile_25: float
    quantile_75: float
    quantile_90: float
    early_share: float
    late_share: float
    far_late_count: float
    far_early_count: float
    early_then_late_share: float
    early_alone_share: float
    early_pair_share: float
    deviation_mad: float
    deviation_std: float
    regular_deviation: float
    regular_rmssd: float
    regular_median_step: float
    regular_large_step_share: float
    regular_spread: float
    smaller_half_of_steps: float
    smaller_three_quarters_of_steps: float
    smaller_nine_tenths_of_steps: float
    steps_over_5_percent_share: float
    steps_over_10_percent_share: float
    steps_over_20_percent_share: float
    smoothness: float
    """Spread of three-beat means over that of the beats: near 1 when breathing sways them, less in AF."""
    turning_share: float
    sd1: float
    sd2: float
    sd1_to_sd2: float
    lag_3_correlation: float
    cells_per_step: float
    interval_entropy: float
    step_entropy: float
    calmest_mean_step: float
    middle_mean_step: float
    wildest_mean_step: float
    calmest_median_step: float
    wildest_median_step: float
    slowest_rate_per_100_min: float
    fastest_rate_per_100_min: float
    drift: float
    earliest_score: float
    second_earliest_score: float
    latest_score: float


def out_of_step(rr_ms: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each of ``(n,)`` intervals over the median of it and its four neighbours on either side."""
    mode = "reflect" if len(rr_ms) > _NEIGHBOURS else "edge"
    padded = np.pad(rr_ms, _NEIGHBOURS, mode=mode)  # type: ignore[call-overload]
    around = np.lib.stride_tricks.sliding_window_view(padded, 2 * _NEIGHBOURS + 1)
    return np.asarray(rr_ms / np.median(around, axis=1))


def rr_pattern(rr_ms: NDArray[np.floating]) -> RrPattern | None:
    """Measure ``(n,)`` intervals in ms; ``None`` with fewer than four of them."""
    rr = np.asarray(rr_ms, dtype=np.float64)
    if len(rr) < FEWEST_INTERVALS:
        return None
    found = {
        **_quantiles(rr / np.median(rr)),
        **_ectopy(out_of_step(rr)),
        **_regular(rr, out_of_step(rr)),
        **_steps(rr),
        **_spread(rr),
        **_segments(rr),
    }
    return RrPattern(**{name: float(value) for name, value in found.items()})


def _quantiles(share: NDArray[np.float64]) -> dict[str, float]:
    levels = (5, 10, 25, 75, 90)
    return {
        f"quantile_{level:02d}": value
        for level, value in zip(levels, np.percentile(share, levels), strict=True)
    }


def _ectopy(deviation: NDArray[np.float64]) -> dict[str, float]:
    """How many beats come early or late, and in what company; scores are in units of the usual deviation."""
    early, late = deviation < _EARLY, deviation > _LATE
    usual = np.median(np.abs(deviation - 1)) + 0.02
    rising = np.sort(deviation)
    return {
        "early_share": early.mean(),
        "late_share": late.mean(),
        "far_late_count": (deviation > 1.3).sum(),  # noqa: PLR2004 - well beyond sinus arrhythmia
        "far_early_count": (deviation < 0.7).sum(),  # noqa: PLR2004 - likewise
        "early_then_late_share": (early[:-1] & late[1:]).mean(),
        "early_alone_share": (early[:-1] & ~late[1:] & ~early[1:]).mean(),
        "early_pair_share": (early[:-1] & early[1:]).mean(),
        "deviation_mad": np.median(np.abs(deviation - 1)),
        "deviation_std": deviation.std(),
        "earliest_score": (1 - rising[0]) / usual,
        "second_earliest_score": (1 - rising[1]) / usual,
        "latest_score": (rising[-1] - 1) / usual,
    }


def _regular(rr: NDArray[np.float64], deviation: NDArray[np.float64]) -> dict[str, float]:
    """Measure again over the beats that keep step."""
    in_step = (deviation >= _EARLY) & (deviation <= _LATE)
    median = np.median(rr)
    steps = np.abs(np.diff(rr))[in_step[1:] & in_step[:-1]] / median
    if len(steps) < _FEWEST_REGULAR:
        return {
            "regular_deviation": _NO_REGULAR_BEATS,
            "regular_rmssd": _NO_REGULAR_BEATS,
            "regular_median_step": _NO_REGULAR_BEATS,
            "regular_large_step_share": 1.0,
            "regular_spread": _NO_REGULAR_BEATS,
        }
    return {
        "regular_deviation": np.abs(deviation[in_step] - 1).mean(),
        "regular_rmssd": np.sqrt(np.mean(steps**2)),
        "regular_median_step": np.median(steps),
        "regular_large_step_share": np.mean(steps > 0.05),  # noqa: PLR2004 - as steps_over_5_percent_share
        "regular_spread": rr[in_step].std() / median,
    }


def _steps(rr: NDArray[np.float64]) -> dict[str, float]:
    """Sizes of the steps from one interval to the next, the largest left out more and more."""
    steps = np.diff(rr)
    rising = np.sort(np.abs(steps)) / np.median(rr)
    shares = {
        "smaller_half_of_steps": 0.5,
        "smaller_three_quarters_of_steps": 0.75,
        "smaller_nine_tenths_of_steps": 0.9,
    }
    return {
        **{name: rising[: max(1, int(share * len(rising)))].mean() for name, share in shares.items()},
        **{f"steps_over_{p}_percent_share": np.mean(rising > p / 100) for p in (5, 10, 20)},
        "turning_share": np.mean(steps[1:] * steps[:-1] < 0),
        "cells_per_step": _cells(steps) / max(len(steps) - 1, 1),
        "step_entropy": _entropy(np.clip(steps / np.median(rr), -1, 1)),
    }


def _cells(steps: NDArray[np.float64]) -> int:
    """How many cells of 40 ms the plot of each step against the one before occupies."""
    cell = np.clip(np.floor(steps / _CELL_MS), -_CELLS, _CELLS - 1)
    return len(np.unique(cell[1:] * 4 * _CELLS + cell[:-1]))


def _entropy(values: NDArray[np.float64]) -> float:
    """Entropy of the values' histogram in steps of 0.05, in nats."""
    _, counts = np.unique(np.floor(values / _ENTROPY_STEP), return_counts=True)
    shares = counts / counts.sum()
    return float(-(shares * np.log(shares)).sum())


def _spread(rr: NDArray[np.float64]) -> dict[str, float]:
    median = np.median(rr)
    sd1 = np.diff(rr).std() / np.sqrt(2) / median
    sd2 = (rr[1:] + rr[:-1]).std() / np.sqrt(2) / median
    centred = rr - rr.mean()
    power = max(float(centred @ centred), 1e-9)
    smooth = np.convolve(rr, np.ones(3) / 3, mode="valid")
    half = len(rr) // 2
    return {
        "sd1": sd1,
        "sd2": sd2,
        "sd1_to_sd2": sd1 / max(sd2, 1e-3),
        "lag_3_correlation": float(centred[3:] @ centred[:-3]) / power,
        "smoothness": smooth.std() / max(rr.std(), 1e-6),
        "interval_entropy": _entropy(np.clip(rr / median, 0, 3)),
        "drift": abs(np.median(rr[:half]) - np.median(rr[half:])) / median,
    }


def _segments(rr: NDArray[np.float64]) -> dict[str, float]:
    """Measure each eight intervals, so that a short run is not lost in a long window."""
    length = min(_SEGMENT, len(rr))
    segments = np.lib.stride_tricks.sliding_window_view(rr, length)[:: max(1, length // 2)]
    median = np.median(segments, axis=1)
    size = np.abs(np.diff(segments, axis=1))
    mean_step, median_step = size.mean(axis=1) / median, np.median(size, axis=1) / median
    return {
        "calmest_mean_step": mean_step.min(),
        "middle_mean_step": np.median(mean_step),
        "wildest_mean_step": mean_step.max(),
        "calmest_median_step": median_step.min(),
        "wildest_median_step": median_step.max(),
        "slowest_rate_per_100_min": 600 / median.max(),
        "fastest_rate_per_100_min": 600 / median.min(),
    }
