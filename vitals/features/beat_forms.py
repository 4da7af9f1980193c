"""How the beats of a strip look: likeness, waves, widths, and whether those out of step differ.

A beat is 0.9 s at 100 Hz, R at 0.35 s (``beat_shape``). Likeness is the correlation with the strip's own
median beat, of the whole, of the QRS and of the P segment. After Teijeiro et al. and Zabihi et al.
(Computing in Cardiology 2017), who judged single-lead strips by such measures.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vitals.features.beat_shape import BEAT_LENGTH
from vitals.features.resampling import COMMON_RATE_HZ
from vitals.features.rr_pattern import out_of_step

__all__ = ["BEAT_FORMS", "Beats", "beat_forms", "cut_beats"]

_R: Final = 35
_QRS: Final = slice(_R - 8, _R + 9)
_WIDE_QRS: Final = slice(_R - 12, _R + 16)
_P: Final = slice(_R - 25, _R - 6)
_EARLY_P: Final = slice(_R - 34, _R - 6)
_T: Final = slice(_R + 12, _R + 45)
_ST: Final = slice(_R + 10, _R + 14)
_STEEP_PARTS: Final = {"width_third": 3, "width_sixth": 6, "width_tenth": 10}
_FEWEST_BEATS: Final = 3
_FEWEST_INTERVALS: Final = 3
_EARLY: Final = 0.88
_UNLIKE: Final = 0.8
_COMPENSATED: Final = 1.05

BEAT_FORMS: Final = (
    "log_height",
    "height_variation",
    "height_mad",
    "height_most",
    "height_least",
    "beat_likeness_mean",
    "beat_likeness_least",
    "beat_likeness_lower_tenth",
    "beat_likeness_lower_quarter",
    "beat_likeness_median",
    "qrs_likeness_mean",
    "qrs_likeness_least",
    "qrs_likeness_lower_tenth",
    "qrs_likeness_lower_quarter",
    "qrs_likeness_median",
    "p_likeness_mean",
    "p_likeness_least",
    "p_likeness_lower_tenth",
    "p_likeness_lower_quarter",
    "p_likeness_median",
    "t_likeness_mean",
    "t_likeness_least",
    "t_likeness_lower_tenth",
    "t_likeness_lower_quarter",
    "t_likeness_median",
    "unlike_share",
    "very_unlike_share",
    "unlike_qrs_share",
    "very_unlike_qrs_share",
    "p_like_share",
    "width_third",
    "width_sixth",
    "width_tenth",
    "slope",
    "r_height",
    "s_height",
    "q_height",
    "st_level",
    "t_height",
    "t_size",
    "t_area",
    "t_at",
    "p_height",
    "p_at",
    "p_top",
    "p_bottom",
    "p_span",
    "p_area",
    "early_p_at",
    "early_p_size",
    "p_over_rest",
    "t_over_rest",
    "qrs_over_rest",
    "p_place_mad",
    "p_place_std",
    "p_height_median",
    "p_height_variation",
    "p_height_lower_tenth",
    "residue_median",
    "residue_rms",
    "first_component_share",
    "second_component_share",
    "further_components_share",
    "first_of_rest_share",
    "second_form_share",
    "second_form_count",
    "width_median",
    "width_upper_tenth",
    "width_std",
    "early_unlike_count",
    "early_alike_count",
    "early_alike_paused_count",
    "timely_unlike_count",
    "early_qrs_likeness",
    "early_p_likeness",
    "timely_p_likeness",
    "early_extra_width",
    "early_height",
    "step_to_likeness",
    "earliest_step",
    "earliest_next_step",
    "earliest_qrs_likeness",
    "earliest_p_likeness",
    "earliest_extra_width",
    "t_at_share_of_rr",
)
"""Names of what ``beat_forms`` measures, in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beats:
    """The whole beats of a strip, ``(n, 90)`` mV at 100 Hz about zero; ``is_whole`` marks their R peaks."""

    is_whole: NDArray[np.bool_]
    at: NDArray[np.int64]
    beats_mv: NDArray[np.float64]
    median_mv: NDArray[np.float64]
    height_mv: float


