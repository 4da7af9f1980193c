"""A generated heart: it beats in the rhythm of the moment at the pace the body asks for."""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from math import inf
from typing import Final

import numpy as np
from numpy.typing import NDArray

from firmware_sim.ecg_waves import AFTER_R_S, BEFORE_R_S, QRS_MV, BeatShape, f_waves_mv
from firmware_sim.recordings import Beat
from firmware_sim.rhythms import Drive, Rhythm

__all__ = ["GeneratedBeating"]


class GeneratedBeating:
    """Beats for ever; `course` says which rhythm rules from which second on."""

    ends_s = inf
    qrs_mv = QRS_MV
    is_recorded = False

    def __init__(self, course: Mapping[float, Rhythm], *, drive: Drive, rng: np.random.Generator) -> None:
        self._starts, self._rhythms = zip(*sorted(course.items()), strict=True)
        self._f_waves_mv = np.array([rhythm.f_wave_mv for rhythm in self._rhythms])
        self._drive = drive
        self._rng = rng
        self._at_s: list[float] = []
        self._shapes: list[BeatShape] = []
        self._add(Beat(at_s=_FIRST_BEAT_S), rr_before_s=1.0)

    def beats_between(self, from_s: float, to_s: float) -> tuple[Beat, ...]:
        """Return the beats from one second until another."""
        return tuple(shape.beat for shape in self._between(from_s, to_s))

    def ecg_mv(self, t_s: NDArray[np.float64], rate_hz: int) -> NDArray[np.float64]:  # noqa: ARG002 - any rate is fine
        """Return the ECG at each second of `(n,)`, which rise: mV, without noise."""
        breath = self._drive.breath(t_s)
        ecg_mv = np.zeros_like(t_s)
        for shape in self._between(float(t_s[0]) - AFTER_R_S, float(t_s[-1]) + BEFORE_R_S):
            at_s = shape.beat.at_s
            reached = slice(*np.searchsorted(t_s, (at_s - BEFORE_R_S, at_s + AFTER_R_S)))
            ecg_mv[reached] += shape.ecg_mv(t_s[reached])
        ecg_mv *= 1.0 - _BREATH_SHARE * breath
        ecg_mv += _BREATH_MV * breath
        if self._f_waves_mv.any():
            ruling = np.searchsorted(self._starts, t_s, side="right") - 1
            ecg_mv += self._f_waves_mv[np.maximum(ruling, 0)] * f_waves_mv(t_s)
        return ecg_mv

    def _between(self, from_s: float, to_s: float) -> list[BeatShape]:
        while self._at_s[-1] < to_s:
            last = self._shapes[-1].beat
            beat = self._rhythm_at(last.at_s).next_beat(last, self._drive.tone(last.at_s), self._rng)
            self._add(beat, rr_before_s=beat.at_s - last.at_s)
        return self._shapes[bisect_left(self._at_s, from_s) : bisect_left(self._at_s, to_s)]

    def _add(self, beat: Beat, *, rr_before_s: float) -> None:
        p_wave = beat.symbol == "N" and self._rhythm_at(beat.at_s).p_wave
        self._at_s.append(beat.at_s)
        self._shapes.append(BeatShape(beat=beat, rr_before_s=rr_before_s, p_wave=p_wave))

    def _rhythm_at(self, at_s: float) -> Rhythm:
        rhythm: Rhythm = self._rhythms[max(bisect_right(self._starts, at_s), 1) - 1]
        return rhythm


_FIRST_BEAT_S: Final = 0.4
_BREATH_SHARE: Final = 0.04
"""The heart turns and the chest fills: Bailon et al., IEEE TBME 2006;53:1273-1285."""
_BREATH_MV: Final = 0.03
