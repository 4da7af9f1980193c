"""A beating heart as a strap's electrodes meet it: with their noise, movement, and loose contact."""

from collections.abc import Callable
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from firmware_sim.heart import HeartSegment
from firmware_sim.motion_noise import MotionNoise
from firmware_sim.recordings import Beat
from firmware_sim.signals import seconds

__all__ = ["Beating", "WornHeart"]

OverTime = Callable[[NDArray[np.float64]], NDArray[np.float64]]


class Beating(Protocol):
    """A heart before anybody measures it: generated or recorded, the same beats at every sample rate."""

    @property
    def ends_s(self) -> float:
        """When it can beat no more, in seconds: infinity, or the end of a recording."""
        ...

    @property
    def qrs_mv(self) -> float:
        """Usual height of a QRS."""
        ...

    @property
    def is_recorded(self) -> bool:
        """Whether it brings the noise of real electrodes along."""
        ...

    def beats_between(self, from_s: float, to_s: float) -> tuple[Beat, ...]:
        """Return the beats from one second until another."""
        ...

    def ecg_mv(self, t_s: NDArray[np.float64], rate_hz: int) -> NDArray[np.float64]:
        """Return the ECG at each second of `(n,)`, which rise, fit to be sampled at `rate_hz`: mV."""
        ...


class WornHeart:
    """A `HeartSource`; `movement` says how much the wearer moves, `on_skin` whether electrodes touch."""

    def __init__(  # noqa: PLR0913 - one argument a part of what electrodes meet
        self,
        beating: Beating,
        *,
        rate_hz: int,
        rng: np.random.Generator,
        movement: OverTime = np.zeros_like,
        on_skin: OverTime = np.ones_like,
        noise: MotionNoise | None = None,
    ) -> None:
        self._beating = beating
        self._rate_hz = rate_hz
        self._rng = rng
        self._movement = movement
        self._on_skin = on_skin
        self._noise = noise
        self._position = 0

    @property
    def rate_hz(self) -> int:
        """Samples a second."""
        return self._rate_hz

    def read(self, count: int) -> HeartSegment:
        """Return the next samples; the same ones however they are asked for."""
        start = self._position
        left = self._beating.ends_s * self._rate_hz - start + _ROUNDING
        if left < count:
            count = max(0, int(left))
        if count == 0:
            return HeartSegment(start=start, ecg_mv=np.empty(0), beats=())
        self._position += count
        t_s = seconds(start, count, self._rate_hz)
        touching = self._on_skin(t_s) > 0.0
        return HeartSegment(
            start=start,
            ecg_mv=np.where(touching, self._ecg_mv(start, t_s), 0.0),
            beats=self._felt_beats(start, touching),
            contact=bool(touching.all()),
        )

    def _ecg_mv(self, start: int, t_s: NDArray[np.float64]) -> NDArray[np.float64]:
        ecg_mv = self._beating.ecg_mv(t_s, self._rate_hz)
        if not self._beating.is_recorded:
            ecg_mv += _ELECTRODE_MV * self._rng.standard_normal(len(t_s))
        if self._noise is not None and (movement := self._movement(t_s)).any():
            ecg_mv += self._noise.at_mv(start, self._rate_hz, movement)
        return ecg_mv

    def _felt_beats(self, start: int, touching: NDArray[np.bool_]) -> tuple[Beat, ...]:
        from_s, to_s = ((start + edge) / self._rate_hz for edge in (-1, len(touching) + 1))
        among = (beat for beat in self._beating.beats_between(from_s, to_s))
        placed = ((beat, beat.sample(self._rate_hz) - start) for beat in among)
        return tuple(beat for beat, place in placed if 0 <= place < len(touching) and touching[place])


_ELECTRODE_MV: Final = 0.008
_ROUNDING: Final = 1e-6
"""Of a sample: less than that is missing of the last one, and it is there."""
