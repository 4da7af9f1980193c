"""Generated hearts: seeded, endless, with the rhythm they are asked for.

Each beat is a sum of Gaussians, as in McSharry et al., IEEE TBME 2003;50:289-294; sinus rhythm breathes
(respiratory sinus arrhythmia and a 0.1 Hz wave); in atrial fibrillation the P waves give way to f waves,
after Stridh and Sornmo, IEEE TBME 2001;48:105-111, and each RR interval is drawn anew: a refractory time
and a gamma-distributed wait.
"""

from collections import deque
from dataclasses import dataclass
from math import pi, sin, sqrt
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from firmware_sim.heart import HeartSegment
from firmware_sim.recordings import Beat

__all__ = ["AtrialFibrillation", "GeneratedHeart", "Rhythm", "Sinus"]


class Rhythm(Protocol):
    """How long until the next beat, and what the atria write meanwhile."""

    @property
    def p_wave(self) -> bool:
        """Whether a P wave precedes each beat."""
        ...

    @property
    def f_wave_mv(self) -> float:
        """Amplitude of the fibrillating atria, in mV."""
        ...

    def rr_s(self, at_s: float, rng: np.random.Generator) -> float:
        """Return the interval from the beat at `at_s` to the next, in seconds."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Sinus:
    """Sinus rhythm that breathes; amplitudes are of the RR interval."""

    rate_bpm: float = 64.0
    respiratory_ms: float = 35.0
    respiration_hz: float = 0.25
    slow_wave_ms: float = 25.0
    jitter_ms: float = 10.0
    p_wave: bool = True
    f_wave_mv: float = 0.0

    def rr_s(self, at_s: float, rng: np.random.Generator) -> float:
        """Return the next interval: the mean, shortened by breathing in, and a little chance."""
        swing_ms = self.respiratory_ms * sin(2 * pi * self.respiration_hz * at_s)
        swing_ms += self.slow_wave_ms * sin(2 * pi * _SLOW_WAVE_HZ * at_s)
        swing_ms += self.jitter_ms * rng.standard_normal()
        return max(_SHORTEST_RR_S, 60.0 / self.rate_bpm + swing_ms / 1000.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class AtrialFibrillation:
    """Irregularly irregular: each interval is independent of the last."""

    rate_bpm: float = 96.0
    irregularity: float = 0.22
    refractory_s: float = 0.34
    p_wave: bool = False
    f_wave_mv: float = 0.06

    def rr_s(self, at_s: float, rng: np.random.Generator) -> float:  # noqa: ARG002 - no memory of time
        """Return the next interval: the node's refractory time, then a wait for one impulse to pass."""
        mean_s = 60.0 / self.rate_bpm
        wait_s, spread_s = mean_s - self.refractory_s, self.irregularity * mean_s
        return self.refractory_s + float(rng.gamma((wait_s / spread_s) ** 2, spread_s**2 / wait_s))


