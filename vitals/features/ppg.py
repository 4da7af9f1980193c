"""Pulse rate from light through skin, also while the wearer moves: every two seconds, or why there is none.

The same code judges recordings and runs on the gateway. Nothing looks ahead: what is told of a window rests
on it and on those before it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vitals.errors import ValidationError
from vitals.features.ppg_evidence import (
    HOP_S,
    WEIGHTS,
    WINDOW_HZ,
    WINDOW_LENGTH,
    WINDOW_S,
    line_share,
    log_likelihood,
    remaining_share,
)
from vitals.features.ppg_quality import PulseDoubt, fault_of
from vitals.features.ppg_tracker import PulseTracker, TrackedRate
from vitals.features.signal_tail import SignalTail

__all__ = ["LEAST_CONFIDENCE", "RATES_HZ", "PulseEstimate", "PulseMeter", "acceleration_tail"]

RATES_HZ: Final = (20.0, 1000.0)
"""Between which sampling rates a signal can be used."""
LEAST_CONFIDENCE: Final = 0.85
"""A rate is told if it is right, to 5 a minute, with at least this probability."""
_KEEP_S: Final = 30.0
"""More than a window, what a frame may hold, and what is waited for."""
_AT_ONCE_S: Final = 15.0
_PATIENCE_S: Final = 1.5
"""How long the acceleration of a window may come after its pulse wave."""
_LEAST_REMAINDER: Final = 0.02
"""Of the power at a rate: with less left without the movement, it is the movement's rate, pulse or not.

A true pulse hidden by a stride of its own rate is lost with it: one window in a hundred of TROIKA's."""
_LEAST_LINE: Final = 0.55
"""Of the light's power at rest on one rate and its overtones: hearts in sinus rhythm have 0.6 to 0.97 there,
simulated ones in recorded atrial fibrillation 0.2 to 0.7."""
_MOVING_G: Final = 0.05
"""Swing of the acceleration from which the wearer is said to move; at rest there is a fifth of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PulseEstimate:
    """What one window says: ``from_s`` to ``to_s`` on the wearable's clock.

    The rate is to be told if ``doubt`` is ``None``. ``confidence`` is how probable it is that the rate is
    right, to 5 a minute: if the wearer rests, where no acceleration was at hand (``motion_g`` is ``None``).
    """

    from_s: float
    to_s: float
    rate_per_min: float
    confidence: float
    doubt: PulseDoubt | None
    motion_g: float | None


class PulseMeter:
    """Follows the pulse through one unbroken stretch of ``channels`` of light at one rate."""

    def __init__(
        self,
        *,
        channels: int,
        rate_hz: float,
        weights: NDArray[np.float64] = WEIGHTS,
        is_known_to_rest: bool = False,
    ) -> None:
        """Begin a stretch; ``weights`` other than the usual are for judging them.

        ``is_known_to_rest``: somebody vouches that the wearer lies still, and acceleration is not needed.

        Raises
        ------
        ValidationError
            The sampling rate is outside ``RATES_HZ``.
        """
        self.rate_hz = rate_hz
        self._light = _tail(channels, rate_hz)
        self._weights = weights
        self._is_known_to_rest = is_known_to_rest
        self._tracker = PulseTracker()
        self._from_s: float | None = None

    def push(self, light: NDArray[np.floating], at_s: float) -> None:
        """Take the next ``(channels, n)`` samples, the first of them as of ``at_s``.

        Raises
        ------
        ValidationError
            They are more than 15 s, beyond what is held: a window would be lost.
        """
        if light.shape[-1] > _AT_ONCE_S * self.rate_hz:
            raise ValidationError(f"at most {_AT_ONCE_S:.0f} s of light are taken at once: give it in pieces")
        if self._from_s is None:
            self._from_s = at_s
        self._light.push(light, at_s)

    def estimates(self, acceleration: SignalTail | None) -> Iterator[PulseEstimate]:
        """Yield what can be said by now; acceleration that is only late is waited for a little.

        ``acceleration`` holds ``(3, n)`` in g, ``None`` if the wearable has none.
        """
        while self._from_s is not None and self._light.covers(self._from_s, self._from_s + WINDOW_S):
            to_s = self._from_s + WINDOW_S
            has_moved = acceleration is not None and acceleration.covers(self._from_s, to_s)
            is_late = acceleration is not None and self._light.end_s < to_s + _PATIENCE_S
            if not has_moved and is_late:
                return
            yield self._judge(self._from_s, acceleration if has_moved else None)
            self._from_s += HOP_S

    def _judge(self, from_s: float, acceleration: SignalTail | None) -> PulseEstimate:
        light = self._light.at_rate(WINDOW_HZ, from_s, WINDOW_LENGTH)
        raw = self._light.raw(from_s, from_s + WINDOW_S)
        faults = [fault_of(*channel) for channel in zip(raw, light, strict=True)]
        good = light[[fault is None for fault in faults]]
        movement = _usable(acceleration.at_rate(WINDOW_HZ, from_s, WINDOW_LENGTH)) if acceleration else None
        is_judged = len(good) > 0 and (movement is not None or self._is_known_to_rest)
        tracked = self._tracker.step(log_likelihood(good, movement, self._weights) if is_judged else None)
        return PulseEstimate(
            from_s=from_s,
            to_s=from_s + WINDOW_S,
            rate_per_min=tracked.rate_per_min,
            confidence=tracked.confidence if is_judged else 0.0,
            doubt=_doubt(tracked, good, movement) if is_judged else _unjudged(faults),
            motion_g=None if movement is None else _motion_g(movement),
        )


def acceleration_tail(rate_hz: float) -> SignalTail:
    """Return what holds a wearable's acceleration in g beside its light; raises as ``PulseMeter`` does."""
    return _tail(3, rate_hz)


def _tail(channels: int, rate_hz: float) -> SignalTail:
    lowest_hz, highest_hz = RATES_HZ
    if not lowest_hz <= rate_hz <= highest_hz:
        raise ValidationError(
            f"a pulse is not found at {rate_hz} samples a second: take {lowest_hz:.0f} to {highest_hz:.0f}"
        )
    return SignalTail(channels=channels, rate_hz=rate_hz, keep_s=_KEEP_S)


def _usable(acceleration_g: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """Return a living accelerometer's samples; one that never stirs by a digit is dead, or not there."""
    is_alive = np.isfinite(acceleration_g).all() and np.ptp(acceleration_g, axis=1).max() > 0.0
    return acceleration_g if is_alive else None


def _motion_g(movement: NDArray[np.float64]) -> float:
    return float(np.sqrt(movement.var(axis=1).sum()))


def _unjudged(faults: list[PulseDoubt | None]) -> PulseDoubt:
    """Return why nothing was looked for: every channel has a fault, or nobody knows how the wearer moves."""
    return PulseDoubt.UNWATCHED if None in faults else next(fault for fault in faults if fault)


def _doubt(
    tracked: TrackedRate, light: NDArray[np.float64], movement: NDArray[np.float64] | None
) -> PulseDoubt | None:
    """Return why a rate is not told: it is not sure, it is the movement's own, or there is no one rate."""
    is_sure = tracked.confidence >= LEAST_CONFIDENCE
    if movement is None or _motion_g(movement) < _MOVING_G:
        if not is_sure:
            return PulseDoubt.UNSURE
        is_even = line_share(light, tracked.rate_per_min) >= _LEAST_LINE
        return None if is_even else PulseDoubt.IRREGULAR
    is_hidden = remaining_share(light, movement, tracked.rate_per_min) < _LEAST_REMAINDER
    return None if is_sure and not is_hidden else PulseDoubt.MOTION
