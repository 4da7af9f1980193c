"""Rhythms: when a heart beats next, given how it is driven, and what kind of beat that is.

The body sets the pace; the rhythm follows it, scatters about it or, in ventricular tachycardia, ignores it.
Sinus rhythm breathes (respiratory sinus arrhythmia and a wave near 0.1 Hz); in atrial fibrillation each
interval is drawn anew: a refractory time and a gamma-distributed wait. Symbols are WFDB's: N, and V for a
beat from a ventricle.
"""

from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from firmware_sim.recordings import Beat

__all__ = [
    "AtrialFibrillation",
    "Drive",
    "Rhythm",
    "Sinus",
    "Standstill",
    "Tone",
    "VentricularTachycardia",
    "WithEctopicBeats",
    "WithPauses",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tone:
    """What nerves tell the heart now; breath and slow wave lie between -1 and 1, variability is 1 at rest."""

    rate_bpm: float
    breath: float
    slow_wave: float
    variability: float = 1.0


class Drive(Protocol):
    """The body as the heart feels it."""

    def tone(self, at_s: float) -> Tone:
        """Return what nerves say at one second."""
        ...

    def breath(self, t_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return how full the lungs are at each second of `(n,)`, from -1 to 1."""
        ...


class Rhythm(Protocol):
    """How long until the next beat and which kind it is, and what the atria write meanwhile."""

    @property
    def p_wave(self) -> bool:
        """Whether a P wave precedes each beat from above."""
        ...

    @property
    def f_wave_mv(self) -> float:
        """Amplitude of the fibrillating atria, in mV."""
        ...

    def next_beat(self, last: Beat, tone: Tone, rng: np.random.Generator) -> Beat:
        """Return the beat after the last."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Sinus:
    """Sinus rhythm that breathes; amplitudes are of the RR interval of an adult at rest.

    A faster heart varies less, in step with the square of its interval (Monfredi et al., Hypertension
    2014;64:1334-1343).
    """

    respiratory_ms: float = 35.0
    slow_wave_ms: float = 25.0
    jitter_ms: float = 10.0
    p_wave: bool = True
    f_wave_mv: float = 0.0

    def next_beat(self, last: Beat, tone: Tone, rng: np.random.Generator) -> Beat:
        """Return a beat after the mean interval, shortened by breathing in, and a little chance."""
        mean_s = 60.0 / tone.rate_bpm
        swing_ms = self.slow_wave_ms * tone.slow_wave - self.respiratory_ms * tone.breath
        swing_ms += self.jitter_ms * rng.standard_normal()
        swing_ms *= tone.variability * min((mean_s / _RESTING_RR_S) ** 2, _MOST_VARIABLE)
        interval_s = max(_SHORTEST_RR_S, mean_s + swing_ms / 1000.0)
        return Beat(at_s=last.at_s + interval_s * (_AFTER_V if last.symbol == "V" else 1.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class AtrialFibrillation:
    """Irregularly irregular: each interval is independent of the last."""

    irregularity: float = 0.22
    refractory_s: float = 0.34
    p_wave: bool = False
    f_wave_mv: float = 0.06

    def next_beat(self, last: Beat, tone: Tone, rng: np.random.Generator) -> Beat:
        """Return a beat after the node's refractory time and a wait for one impulse to pass."""
        mean_s = 60.0 / tone.rate_bpm
        refractory_s = min(self.refractory_s, _REFRACTORY_SHARE * mean_s)
        wait_s, spread_s = mean_s - refractory_s, self.irregularity * mean_s
        interval_s = refractory_s + float(rng.gamma((wait_s / spread_s) ** 2, spread_s**2 / wait_s))
        return Beat(at_s=last.at_s + interval_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class VentricularTachycardia:
    """A circuit within a ventricle: wide beats, all but regular, whatever the nerves say."""

    rate_bpm: float = 170.0
    jitter_ms: float = 6.0
    p_wave: bool = False
    f_wave_mv: float = 0.0

    def next_beat(self, last: Beat, tone: Tone, rng: np.random.Generator) -> Beat:  # noqa: ARG002 - heeds no nerve
        """Return a beat after the circuit's own time."""
        interval_s = 60.0 / self.rate_bpm + self.jitter_ms / 1000.0 * rng.standard_normal()
        return Beat(at_s=last.at_s + interval_s, symbol="V")


@dataclass(frozen=True, slots=True, kw_only=True)
class Standstill:
    """No ventricle beats for `lasts_s`: the heart stands still, or quivers in waves of `f_wave_mv`."""

    lasts_s: float
    p_wave: bool = False
    f_wave_mv: float = 0.0

    def next_beat(self, last: Beat, tone: Tone, rng: np.random.Generator) -> Beat:  # noqa: ARG002 - nothing moves it
        """Return the beat with which it is over."""
        return Beat(at_s=last.at_s + self.lasts_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class WithEctopicBeats:
    """Another rhythm in which now and then a ventricle beats too early; a longer interval makes up for it."""

    rhythm: Rhythm
    share: float = 0.05
    prematurity: float = 0.65

    @property
    def p_wave(self) -> bool:
        """Return what the rhythm beneath has."""
        return self.rhythm.p_wave

    @property
    def f_wave_mv(self) -> float:
        """Return what the rhythm beneath has."""
        return self.rhythm.f_wave_mv

    def next_beat(self, last: Beat, tone: Tone, rng: np.random.Generator) -> Beat:
        """Return the other rhythm's beat, or a ventricle's in its stead."""
        beat = self.rhythm.next_beat(last, tone, rng)
        if rng.random() >= self.share or last.symbol == "V":
            return beat
        return Beat(at_s=last.at_s + self.prematurity * (beat.at_s - last.at_s), symbol="V")


@dataclass(frozen=True, slots=True, kw_only=True)
class WithPauses:
    """Another rhythm that now and then falls silent for `pause_s`."""

    rhythm: Rhythm
    pause_s: float = 3.6
    share: float = 0.02

    @property
    def p_wave(self) -> bool:
        """Return what the rhythm beneath has."""
        return self.rhythm.p_wave

    @property
    def f_wave_mv(self) -> float:
        """Return what the rhythm beneath has."""
        return self.rhythm.f_wave_mv

    def next_beat(self, last: Beat, tone: Tone, rng: np.random.Generator) -> Beat:
        """Return the other rhythm's beat, or one after a pause."""
        beat = self.rhythm.next_beat(last, tone, rng)
        if rng.random() >= self.share:
            return beat
        return Beat(at_s=max(beat.at_s, last.at_s + self.pause_s), symbol=beat.symbol)


_RESTING_RR_S: Final = 60.0 / 64.0
_SHORTEST_RR_S: Final = 0.28
_MOST_VARIABLE: Final = 1.6
_REFRACTORY_SHARE: Final = 0.7
_AFTER_V: Final = 1.35
"""An ectopic beat finds the sinus node's next impulse spent; with a prematurity of 0.65 they make up two."""
