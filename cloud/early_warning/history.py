"""What one patient's stored series tell, summed up where they lie."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cloud.early_warning.local_time import LocalTime
from cloud.early_warning.quantities import QUANTITIES, Quantity
from cloud.ports import Point, RollupQuery, RollupReader, SeriesReader
from vitals.features.deterioration import WINDOW_HOURS
from vitals.scores.night_signal import NIGHT_HOURS, night_mean
from vitals.scores.tables import Measured

__all__ = ["HOUR_MS", "History", "NightRead"]

HOUR_MS: Final = 3_600_000
_MINUTE_MS: Final = 60_000
_LAST_MS: Final = 5 * _MINUTE_MS
"""A newest value is the mean of so long up to it: one wild reading of a wearable is no vital sign."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NightRead:
    """Mean resting heart rate of one night in /min, and whether anything counted steps in it."""

    date: date
    mean: int
    knows_steps: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Reads one patient's history."""

    series: SeriesReader
    rollups: RollupReader
    local: LocalTime

    def hours(self, patient_id: str, now_ms: int) -> dict[str, NDArray[np.float64]]:
        """Return by quantity the means of the last 48 hours, oldest first, NaN where there is none."""
        from_ms = now_ms - WINDOW_HOURS * HOUR_MS
        return {each.key: self._hours(patient_id, each, from_ms) for each in QUANTITIES}

    def last(
        self, patient_id: str, hours: Mapping[str, NDArray[np.float64]], now_ms: int
    ) -> dict[str, Measured]:
        """Return by quantity what was measured last, as far as it can be judged."""
        newest = self.series.latest(patient_id)
        found = {
            each.key: self._last(patient_id, each, newest) or _of_hours(hours[each.key], now_ms)
            for each in QUANTITIES
        }
        return {
            key: Measured(value=value, age_ms=max(0, now_ms - t_ms))
            for key, (t_ms, value) in ((key, read) for key, read in found.items() if read is not None)
        }

    def by_hour(self, patient_id: str, quantity: Quantity, from_ms: int, to_ms: int) -> dict[int, float]:
        """Return the means of whole hours by their beginning; what its best kind has goes first."""
        best: dict[int, float] = {}
        for kind in reversed(quantity.kinds):
            best |= self._means(patient_id, kind, (from_ms - from_ms % HOUR_MS, to_ms), HOUR_MS)
        return dict(sorted(best.items()))

    def nights(self, patient_id: str, dates: Iterable[date]) -> list[NightRead]:
        """Return those of the nights in which a heart rate was measured at rest."""
        found = (self._night(patient_id, each) for each in dates)
        return [night for night in found if night is not None]

    def last_night(self, now_ms: int) -> date:
        """Return the date of the newest night that is over."""
        now = self.local.at(now_ms)
        return now.date() if now.hour >= NIGHT_HOURS[1] else now.date() - timedelta(days=1)

    def _hours(self, patient_id: str, quantity: Quantity, from_ms: int) -> NDArray[np.float64]:
        row = np.full(WINDOW_HOURS, np.nan)
        span = (from_ms, from_ms + WINDOW_HOURS * HOUR_MS)
        for kind in reversed(quantity.kinds):
            for at_ms, mean in self._means(patient_id, kind, span, HOUR_MS).items():
                row[(at_ms - from_ms) // HOUR_MS] = mean
        return row

    def _last(
        self, patient_id: str, quantity: Quantity, newest: Mapping[str, Point]
    ) -> tuple[int, float] | None:
        found = []
        for kind in quantity.kinds:
            if kind in newest:
                until_ms = newest[kind].t_ms + 1
                means = self._means(patient_id, kind, (until_ms - _LAST_MS, until_ms), _LAST_MS)
                found += [(until_ms - 1, mean) for mean in means.values()]
        return max(found, key=lambda read: read[0], default=None)

    def _night(self, patient_id: str, day: date) -> NightRead | None:
        span = (self.local.ms(day, NIGHT_HOURS[0]), self.local.ms(day, NIGHT_HOURS[1]))
        steps = self._means(patient_id, "step_cadence", span, _MINUTE_MS)
        rates = self._means(patient_id, "heart_rate", span, _MINUTE_MS)
        mean = night_mean(rate for at_ms, rate in rates.items() if steps.get(at_ms, 0) <= 0)
        return None if mean is None else NightRead(date=day, mean=mean, knows_steps=bool(steps))

    def _means(self, patient_id: str, kind: str, span: tuple[int, int], every_ms: int) -> dict[int, float]:
        query = RollupQuery(kind=kind, from_ms=span[0], to_ms=span[1], every_ms=every_ms)
        found = self.rollups.rollups(patient_id, query)
        return dict(zip(found.from_ms.tolist(), found.mean.tolist(), strict=True))


def _of_hours(hours: NDArray[np.float64], now_ms: int) -> tuple[int, float] | None:
    """Return the newest hour that has a mean, dated at its beginning."""
    measured = np.flatnonzero(np.isfinite(hours))
    if not len(measured):
        return None
    return now_ms - (WINDOW_HOURS - int(measured[-1])) * HOUR_MS, float(hours[measured[-1]])
