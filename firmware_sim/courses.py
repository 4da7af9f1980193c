"""The course of every quantity of one wearer, by seed: rest, person, drift, time of day, meals and causes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import floor
from typing import Final

import numpy as np
from numpy.typing import NDArray

from firmware_sim.causes import Cause, Episode
from firmware_sim.couplings import COUPLINGS
from firmware_sim.drift import Drift
from firmware_sim.seeds import stream
from firmware_sim.vital_signs import QUANTITIES, Quantity

__all__ = ["Accumulated", "Courses"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rest:
    level: float
    drift_size: float
    drift: Drift
    daily_size: float
    daily_peak_h: float


class Courses:
    """Quantities at any second, in any order; worked out once a second and led over between.

    A `baseline` takes the place of rest, person and time of day; what is `steady` does not drift either.
    """

    def __init__(
        self,
        episodes: Sequence[Episode],
        *,
        seed: np.random.SeedSequence,
        start_hour: float,
        baselines: Mapping[Quantity, float],
        steady: frozenset[Quantity] = frozenset(),
    ) -> None:
        self._episodes: dict[Cause, list[Episode]] = {}
        for episode in episodes:
            self._episodes.setdefault(episode.cause, []).append(episode)
        self._start_hour = start_hour
        self._rests = {
            quantity: _at_rest(quantity, seed, baselines.get(quantity), steady=quantity in steady)
            for quantity in Quantity
        }
        self._block = lru_cache(maxsize=_BLOCKS_KEPT)(self._worked_out)

    def at(self, quantity: Quantity, at_s: float) -> float:
        """Return one quantity at one second."""
        at_s = max(at_s, 0.0)
        second = floor(at_s)
        index, place = divmod(second, _BLOCK_S)
        values = self._block(index)[quantity]
        return float(values[place] + (at_s - second) * (values[place + 1] - values[place]))

    def over(self, quantity: Quantity, t_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return one quantity at each second of `(n,)`, which rise."""
        first, last = (floor(max(float(end), 0.0)) // _BLOCK_S for end in (t_s[0], t_s[-1]))
        values = [self._block(index)[quantity][:-1] for index in range(first, last)]
        seconds = np.arange(first * _BLOCK_S, (last + 1) * _BLOCK_S + 1)
        courses: NDArray[np.float64] = np.interp(
            t_s, seconds, np.concatenate([*values, self._block(last)[quantity]])
        )
        return courses

    def cause(self, cause: Cause, t_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return how strong a cause is at each second of `(n,)`."""
        return self._felt(cause, t_s, 0.0)

    def _worked_out(self, index: int) -> dict[Quantity, NDArray[np.float64]]:
        t_s = np.arange(index * _BLOCK_S, (index + 1) * _BLOCK_S + 1, dtype=np.float64)
        hour = self._start_hour + t_s / _S_PER_HOUR
        values = {quantity: _undisturbed(rest, t_s, hour) for quantity, rest in self._rests.items()}
        values[Quantity.GLUCOSE] += _after_meals_mg_dl(hour)
        for coupling in COUPLINGS:
            if coupling.cause in self._episodes:
                felt = self._felt(coupling.cause, t_s, coupling.lag_s)
                values[coupling.quantity] += coupling.per_unit * felt
        for quantity, row in QUANTITIES.items():
            np.clip(values[quantity], row.lowest, row.highest, out=values[quantity])
        return values

    def _felt(self, cause: Cause, t_s: NDArray[np.float64], lag_s: float) -> NDArray[np.float64]:
        felt = np.zeros_like(t_s)
        for episode in self._episodes.get(cause, ()):
            felt += episode.felt(t_s, lag_s=lag_s)
        return felt


class Accumulated:
    """What a rate per second has added up to since the start: breaths, steps."""

    def __init__(self, rate_per_s: Callable[[NDArray[np.float64]], NDArray[np.float64]]) -> None:
        self._rate_per_s = rate_per_s
        self._at_block_starts = [0.0]
        self._within = lru_cache(maxsize=_BLOCKS_KEPT)(self._summed)

    def over(self, t_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the sum at each second of `(n,)`, which rise; before the start it runs backwards."""
        first, last = (floor(max(float(end), 0.0)) // _BLOCK_S for end in (t_s[0], t_s[-1]))
        sums = [self._before(index) + self._within(index) for index in range(first, last + 1)]
        seconds = np.arange(first * _BLOCK_S, (last + 1) * _BLOCK_S + 1)
        joined = np.concatenate([*(block[:-1] for block in sums[:-1]), sums[-1]])
        before_start = np.minimum(t_s, 0.0) * float(self._within(0)[1])
        added_up: NDArray[np.float64] = np.interp(t_s, seconds, joined) + before_start
        return added_up

    def at(self, at_s: float) -> float:
        """Return the sum at one second, from the start on."""
        second = floor(at_s)
        index, place = divmod(second, _BLOCK_S)
        block = self._within(index)
        share = (at_s - second) * (block[place + 1] - block[place])
        return self._before(index) + float(block[place] + share)

    def _before(self, index: int) -> float:
        while len(self._at_block_starts) <= index:
            block = self._within(len(self._at_block_starts) - 1)
            self._at_block_starts.append(self._at_block_starts[-1] + float(block[-1]))
        return self._at_block_starts[index]

    def _summed(self, index: int) -> NDArray[np.float64]:
        rates = self._rate_per_s(np.arange(index * _BLOCK_S, (index + 1) * _BLOCK_S + 1, dtype=np.float64))
        sums: NDArray[np.float64] = np.concatenate([[0.0], np.cumsum((rates[1:] + rates[:-1]) / 2.0)])
        return sums


_BLOCK_S: Final = 64
_BLOCKS_KEPT: Final = 16
_S_PER_HOUR: Final = 3600.0
_MEALS_H: Final = (7.5, 12.5, 18.5)
_MEAL_MG_DL: Final = 35.0
_MEAL_PEAK_H: Final = 0.8
"""Freckmann et al., J Diabetes Sci Technol 2007;1:695-703: 120 to 130 mg/dL after about 50 minutes."""


def _at_rest(
    quantity: Quantity, seed: np.random.SeedSequence, baseline: float | None, *, steady: bool
) -> _Rest:
    row, rng = QUANTITIES[quantity], stream(seed, quantity)
    drift, offset = Drift(rng, periods_s=row.drift_periods_s), row.person * rng.uniform(-1.0, 1.0)
    return _Rest(
        level=row.rest + offset if baseline is None else baseline,
        drift_size=0.0 if steady else row.drift,
        drift=drift,
        daily_size=row.daily if baseline is None else 0.0,
        daily_peak_h=row.daily_peak_h,
    )


def _undisturbed(rest: _Rest, t_s: NDArray[np.float64], hour: NDArray[np.float64]) -> NDArray[np.float64]:
    values = np.full_like(t_s, rest.level)
    if rest.drift_size:
        values += rest.drift_size * rest.drift.at(t_s)
    if rest.daily_size:
        values += rest.daily_size * np.cos(2.0 * np.pi * (hour - rest.daily_peak_h) / 24.0)
    return values


def _after_meals_mg_dl(hour: NDArray[np.float64]) -> NDArray[np.float64]:
    since_h = np.mod(np.subtract.outer(hour, np.array(_MEALS_H)), 24.0) / _MEAL_PEAK_H
    rise: NDArray[np.float64] = _MEAL_MG_DL * (since_h * np.exp(1.0 - since_h)).sum(axis=1)
    return rise
