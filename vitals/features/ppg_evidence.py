"""How likely each pulse rate is by one window of pulse wave and acceleration.

Every rate from 30 to 230 a minute is a row of eleven figures: how strong the pulse wave, what is left of it
once all that goes with the acceleration is taken away, and the acceleration itself are at that rate, at twice
and at half of it. A weighted sum of them is the log-likelihood (a conditional logit, McFadden 1974). The
spectra after Temko (IEEE TBME 2017;64:2016-2024) and Zhang et al. (TROIKA, IEEE TBME 2015;62:522-531), the
subtraction by least squares over lags in place of their adaptive filters.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "EVIDENCE",
    "HOP_S",
    "RATES_PER_MIN",
    "WEIGHTS",
    "WINDOW_HZ",
    "WINDOW_LENGTH",
    "WINDOW_S",
    "EvidenceRow",
    "line_share",
    "log_likelihood",
    "pulse_evidence",
    "remaining_share",
]

WINDOW_S: Final = 8.0
HOP_S: Final = 2.0
"""Length and pace of the windows, as TROIKA's truth has them."""
WINDOW_HZ: Final = 25
WINDOW_LENGTH: Final = round(WINDOW_S * WINDOW_HZ)

RATES_PER_MIN: Final = np.arange(30, 231)
"""The rates that are told apart: what a heart does, from deep bradycardia to the fastest effort."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceRow:
    """One figure of a rate, and how much it weighs; the weights are fitted by ``models/ppg/train.py``."""

    name: str
    weight: float


EVIDENCE: Final = (
    EvidenceRow(name="pulse wave at the rate", weight=0.639),
    EvidenceRow(name="pulse wave at twice the rate", weight=0.227),
    EvidenceRow(name="pulse wave at half the rate", weight=0.006),
    EvidenceRow(name="remainder at the rate", weight=2.11),
    EvidenceRow(name="remainder at twice the rate", weight=0.379),
    EvidenceRow(name="remainder at half the rate", weight=0.005),
    EvidenceRow(name="acceleration at the rate", weight=-0.11),
    EvidenceRow(name="acceleration at twice the rate", weight=-0.021),
    EvidenceRow(name="acceleration at half the rate", weight=0.323),
    EvidenceRow(name="pulse wave over its surroundings", weight=0.358),
    EvidenceRow(name="remainder over its surroundings", weight=-1.78),
)
"""In the order of the figures ``pulse_evidence`` returns."""

WEIGHTS: Final = np.array([row.weight for row in EVIDENCE])

_BINS_PER_MIN: Final = np.arange(10, 480)
_NORMED: Final = slice(20, 291)
"""30 to 300 a minute: a spectrum is held against its mean there."""
_AT: Final = RATES_PER_MIN - _BINS_PER_MIN[0]
_AT_TWICE: Final = 2 * RATES_PER_MIN - _BINS_PER_MIN[0]
_AT_HALF: Final = np.rint(RATES_PER_MIN / 2).astype(int) - _BINS_PER_MIN[0]
_FLOOR: Final = 0.02
_LINE_PER_MIN: Final = 4
_BLUR_PER_MIN: Final = 10
"""How far the window's taper spreads a line, with the little that an even heart wanders in 8 s."""
_OVERTONES: Final = 4
_PULSATILE: Final = slice(20, None)
_SURROUNDINGS: Final = np.hanning(43)[1:-1] / np.hanning(43).sum()
"""20 a minute to either side, about what the window's length blurs a line to."""

_TAPER: Final = np.hanning(WINDOW_LENGTH + 2)[1:-1]
_FOURIER: Final = (
    np.exp(-2j * np.pi * np.outer(np.arange(WINDOW_LENGTH) / WINDOW_HZ, _BINS_PER_MIN / 60.0))
    * _TAPER[:, None]
)

_BREATH_HZ: Final = 0.8
"""Light swings with the breath, at times more than with the pulse: what is slower than 48 a minute counts
less and less, as after a Butterworth filter of the second order."""

_LAGS: Final = range(-3, 4)
"""Samples by which what a movement does to the light may lead or follow it, 0.12 s at the most."""
_RIDGE: Final = 3.0
_SENSOR_G: Final = 0.01
"""Noise of a wearable's accelerometer: below it there is no movement to speak of."""


def log_likelihood(
    ppg: NDArray[np.float64],
    acceleration_g: NDArray[np.float64] | None,
    weights: NDArray[np.float64] = WEIGHTS,
) -> NDArray[np.float64]:
    """Return the log-likelihood of each of ``RATES_PER_MIN``, up to a constant; takes what they do."""
    return np.asarray(pulse_evidence(ppg, acceleration_g) @ weights)