class GeneratedHeart:
    """An endless ECG in a lead like II; `course` says which rhythm rules from which second on."""

    def __init__(self, course: dict[float, Rhythm], *, rate_hz: int, rng: np.random.Generator) -> None:
        self._course = sorted(course.items())
        self._rate_hz = rate_hz
        self._rr_rng, self._noise_rng = rng.spawn(2)
        self._beats: deque[_GeneratedBeat] = deque()
        self._next_beat_s = _FIRST_BEAT_S
        self._last_rr_s = 1.0
        self._position = 0

    @property
    def rate_hz(self) -> int:
        """Samples a second."""
        return self._rate_hz

    def read(self, count: int) -> HeartSegment:
        """Return the next samples; the same ones however they are asked for."""
        start, stop = self._position, self._position + count
        t_s = np.arange(start, stop) / self._rate_hz
        self._beat_until(stop / self._rate_hz + _WAVE_REACH_S)
        while self._beats and self._beats[0].at_s < start / self._rate_hz - _WAVE_REACH_S:
            self._beats.popleft()
        ecg_mv = self._atria_mv(t_s) + _breathing_mv(t_s)
        ecg_mv += _NOISE_MV * self._noise_rng.standard_normal(count)
        for beat in self._beats:
            reached = slice(*np.searchsorted(t_s, (beat.at_s - _WAVE_REACH_S, beat.at_s + _WAVE_REACH_S)))
            ecg_mv[reached] += beat.ecg_mv(t_s[reached])
        self._position = stop
        beats = (Beat(at_s=beat.at_s) for beat in self._beats)
        among = tuple(beat for beat in beats if start <= beat.sample(self._rate_hz) < stop)
        return HeartSegment(start=start, ecg_mv=ecg_mv, beats=among)

    def _beat_until(self, t_s: float) -> None:
        while self._next_beat_s <= t_s:
            at_s, rhythm = self._next_beat_s, self._rhythm_at(self._next_beat_s)
            self._beats.append(_GeneratedBeat(at_s=at_s, rr_before_s=self._last_rr_s, p_wave=rhythm.p_wave))
            self._last_rr_s = rhythm.rr_s(at_s, self._rr_rng)
            self._next_beat_s += self._last_rr_s

    def _rhythm_at(self, t_s: float) -> Rhythm:
        return [rhythm for from_s, rhythm in self._course if from_s <= max(t_s, self._course[0][0])][-1]

    def _atria_mv(self, t_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """F waves: a sawtooth near 6 Hz whose pace and size wander, only while the rhythm has them."""
        starts = [from_s for from_s, _ in self._course]
        amplitudes = np.array([rhythm.f_wave_mv for _, rhythm in self._course])
        ruling = np.maximum(np.searchsorted(starts, t_s, side="right") - 1, 0)
        size = 1.0 + 0.25 * np.sin(2 * pi * 0.13 * t_s)
        phase = 2 * pi * _F_WAVE_HZ * t_s + 1.5 * np.sin(2 * pi * 0.2 * t_s)
        sawtooth = sum(np.sin(k * phase) / k for k in (1, 2, 3))
        wave: NDArray[np.float64] = amplitudes[ruling] * size * sawtooth
        return wave


_SLOW_WAVE_HZ: Final = 0.1
_SHORTEST_RR_S: Final = 0.3
_FIRST_BEAT_S: Final = 0.4
_WAVE_REACH_S: Final = 1.0
_F_WAVE_HZ: Final = 6.1
_NOISE_MV: Final = 0.008
_BREATHING_MV: Final = 0.03
_BREATHING_HZ: Final = 0.25
_USUAL_RR_S: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wave:
    """One Gaussian of a beat: height, place after R and standard deviation, at an RR interval of 1 s."""

    height_mv: float
    after_r_s: float
    width_s: float


_P: Final = _Wave(height_mv=0.12, after_r_s=-0.16, width_s=0.022)
_QRS: Final = (
    _Wave(height_mv=-0.09, after_r_s=-0.026, width_s=0.009),
    _Wave(height_mv=1.1, after_r_s=0.0, width_s=0.011),
    _Wave(height_mv=-0.22, after_r_s=0.028, width_s=0.010),
)
_T: Final = _Wave(height_mv=0.27, after_r_s=0.30, width_s=0.045)


@dataclass(frozen=True, slots=True, kw_only=True)
class _GeneratedBeat:
    at_s: float
    rr_before_s: float
    p_wave: bool

    def ecg_mv(self, t_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the beat's share of the samples at `t_s`; a fast heart's T wave comes sooner (Bazett)."""
        after_r_s = t_s - self.at_s
        pace = sqrt(min(self.rr_before_s, _USUAL_RR_S) / _USUAL_RR_S)
        ecg_mv = _gaussian(after_r_s, _T, pace)
        for wave in (*_QRS, _P) if self.p_wave else _QRS:
            ecg_mv += _gaussian(after_r_s, wave, 1.0)
        return ecg_mv


def _gaussian(after_r_s: NDArray[np.float64], wave: _Wave, pace: float) -> NDArray[np.float64]:
    distance = (after_r_s - pace * wave.after_r_s) / (pace * wave.width_s)
    value: NDArray[np.float64] = wave.height_mv * np.exp(-0.5 * distance**2)
    return value


def _breathing_mv(t_s: NDArray[np.float64]) -> NDArray[np.float64]:
    drift: NDArray[np.float64] = _BREATHING_MV * np.sin(2 * pi * _BREATHING_HZ * t_s)
    return drift
