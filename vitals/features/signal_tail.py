"""The last seconds of a sampled signal, read out at any rate: what windows over several are cut from."""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vitals.errors import ValidationError

__all__ = ["SignalTail"]

_PERIODS: Final = 2
"""Half length of the low-pass filter, in periods of its cut-off."""
_CUTOFF_SHARE: Final = 0.4
"""Of the rate read out: what lies above would come back as something slower."""
_SLACK: Final = 1e-6


class SignalTail:
    """Holds ``(channels, n)`` samples of one unbroken signal, in seconds of the clock that stamped them."""

    def __init__(self, *, channels: int, rate_hz: float, keep_s: float) -> None:
        self.rate_hz = rate_hz
        self._keep = round(keep_s * rate_hz)
        self._samples = np.empty((channels, 0))
        self._start_s: float | None = None

    @property
    def start_s(self) -> float:
        """When the oldest sample still held was taken; infinity before the first."""
        return np.inf if self._start_s is None else self._start_s

    @property
    def end_s(self) -> float:
        """When the sample after the last is due; minus infinity before the first."""
        if self._start_s is None:
            return -np.inf
        return self._start_s + self._samples.shape[1] / self.rate_hz

    def push(self, samples: NDArray[np.floating], at_s: float) -> None:
        """Take the next ``(channels, n)`` samples, the first of them taken at ``at_s``.

        Raises
        ------
        ValidationError
            They are not of as many channels.
        """
        if samples.ndim != 2 or len(samples) != len(self._samples):  # noqa: PLR2004 - channels and samples
            raise ValidationError(
                f"{len(self._samples)} channels are held here, not samples shaped {samples.shape}: "
                "give (channels, n)"
            )
        self._samples = np.concatenate([self._samples, samples], axis=1)[:, -self._keep :]
        end_s = at_s + samples.shape[1] / self.rate_hz
        self._start_s = end_s - self._samples.shape[1] / self.rate_hz

    def covers(self, from_s: float, to_s: float) -> bool:
        """Tell whether every sample from one moment to the other is held."""
        slack_s = (1.0 + _SLACK) / self.rate_hz
        return self.start_s <= from_s + slack_s and to_s <= self.end_s + slack_s

    def raw(self, from_s: float, to_s: float) -> NDArray[np.float64]:
        """Return the samples held between two moments, as they came: ``(channels, n)``."""
        first = max(0, round((from_s - self.start_s) * self.rate_hz))
        return self._samples[:, first : max(first, round((to_s - self.start_s) * self.rate_hz))]

    def at_rate(self, rate_hz: float, from_s: float, count: int) -> NDArray[np.float64]:
        """Return ``(channels, count)`` samples at ``rate_hz``, the first of them as of ``from_s``.

        What the new rate cannot hold is filtered out first; beyond an end the signal is mirrored.
        """
        cutoff = _CUTOFF_SHARE * rate_hz / self.rate_hz
        half = round(_PERIODS / cutoff) if cutoff < _CUTOFF_SHARE else 0
        first = max(0, math.floor((from_s - self.start_s) * self.rate_hz) - half)
        last = math.ceil((from_s + count / rate_hz - self.start_s) * self.rate_hz) + half
        filtered = _low_passed(self._samples[:, first:last], cutoff, half)
        held_s = self.start_s + (first + np.arange(filtered.shape[1])) / self.rate_hz
        wanted_s = from_s + np.arange(count) / rate_hz
        return np.stack([np.interp(wanted_s, held_s, channel) for channel in filtered])


def _low_passed(samples: NDArray[np.float64], cutoff: float, half: int) -> NDArray[np.float64]:
    """Keep what lies below ``cutoff`` cycles a sample, with a windowed sinc of ``half`` samples to a side."""
    if not 0 < half < samples.shape[1]:
        return samples
    place = np.arange(-half, half + 1)
    taps = np.sinc(2 * cutoff * place) * np.hamming(len(place))
    padded = np.pad(samples, ((0, 0), (half, half)), mode="reflect")
    return np.stack([np.convolve(channel, taps / taps.sum(), mode="valid") for channel in padded])