def cut_beats(ecg_mv: NDArray[np.float64], r_peaks: NDArray[np.int64]) -> Beats | None:
    """Cut ``(n,)`` mV at 100 Hz about its R peaks; ``None`` with fewer than three whole beats."""
    is_whole = (r_peaks >= _R) & (r_peaks <= len(ecg_mv) - (BEAT_LENGTH - _R))
    at = r_peaks[is_whole]
    if len(at) < _FEWEST_BEATS:
        return None
    beats = ecg_mv[at[:, None] + np.arange(-_R, BEAT_LENGTH - _R)]
    beats = beats - np.median(beats, axis=1, keepdims=True)
    median = np.median(beats, axis=0)
    height_mv = max(float(np.ptp(median[_QRS])), 1e-3)
    return Beats(is_whole=is_whole, at=at, beats_mv=beats, median_mv=median, height_mv=height_mv)


def beat_forms(beats: Beats, rr_ms: NDArray[np.float64]) -> dict[str, float]:
    """Measure the beats; ``rr_ms`` are the intervals between all R peaks, whole beats or not.

    Heights are shares of the median QRS, places and widths hundredths of a second. The names are always the
    same, in the same order.
    """
    likeness = {
        "beat": _likeness(beats, slice(0, BEAT_LENGTH)),
        "qrs": _likeness(beats, _WIDE_QRS),
        "p": _likeness(beats, _P),
        "t": _likeness(beats, _T),
    }
    widths = _widths(beats)
    found = {
        **_heights(beats),
        **_alike(likeness),
        **_median_waves(beats),
        **_steadiness(beats),
        **_components(beats),
        **_second_form(beats, likeness["qrs"]),
        "width_median": np.median(widths),
        "width_upper_tenth": np.quantile(widths, 0.9),
        "width_std": widths.std(),
        **_out_of_step_beats(beats, rr_ms, likeness, widths),
    }
    return {name: float(value) for name, value in found.items()}


def _likeness(beats: Beats, part: slice) -> NDArray[np.float64]:
    return _correlations(beats.beats_mv[:, part], beats.median_mv[part])


def _correlations(rows: NDArray[np.float64], pattern: NDArray[np.float64]) -> NDArray[np.float64]:
    rows = rows - rows.mean(axis=1, keepdims=True)
    pattern = pattern - pattern.mean()
    return np.asarray(
        rows @ pattern / np.maximum(np.linalg.norm(rows, axis=1) * np.linalg.norm(pattern), 1e-9)
    )


def _heights(beats: Beats) -> dict[str, float]:
    heights = np.ptp(beats.beats_mv[:, _QRS], axis=1)
    return {
        "log_height": np.log(beats.height_mv),
        "height_variation": heights.std() / max(heights.mean(), 1e-6),
        "height_mad": np.median(np.abs(heights / max(np.median(heights), 1e-6) - 1)),
        "height_most": heights.max() / beats.height_mv,
        "height_least": heights.min() / beats.height_mv,
    }


def _alike(likeness: dict[str, NDArray[np.float64]]) -> dict[str, float]:
    found: dict[str, float] = {}
    for part, values in likeness.items():
        lowest, low, middle = np.quantile(values, (0.1, 0.25, 0.5))
        found |= {
            f"{part}_likeness_mean": values.mean(),
            f"{part}_likeness_least": values.min(),
            f"{part}_likeness_lower_tenth": lowest,
            f"{part}_likeness_lower_quarter": low,
            f"{part}_likeness_median": middle,
        }
    return {
        **found,
        "unlike_share": float(np.mean(likeness["beat"] < 0.8)),  # noqa: PLR2004 - as beat_shape has it
        "very_unlike_share": float(np.mean(likeness["beat"] < 0.6)),  # noqa: PLR2004 - another form altogether
        "unlike_qrs_share": float(np.mean(likeness["qrs"] < 0.8)),  # noqa: PLR2004 - likewise
        "very_unlike_qrs_share": float(np.mean(likeness["qrs"] < 0.6)),  # noqa: PLR2004 - likewise
        "p_like_share": float(np.mean(likeness["p"] > 0.5)),  # noqa: PLR2004 - more alike than not
    }


