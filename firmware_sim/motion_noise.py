"""What movement does to an ECG: real noise of electrodes and muscles, at a stated signal-to-noise ratio.

The ratio is that of Moody, Muldrow and Mark (A noise stress test for arrhythmia detectors, Computers in
Cardiology 1984;11:381-384): an eighth of the squared height of the QRS, over the noise's mean variance within
windows of one second.
"""

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from firmware_sim.excerpts import load_noise
from firmware_sim.recordings import resampled

__all__ = ["MotionNoise", "noise_power", "signal_power", "snr_db"]


def snr_db(movement: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the ratio at a movement between 0 and 1: 24 dB, hardly seen, down to 0 dB, hardly read.

    These are the bounds of the noise stress test's own records, 118e24 to 118e00.
    """
    ratio: NDArray[np.float64] = _STILL_DB - (_STILL_DB - _VIOLENT_DB) * np.clip(movement, 0.0, 1.0)
    return ratio


def signal_power(qrs_mv: float) -> float:
    """Return the power of an ECG whose QRS is that high, in mV^2."""
    return qrs_mv**2 / 8.0


def noise_power(noise_mv: NDArray[np.float64], rate_hz: int) -> float:
    """Return the power of `(n,)` samples of noise, in mV^2."""
    windows = noise_mv[: len(noise_mv) // rate_hz * rate_hz].reshape(-1, rate_hz)
    return float(windows.var(axis=1).mean())


class MotionNoise:
    """The noise of one wearer's electrodes, as loud beside a QRS of `qrs_mv` as movement makes it."""

    def __init__(self, *, qrs_mv: float, rng: np.random.Generator) -> None:
        self._full_mv = float(np.sqrt(signal_power(qrs_mv)))
        self._offset = float(rng.uniform())

    def at_mv(self, start: int, rate_hz: int, movement: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the noise of the samples from index `start` on, given how much the wearer moves at each."""
        noise = _unit_noise(rate_hz)
        index = start + round(self._offset * len(noise)) + np.arange(len(movement))
        gain = 10.0 ** (-snr_db(movement) / 20.0) * np.clip(movement / _STILL - 1.0, 0.0, 1.0)
        scaled: NDArray[np.float64] = self._full_mv * gain * noise[index % len(noise)]
        return scaled


_STILL_DB: Final = 24.0
_VIOLENT_DB: Final = 0.0
_STILL: Final = 0.06
"""Up to this movement electrodes lie still; at twice as much their noise has set in."""
_SEAM_S: Final = 1.0
_NOISES: Final = ("electrode-motion", "muscle")


@lru_cache(maxsize=8)
def _unit_noise(rate_hz: int) -> NDArray[np.float64]:
    """Return both noises in equal parts, of power 1, that can be played in a circle."""
    parts = [_circle(resampled(*load_noise(name), rate_hz), rate_hz) for name in _NOISES]
    length = min(map(len, parts))
    mixed = sum(part[:length] / np.sqrt(noise_power(part, rate_hz)) for part in parts)
    noise: NDArray[np.float64] = mixed / np.sqrt(noise_power(mixed, rate_hz))
    return noise


def _circle(noise: NDArray[np.float64], rate_hz: int) -> NDArray[np.float64]:
    """Lead the end over into the beginning."""
    length = round(_SEAM_S * rate_hz)
    weight = np.linspace(0.0, 1.0, length, endpoint=False)
    joined = np.sqrt(1.0 - weight) * noise[-length:] + np.sqrt(weight) * noise[:length]
    return np.concatenate([noise[length:-length], joined])