def pulse_evidence(
    ppg: NDArray[np.float64], acceleration_g: NDArray[np.float64] | None
) -> NDArray[np.float64]:
    """Return the figures of each rate, ``(201, 11)``, in the order of ``EVIDENCE``.

    Parameters
    ----------
    ppg
        ``(channels, 200)`` in any unit at 25 Hz, no channel without any movement in it.
    acceleration_g
        ``(3, 200)`` in g over the same time; ``None`` where nobody knows: then nothing is taken away.
    """
    wave = _scaled(ppg)
    pulse = remainder = _spectrum(wave)
    moved = np.zeros(len(_BINS_PER_MIN))
    if acceleration_g is not None:
        movement = _steady(acceleration_g)
        remainder = _spectrum(_without_movement(wave, movement))
        power = (np.abs(movement @ _FOURIER) ** 2).sum(axis=0)
        moved = power / (power[_NORMED].mean() + 3 * _SENSOR_G**2 * (_TAPER**2).sum())
    of_pulse, of_remainder, of_movement = (np.log(power + _FLOOR) for power in (pulse, remainder, moved))
    columns = [
        of_what[at] for of_what in (of_pulse, of_remainder, of_movement) for at in (_AT, _AT_TWICE, _AT_HALF)
    ]
    columns += [
        (of_what - _surroundings(power))[_AT]
        for of_what, power in ((of_pulse, pulse), (of_remainder, remainder))
    ]
    return np.stack(columns, axis=1)


def remaining_share(
    ppg: NDArray[np.float64], acceleration_g: NDArray[np.float64], rate_per_min: float
) -> float:
    """Return how much of the power at a rate is left once movement is taken away, in the best channel.

    Takes what ``pulse_evidence`` does. Next to nothing is left where the rate is that of the movement itself.
    """
    wave = _steady(ppg)
    around = np.abs(_BINS_PER_MIN - rate_per_min) <= _LINE_PER_MIN
    before, after = (
        (np.abs(channels @ _FOURIER[:, around]) ** 2).sum(axis=1)
        for channels in (wave, _without_movement(wave, _steady(acceleration_g)))
    )
    return float((after / np.maximum(before, np.finfo(np.float64).tiny)).max())


def line_share(ppg: NDArray[np.float64], rate_per_min: float) -> float:
    """Return how much of the light's power lies at a rate and its first overtones: little of uneven beats.

    ``ppg`` as ``pulse_evidence`` takes it.
    """
    power = _spectrum(_scaled(ppg))[_PULSATILE]
    overtones = rate_per_min * np.arange(1, _OVERTONES + 1)[:, None]
    on_line = (np.abs(_BINS_PER_MIN[_PULSATILE] - overtones) <= _BLUR_PER_MIN).any(axis=0)
    return float(power[on_line].sum() / max(float(power.sum()), np.finfo(np.float64).tiny))


def _scaled(ppg: NDArray[np.float64]) -> NDArray[np.float64]:
    wave = _steady(ppg)
    return np.asarray(wave / np.maximum(wave.std(axis=1, keepdims=True), np.finfo(np.float64).tiny))


def _steadying() -> NDArray[np.float64]:
    """Return what takes a window's drift away, polynomials up to the fifth degree, and softens breath."""
    drift = np.linalg.qr(np.vander(np.linspace(-1.0, 1.0, WINDOW_LENGTH), 6))[0]
    window = np.eye(WINDOW_LENGTH) - drift @ drift.T
    hz = np.fft.rfftfreq(WINDOW_LENGTH, 1 / WINDOW_HZ)
    gain = 1 / np.sqrt(1 + (_BREATH_HZ / np.maximum(hz, np.finfo(np.float64).eps)) ** 4)
    return np.asarray(np.fft.irfft(np.fft.rfft(window, axis=1) * gain, WINDOW_LENGTH, axis=1))


_STEADYING: Final = _steadying()


def _steady(samples: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(samples @ _STEADYING)


def _spectrum(channels: NDArray[np.float64]) -> NDArray[np.float64]:
    """Power at each bin over the mean, averaged over the channels."""
    power = np.abs(channels @ _FOURIER) ** 2
    normed = power / np.maximum(power[:, _NORMED].mean(axis=1, keepdims=True), np.finfo(np.float64).tiny)
    return np.asarray(normed.mean(axis=0))


def _surroundings(power: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.log(np.convolve(power, _SURROUNDINGS, mode="same") + _FLOOR)


def _without_movement(wave: NDArray[np.float64], movement: NDArray[np.float64]) -> NDArray[np.float64]:
    """Take away what a short filter makes of the three axes, fitted over the window by ridge regression."""
    lagged = np.concatenate([_shifted(movement, lag) for lag in _LAGS])
    weighed = lagged * _TAPER
    gram = weighed @ lagged.T
    ridge = _RIDGE * (1e-4 * WINDOW_LENGTH + 0.01 * float(np.trace(gram)) / len(gram))
    filters = np.linalg.solve(gram + ridge * np.eye(len(gram)), weighed @ wave.T)
    return np.asarray(wave - filters.T @ lagged)


def _shifted(samples: NDArray[np.float64], lag: int) -> NDArray[np.float64]:
    shifted = np.zeros_like(samples)
    if lag >= 0:
        shifted[:, : samples.shape[1] - lag] = samples[:, lag:]
    else:
        shifted[:, -lag:] = samples[:, :lag]
    return shifted