def _median_waves(beats: Beats) -> dict[str, float]:
    """Waves of the median beat: heights over the level before the QRS, and where they peak."""
    median = beats.median_mv / beats.height_mv
    level = np.median(median[_R - 8 : _R - 5])
    slope = np.abs(np.diff(median[_WIDE_QRS]))
    t_wave = median[_T] - level
    t_at = int(np.argmax(np.abs(t_wave)))
    p_wave = _above_its_ends(median[None, _P])[0]
    early_p = _above_its_ends(median[None, _EARLY_P])[0]
    p_at = int(np.argmax(np.abs(p_wave)))
    widths = {name: _extent(slope, slope.max() / part) for name, part in _STEEP_PARTS.items()}
    return {
        **widths,
        "slope": slope.max(),
        "r_height": median[_R - 2 : _R + 3].max(),
        "s_height": median[_R : _R + 10].min(),
        "q_height": median[_R - 8 : _R + 1].min(),
        "st_level": median[_ST].mean() - level,
        "t_height": t_wave[t_at],
        "t_size": abs(t_wave[t_at]),
        "t_area": t_wave.mean(),
        "t_at": t_at,
        "p_height": p_wave[p_at],
        "p_at": p_at,
        "p_top": p_wave.max(),
        "p_bottom": p_wave.min(),
        "p_span": np.ptp(median[_P]),
        "p_area": p_wave.mean(),
        "early_p_at": int(np.argmax(np.abs(early_p))),
        "early_p_size": np.abs(early_p).max(),
    }


def _extent(slope: NDArray[np.float64], least: float) -> int:
    steep = np.flatnonzero(slope >= least)
    return int(steep[-1] - steep[0] + 1)


