"""Thirty seconds of one lead as the rhythm model takes it, and as a person is shown it."""

from dataclasses import astuple, dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vitals.errors import ValidationError
from vitals.features.beat_shape import BEAT_BEFORE_R_S, BEAT_LENGTH, BeatShape, beat_shape
from vitals.features.resampling import COMMON_RATE_HZ, to_common_rate
from vitals.features.rr import RrIrregularity, rr_irregularity

__all__ = [
    "RHYTHM_FEATURE_VERSION",
    "RHYTHM_INPUTS",
    "RHYTHM_WINDOW_S",
    "RhythmEvidence",
    "rhythm_evidence",
    "rhythm_inputs",
]

RHYTHM_WINDOW_S: Final = 30.0
RHYTHM_FEATURE_VERSION: Final = 1
"""Rises with every change to what ``rhythm_inputs`` returns; a model states the version it was trained on."""

_WINDOW_LENGTH: Final = round(RHYTHM_WINDOW_S * COMMON_RATE_HZ)
_SHORTEST_S: Final = 5.0
_RATE_SLACK_S: Final = 0.05
_CLIPPED_AT: Final = 3.0
_RR_SHARE_EDGES: Final = np.array([-1.0, -0.3, -0.15, -0.08, -0.04, -0.02, 0.02, 0.04, 0.08, 0.15, 0.3, 5.0])

_RR_SCALES: Final = RrIrregularity(
    mean_ms=1000.0,
    median_ms=1000.0,
    shortest_ms=1000.0,
    longest_ms=1000.0,
    coefficient_of_variation=0.2,
    rmssd_ms=200.0,
    share_over_20_ms=1.0,
    share_over_50_ms=1.0,
    median_difference_share=0.1,
    sample_entropy=1.0,
    entropy_per_rate=1.0,
    pairs_at_origin_share=1.0,
    alternation_share=1.0,
    premature_share=0.2,
    lag_1_correlation=1.0,
    lag_2_correlation=1.0,
)
"""One row a feature: what it is divided by, so that all are near one."""

RHYTHM_INPUTS: Final = {
    "ecg": (1, _WINDOW_LENGTH, 1),
    "beat": (1, BEAT_LENGTH),
    "rhythm": (1, len(astuple(_RR_SCALES)) + len(_RR_SHARE_EDGES) - 1 + 14),
}
"""Shape of each float32 tensor ``rhythm_inputs`` returns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RhythmEvidence:
    """What a person is shown beside a rhythm verdict; ``None`` where there were too few beats to tell."""

    window_s: float
    beat_count: int
    mean_heart_rate_per_min: float | None
    shortest_rr_ms: float | None
    longest_rr_ms: float | None
    rmssd_ms: float | None
    rr_coefficient_of_variation: float | None
    successive_differences_over_50_ms_share: float | None
    rr_sample_entropy: float | None
    p_wave_to_qrs_share: float | None
    p_wave_consistency: float | None
    beats_unlike_the_median_share: float | None
    qrs_width_ms: float | None
    median_beat_rate_hz: float
    median_beat_r_at_s: float
    median_beat_mv: tuple[float, ...]
    """At most 90 points, rounded to a microvolt; empty with fewer than three beats."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Window:
    """The window at the common rate, its beats and what was measured of them."""

    ecg_mv: NDArray[np.float64]
    r_peaks: NDArray[np.int64]
    rr_ms: NDArray[np.float64]
    irregularity: RrIrregularity | None
    shape: BeatShape | None


def rhythm_inputs(
    ecg_mv: NDArray[np.floating], rate_hz: float, r_peaks: NDArray[np.integer] | list[int]
) -> dict[str, NDArray[np.float32]]:
    """Return the model's tensors, shaped as ``RHYTHM_INPUTS`` says, of one window of at most 30 s.

    Parameters
    ----------
    ecg_mv
        ``(n,)`` samples in mV at ``rate_hz``; a shorter window is followed by zeros.
    rate_hz
        125 to 360 Hz.
    r_peaks
        Sample indices of the R peaks inside the window, rising.

    Raises
    ------
    ValidationError
        The window is shorter than 5 s, longer than 30 s, not finite, or a peak lies outside it.
    """
    window = _measure(ecg_mv, rate_hz, r_peaks)
    height_mv = window.shape.qrs_height_mv if window.shape else 4 * float(window.ecg_mv.std())
    scale = 1.0 / max(height_mv, 0.05)
    ecg = np.zeros(_WINDOW_LENGTH)
    ecg[: len(window.ecg_mv)] = np.clip(window.ecg_mv * scale, -_CLIPPED_AT, _CLIPPED_AT)
    beat = window.shape.median_mv * scale if window.shape else np.zeros(BEAT_LENGTH)
    rows = {"ecg": ecg, "beat": beat, "rhythm": _rhythm_row(window, ecg)}
    return {name: row.astype(np.float32).reshape(RHYTHM_INPUTS[name]) for name, row in rows.items()}


