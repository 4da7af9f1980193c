"""Whether a heart was silent between two beats, or only not heard: by what the signal does meanwhile.

A missed beat leaves a steep deflection; a loose electrode, a line that is flatter than any skin, or one that
swings back slowly from where it jumped. A P wave that no ventricle answers is slow and low, and counts for
silence.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from vitals.features.resampling import COMMON_RATE_HZ, to_common_rate

__all__ = ["Silence", "SilenceSigns", "silence_signs"]

_STEEP_S: Final = 0.08
_AFTER_R_S: Final = 0.5
"""The T wave is over by then, and is none of the silence."""
_BEFORE_R_S: Final = 0.08
_LEAST_S: Final = 0.4
_BEAT_HALF_S: Final = 0.06
_FEWEST_BEATS: Final = 3
_MOST_BEATS: Final = 8
_QUIET_SHARE: Final = 0.3
_FLAT_MV: Final = 0.01
_FLAT_S: Final = 0.5
_MOST_FLAT_SHARE: Final = 0.5
_MOST_SWING_SHARE: Final = 0.6
_HIGHEST_MV: Final = 20.0


class Silence(StrEnum):
    """What lies between two beats."""

    SILENT = "silent"
    NOT_SILENT = "not-silent"
    NO_CONTACT = "no-contact"


@dataclass(frozen=True, slots=True, kw_only=True)
class SilenceSigns:
    """What is measured of the time between two beats."""

    steepest_share: float
    """The steepest deflection in it over that of the beats around."""
    flat_share: float
    """Share of its half seconds in which the signal hardly moves, as no skin lets it."""
    swing_share: float
    """How far the signal swings in it, baseline and all, over the height of the beats around."""
    beat_height_mv: float
    """The height of the beats around; no heart is higher than 20 mV, whatever its unit was meant to be."""

    @property
    def verdict(self) -> Silence:
        """What they amount to."""
        is_odd = self.swing_share > _MOST_SWING_SHARE or self.beat_height_mv > _HIGHEST_MV
        if self.flat_share > _MOST_FLAT_SHARE or is_odd:
            return Silence.NO_CONTACT
        return Silence.SILENT if self.steepest_share < _QUIET_SHARE else Silence.NOT_SILENT


def silence_signs(
    ecg_mv: NDArray[np.floating], rate_hz: float, r_peaks: list[int], *, after: int, until: int
) -> SilenceSigns | None:
    """Measure ``(n,)`` mV from the beat at ``after`` up to ``until``, against the beats at ``r_peaks``.

    `None` where hardly anything is left of it, or with fewer than three beats to hold it against: one of
    them may be no beat.
    """
    wave = to_common_rate(ecg_mv, rate_hz)
    scale = COMMON_RATE_HZ / rate_hz
    length = round(_STEEP_S * COMMON_RATE_HZ)
    steepness = np.ptp(sliding_window_view(wave, length), axis=1)
    reach = round(_BEAT_HALF_S * COMMON_RATE_HZ)
    places = [round(peak * scale) for peak in r_peaks[-_MOST_BEATS:]]
    beats = [steepness[max(0, at - 2 * reach) : at + reach] for at in places]
    heights = [float(beat.max()) for beat in beats if len(beat)]
    first_s, last_s = after / rate_hz + _AFTER_R_S, until / rate_hz - _BEFORE_R_S
    between = steepness[round(first_s * COMMON_RATE_HZ) : round(last_s * COMMON_RATE_HZ) - length]
    if len(between) < _LEAST_S * COMMON_RATE_HZ or len(heights) < _FEWEST_BEATS:
        return None
    raw = np.asarray(ecg_mv[round(first_s * rate_hz) : round(last_s * rate_hz)], dtype=np.float64)
    height_mv = max(float(np.median(heights)), 1e-6)
    return SilenceSigns(
        steepest_share=float(between.max()) / height_mv,
        flat_share=_flat_share(raw, rate_hz),
        swing_share=float(np.ptp(raw)) / height_mv,
        beat_height_mv=height_mv,
    )


def _flat_share(raw_mv: NDArray[np.float64], rate_hz: float) -> float:
    length = round(_FLAT_S * rate_hz)
    rows = raw_mv[: len(raw_mv) // length * length].reshape(-1, length)
    return float(np.mean(np.ptp(rows, axis=1) < _FLAT_MV)) if len(rows) else 0.0
