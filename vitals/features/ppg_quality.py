"""Whether a window of pulse wave can be judged at all, and if not, why; one fault is one row."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vitals.features.ppg_evidence import WINDOW_HZ, WINDOW_LENGTH

__all__ = ["PulseDoubt", "fault_of"]


class PulseDoubt(StrEnum):
    """Why no pulse rate is told of a window."""

    NOT_FINITE = "not-finite"
    FLAT = "flat"
    SATURATED = "saturated"
    DISTURBED = "disturbed"
    """The light leapt: the sensor was put on, taken off or knocked."""
    POOR_CONTACT = "poor-contact"
    """It is noise rather than a pulse wave that comes back."""
    UNWATCHED = "unwatched"
    """No acceleration came with it: a stride could pass for a pulse, and nobody would know."""
    MOTION = "motion"
    """The pulse could not be told from the wearer's movement."""
    IRREGULAR = "irregular"
    """At rest, and the beats come too unevenly to have one rate."""
    UNSURE = "unsure"
    """Nothing is wrong with the signal, but no rate stands out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Window:
    raw: NDArray[np.float64]
    at_common_rate: NDArray[np.float64]


def _not_finite(window: _Window) -> float:
    return float(np.mean(~np.isfinite(window.raw)))


def _flat(window: _Window) -> float:
    """Share of steps from one sample to the next at which nothing moves."""
    return float(np.mean(np.diff(window.raw) == 0.0))


def _saturated(window: _Window) -> float:
    """Share of samples that stay on the largest or the smallest value for three samples or more."""
    at_rail = (window.raw == window.raw.max()) | (window.raw == window.raw.min())
    return float(np.mean(at_rail[:-2] & at_rail[1:-1] & at_rail[2:]))


def _leap(window: _Window) -> float:
    """Largest step over the middle one, at the common rate."""
    steps = np.abs(np.diff(window.at_common_rate))
    return float(steps.max() / max(float(np.median(steps)), np.finfo(np.float64).tiny))


def _noise(window: _Window) -> float:
    """Share of power above what a pulse wave has."""
    power = np.abs(np.fft.rfft(window.at_common_rate * _TAPER)) ** 2
    return float(
        power[_ABOVE_PULSE].sum() / max(float(power[_PULSE_AND_ABOVE].sum()), np.finfo(np.float64).tiny)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fault:
    """A measure of one fault, and from where on nothing can be judged."""

    doubt: PulseDoubt
    measure: Callable[[_Window], float]
    ruinous: float


_HZ: Final = np.fft.rfftfreq(WINDOW_LENGTH, 1 / WINDOW_HZ)
_PULSE_AND_ABOVE: Final = _HZ > 0.4  # noqa: PLR2004 - 24 a minute
_ABOVE_PULSE: Final = _HZ > 6.0  # noqa: PLR2004 - the third harmonic of 120 a minute
_TAPER: Final = np.hanning(WINDOW_LENGTH)

_FAULTS: Final = (
    _Fault(doubt=PulseDoubt.NOT_FINITE, measure=_not_finite, ruinous=1e-9),
    _Fault(doubt=PulseDoubt.FLAT, measure=_flat, ruinous=0.7),
    _Fault(doubt=PulseDoubt.SATURATED, measure=_saturated, ruinous=0.1),
    _Fault(doubt=PulseDoubt.DISTURBED, measure=_leap, ruinous=60.0),
    _Fault(doubt=PulseDoubt.POOR_CONTACT, measure=_noise, ruinous=0.18),
)
"""From the first that holds on nothing more is measured. In TROIKA the flat share is at most 0.21,
the saturated 0.01, the leap 23 and the noise 0.05; in white noise it is 0.2 to 0.6."""


def fault_of(raw: NDArray[np.float64], at_common_rate: NDArray[np.float64]) -> PulseDoubt | None:
    """Return what is wrong with a channel, ``(n,)`` as it came and ``(200,)`` at 25 Hz; ``None``: nothing."""
    window = _Window(raw=raw, at_common_rate=at_common_rate)
    return next((fault.doubt for fault in _FAULTS if fault.measure(window) >= fault.ruinous), None)