def _above_its_ends(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each row over the line between its ends."""
    rise = np.linspace(0, 1, rows.shape[1])
    return np.asarray(rows - (rows[:, :1] + (rows[:, -1:] - rows[:, :1]) * rise))


def _steadiness(beats: Beats) -> dict[str, float]:
    """How far each wave stands out of what changes from beat to beat, and how its P waves wander."""
    p_rows = _above_its_ends(beats.beats_mv[:, _P])
    p_median = _above_its_ends(beats.median_mv[None, _P])[0]
    sign = 1.0 if p_median[int(np.argmax(np.abs(p_median)))] >= 0 else -1.0
    place, height = np.argmax(sign * p_rows, axis=1), (sign * p_rows).max(axis=1) / beats.height_mv
    return {
        **{
            f"{wave}_over_rest": _over_rest(beats, part)
            for wave, part in (("p", _P), ("t", _T), ("qrs", _QRS))
        },
        "p_place_mad": np.median(np.abs(place - np.median(place))),
        "p_place_std": place.std(),
        "p_height_median": np.median(height),
        "p_height_variation": height.std() / max(height.mean(), 1e-6),
        "p_height_lower_tenth": np.quantile(height, 0.1),
    }


def _over_rest(beats: Beats, part: slice) -> float:
    """Log of the span of the wave over the middle size of what is left of it in single beats."""
    rows = beats.beats_mv[:, part]
    rows = rows - rows.mean(axis=1, keepdims=True)
    wave = np.median(rows, axis=0)
    return float(np.log((np.ptp(wave) + 1e-4) / (np.median(np.abs(rows - wave)) + 1e-4)))


def _components(beats: Beats) -> dict[str, float]:
    """How much of the beats is common, and how much of the rest one further form explains."""
    rest = beats.beats_mv - beats.beats_mv.mean(axis=0)
    power = np.linalg.svd(rest, compute_uv=False) ** 2
    total = max(float((beats.beats_mv**2).sum()), 1e-9)
    return {
        "residue_median": np.median(np.abs(beats.beats_mv - beats.median_mv)) / beats.height_mv,
        "residue_rms": np.sqrt(np.mean((beats.beats_mv - beats.median_mv) ** 2)) / beats.height_mv,
        "first_component_share": power[0] / total,
        "second_component_share": power[1] / total,
        "further_components_share": power[2:].sum() / total,
        "first_of_rest_share": power[0] / max(power.sum(), 1e-9),
    }


def _second_form(beats: Beats, qrs_likeness: NDArray[np.float64]) -> dict[str, float]:
    """How many beats look more like the oddest one than like the median."""
    oddest = beats.beats_mv[int(np.argmin(qrs_likeness)), _WIDE_QRS]
    odd = _correlations(beats.beats_mv[:, _WIDE_QRS], oddest) > qrs_likeness
    return {"second_form_share": odd.mean(), "second_form_count": odd.sum()}


def _widths(beats: Beats) -> NDArray[np.float64]:
    """For how long each beat is at least a fifth as steep as at its steepest."""
    slope = np.abs(np.diff(beats.beats_mv[:, _R - 15 : _R + 21], axis=1))
    steep = slope >= slope.max(axis=1, keepdims=True) / 5
    width = steep.shape[1] - np.argmax(steep[:, ::-1], axis=1) - np.argmax(steep, axis=1)
    return np.asarray(width, dtype=np.float64)


def _out_of_step_beats(
    beats: Beats,
    rr_ms: NDArray[np.float64],
    likeness: dict[str, NDArray[np.float64]],
    widths: NDArray[np.float64],
) -> dict[str, float]:
    """Whether beats that come early look like the others, as atrial ones do, or not."""
    before, after = np.ones(len(beats.is_whole)), np.ones(len(beats.is_whole))
    if len(rr_ms) >= _FEWEST_INTERVALS:
        before[1:] = after[:-1] = out_of_step(rr_ms)
    before, after = before[beats.is_whole], after[beats.is_whole]
    early, unlike = before < _EARLY, likeness["qrs"] < _UNLIKE
    heights = np.ptp(beats.beats_mv[:, _QRS], axis=1) / beats.height_mv
    first = int(np.argmin(before))
    spread = before.std() * likeness["qrs"].std() + 1e-6
    qt_s = (t_at(beats) + _T.start - _R) / COMMON_RATE_HZ
    return {
        "early_unlike_count": (early & unlike).sum(),
        "early_alike_count": (early & ~unlike).sum(),
        "early_alike_paused_count": (early & ~unlike & (after > _COMPENSATED)).sum(),
        "timely_unlike_count": (~early & unlike).sum(),
        "early_qrs_likeness": _mean(likeness["qrs"], early, 1.0),
        "early_p_likeness": _mean(likeness["p"], early, 1.0),
        "timely_p_likeness": _mean(likeness["p"], ~early, 0.0),
        "early_extra_width": _mean(widths, early, float(np.median(widths))) - np.median(widths),
        "early_height": _mean(heights, early, 1.0),
        "step_to_likeness": np.mean((before - before.mean()) * (likeness["qrs"] - likeness["qrs"].mean()))
        / spread,
        "earliest_step": before[first],
        "earliest_next_step": after[first],
        "earliest_qrs_likeness": likeness["qrs"][first],
        "earliest_p_likeness": likeness["p"][first],
        "earliest_extra_width": widths[first] - np.median(widths),
        "t_at_share_of_rr": qt_s * 1000 / max(float(np.median(rr_ms)), 1.0) if len(rr_ms) else 0.0,
    }


def t_at(beats: Beats) -> int:
    """Where the median's T wave peaks, in hundredths of a second from 0.12 s after R."""
    return int(np.argmax(np.abs(beats.median_mv[_T] - np.median(beats.median_mv[_R - 8 : _R - 5]))))


def _mean(values: NDArray[np.float64], chosen: NDArray[np.bool_], otherwise: float) -> float:
    return float(values[chosen].mean()) if chosen.any() else otherwise