def rhythm_evidence(
    ecg_mv: NDArray[np.floating], rate_hz: float, r_peaks: NDArray[np.integer] | list[int]
) -> RhythmEvidence:
    """Name what the window shows, for the explanation; takes and raises what ``rhythm_inputs`` does."""
    window = _measure(ecg_mv, rate_hz, r_peaks)
    rr, shape = window.irregularity, window.shape
    return RhythmEvidence(
        window_s=round(len(window.ecg_mv) / COMMON_RATE_HZ, 2),
        beat_count=len(window.r_peaks),
        mean_heart_rate_per_min=round(60_000 / rr.mean_ms, 1) if rr else None,
        shortest_rr_ms=round(rr.shortest_ms, 1) if rr else None,
        longest_rr_ms=round(rr.longest_ms, 1) if rr else None,
        rmssd_ms=round(rr.rmssd_ms, 1) if rr else None,
        rr_coefficient_of_variation=round(rr.coefficient_of_variation, 3) if rr else None,
        successive_differences_over_50_ms_share=round(rr.share_over_50_ms, 3) if rr else None,
        rr_sample_entropy=round(rr.sample_entropy, 3) if rr else None,
        p_wave_to_qrs_share=round(shape.p_wave_share, 3) if shape else None,
        p_wave_consistency=round(shape.p_wave_consistency, 3) if shape else None,
        beats_unlike_the_median_share=round(shape.unlike_share, 3) if shape else None,
        qrs_width_ms=shape.qrs_width_ms if shape else None,
        median_beat_rate_hz=float(COMMON_RATE_HZ),
        median_beat_r_at_s=BEAT_BEFORE_R_S,
        median_beat_mv=tuple(round(float(point), 3) for point in shape.median_mv) if shape else (),
    )


def _measure(
    ecg_mv: NDArray[np.floating], rate_hz: float, r_peaks: NDArray[np.integer] | list[int]
) -> _Window:
    samples, peaks = np.asarray(ecg_mv, dtype=np.float64), np.asarray(r_peaks, dtype=np.int64)
    length_s = len(samples) / rate_hz
    if samples.ndim != 1 or not _SHORTEST_S <= length_s <= RHYTHM_WINDOW_S + _RATE_SLACK_S:
        raise ValidationError(
            f"a rhythm window holds {_SHORTEST_S:.0f} to {RHYTHM_WINDOW_S:.0f} s of one lead, "
            f"not {length_s:.2f} s: cut it"
        )
    if not np.isfinite(samples).all():
        raise ValidationError("a rhythm window must be finite: leave windows with a gap out")
    if len(peaks) and (peaks[0] < 0 or peaks[-1] >= len(samples) or (np.diff(peaks) <= 0).any()):
        raise ValidationError(
            "R peaks must rise and lie inside the window: subtract the window's start from them"
        )
    common = to_common_rate(samples, rate_hz)[:_WINDOW_LENGTH]
    at_common = np.minimum(np.round(peaks * COMMON_RATE_HZ / rate_hz).astype(np.int64), len(common) - 1)
    rr_ms = np.diff(peaks) * 1000.0 / rate_hz
    return _Window(
        ecg_mv=common,
        r_peaks=at_common,
        rr_ms=rr_ms,
        irregularity=rr_irregularity(rr_ms),
        shape=beat_shape(common, at_common),
    )


def _rhythm_row(window: _Window, ecg: NDArray[np.float64]) -> NDArray[np.float64]:
    """Features of regularity, of the differences' spread, of shape and of noise, in that order."""
    rr, shape = window.irregularity, window.shape
    regularity = (
        np.array(astuple(rr)) / np.array(astuple(_RR_SCALES)) if rr else np.zeros(len(astuple(_RR_SCALES)))
    )
    spread = np.zeros(len(_RR_SHARE_EDGES) - 1)
    if rr:
        differences = np.clip(np.diff(window.rr_ms) / rr.median_ms, -1.0, 4.9)
        spread = np.histogram(differences, _RR_SHARE_EDGES)[0] / len(differences)
    form = np.zeros(8)
    if shape:
        form = np.array(
            [
                np.log(max(shape.qrs_height_mv, 1e-3)),
                shape.qrs_height_variation,
                shape.qrs_width_ms / 100,
                4 * shape.p_wave_share,
                shape.p_wave_consistency,
                shape.likeness,
                shape.unlike_share,
                10 * shape.residue_share,
            ]
        )
    row = np.concatenate([regularity, spread, form, _noise_row(window, ecg)])
    clipped: NDArray[np.float64] = np.clip(row, -8.0, 8.0)
    return clipped


def _noise_row(window: _Window, ecg: NDArray[np.float64]) -> NDArray[np.float64]:
    """Beats a second, and shares of power in the bands of wander, T and f waves, QRS and muscle."""
    power = np.abs(np.fft.rfft(ecg[: len(window.ecg_mv)])) ** 2
    frequency_hz = np.arange(len(power)) * COMMON_RATE_HZ / len(window.ecg_mv)
    edges = np.searchsorted(frequency_hz, (0.3, 1.0, 4.0, 10.0, 20.0, 42.0))
    total = max(float(power.sum()), 1e-9)
    bands = [float(power[low:high].sum()) / total for low, high in pairwise(edges)]
    return np.array([len(window.r_peaks) * COMMON_RATE_HZ / len(window.ecg_mv), *bands])
