"""Thirty seconds of one lead as the rhythm model takes it, and as a person is shown it."""

from dataclasses import astuple, dataclass, fields
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vitals.errors import ValidationError
from vitals.features.atrial import AtrialActivity, atrial_activity
from vitals.features.beat_forms import BEAT_FORMS, Beats, beat_forms, cut_beats
from vitals.features.beat_shape import BEAT_BEFORE_R_S, BeatShape, beat_shape
from vitals.features.resampling import COMMON_RATE_HZ, to_common_rate
from vitals.features.rr import RrIrregularity, rr_irregularity
from vitals.features.rr_pattern import RrPattern, rr_pattern
from vitals.features.strip_noise import StripNoise, strip_noise

__all__ = [
    "RHYTHM_FEATURES",
    "RHYTHM_FEATURE_VERSION",
    "RHYTHM_INPUTS",
    "RHYTHM_WINDOW_S",
    "RhythmEvidence",
    "rhythm_evidence",
    "rhythm_inputs",
]

RHYTHM_WINDOW_S: Final = 30.0
RHYTHM_FEATURE_VERSION: Final = 2
"""Rises with every change to what ``rhythm_inputs`` returns; a model states the version it was trained on."""

_WINDOW_LENGTH: Final = round(RHYTHM_WINDOW_S * COMMON_RATE_HZ)
_SHORTEST_S: Final = 5.0
_RATE_SLACK_S: Final = 0.05
_LARGEST: Final = 1e5
_RR_SHARE_EDGES: Final = np.array([-1.0, -0.3, -0.15, -0.08, -0.04, -0.02, 0.02, 0.04, 0.08, 0.15, 0.3, 5.0])

_STEP_NAMES: Final = tuple(f"steps_in_bin_{index}_share" for index in range(len(_RR_SHARE_EDGES) - 1))
_PARTS: Final = (
    ("rr", tuple(field.name for field in fields(RrIrregularity))),
    ("rr", _STEP_NAMES),
    ("rr", tuple(field.name for field in fields(RrPattern))),
    ("beats", BEAT_FORMS),
    ("atrial", tuple(field.name for field in fields(AtrialActivity))),
    ("strip", tuple(field.name for field in fields(StripNoise))),
)
RHYTHM_FEATURES: Final = tuple(f"{part}.{name}" for part, names in _PARTS for name in names)
"""Names of the row's columns; what cannot be measured for want of beats is 0."""

RHYTHM_INPUTS: Final = {"rhythm": (1, len(RHYTHM_FEATURES))}
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
    """Return the model's row, the columns of ``RHYTHM_FEATURES``, of one window of at most 30 s.

    Parameters
    ----------
    ecg_mv
        ``(n,)`` samples in mV at ``rate_hz``.
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
    beats = cut_beats(window.ecg_mv, window.r_peaks)
    row = np.concatenate([_rr_row(window), _beats_row(window, beats), _strip_row(window, beats)])
    return {"rhythm": np.clip(row, -_LARGEST, _LARGEST).astype(np.float32).reshape(RHYTHM_INPUTS["rhythm"])}


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


def _rr_row(window: _Window) -> NDArray[np.float64]:
    """Measures of regularity, the spread of the steps, and what both become without ectopic beats."""
    plain, pattern = window.irregularity, rr_pattern(window.rr_ms)
    if plain is None or pattern is None:
        return np.zeros(len(fields(RrIrregularity)) + len(_STEP_NAMES) + len(fields(RrPattern)))
    steps = np.clip(np.diff(window.rr_ms) / plain.median_ms, -1.0, 4.9)
    spread = np.histogram(steps, _RR_SHARE_EDGES)[0] / len(steps)
    return np.concatenate([astuple(plain), spread, astuple(pattern)])


def _beats_row(window: _Window, beats: Beats | None) -> NDArray[np.float64]:
    """Forms of the beats, and what lies beneath them."""
    if beats is None:
        return np.zeros(len(BEAT_FORMS) + len(fields(AtrialActivity)))
    forms = beat_forms(beats, window.rr_ms)
    atrial = atrial_activity(window.ecg_mv, beats)
    return np.array([*(forms[name] for name in BEAT_FORMS), *astuple(atrial)])


def _strip_row(window: _Window, beats: Beats | None) -> NDArray[np.float64]:
    height_mv = beats.height_mv if beats else 4 * float(window.ecg_mv.std())
    return np.array(astuple(strip_noise(window.ecg_mv, window.r_peaks, height_mv)))
