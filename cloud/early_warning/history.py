"""What one patient's stored series tell, read as means where they lie."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cloud.early_warning.local_time import LocalTime
from cloud.early_warning.quantities import QUANTITIES, Quantity
from cloud.ports import Mean, MeansQuery, MeansReader, Point, SeriesReader
from vitals.features.deterioration import WINDOW_HOURS
from vitals.kinds import OBSERVATION_KINDS
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
    means: MeansReader
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

    def by_hour(self, patient_id: str, quantity: Quantity, from_ms: int, to_ms: int) -> list[Mean]:
        """Return the means of whole hours; what its best kind has goes before the others."""
        best: dict[int, Mean] = {}
        for kind in reversed(quantity.kinds):
            asked = _asked(kind, from_ms - from_ms % HOUR_MS, to_ms, HOUR_MS)
            best |= {mean.from_ms: mean for mean in self.means.means(patient_id, asked)}
        return [best[from_ms] for from_ms in sorted(best)]

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
        for kind in reversed(quantity.kinds):
            asked = _asked(kind, from_ms, from_ms + WINDOW_HOURS * HOUR_MS, HOUR_MS)
            for mean in self.means.means(patient_id, asked):
                row[(mean.from_ms - from_ms) // HOUR_MS] = mean.value
        return row

    def _last(
        self, patient_id: str, quantity: Quantity, newest: Mapping[str, Point]
    ) -> tuple[int, float] | None:
        found = []
        for kind in quantity.kinds:
            if kind in newest:
                until_ms = newest[kind].t_ms + 1
                means = self.means.means(patient_id, _asked(kind, until_ms - _LAST_MS, until_ms, _LAST_MS))
                found += [(until_ms - 1, mean.value) for mean in means]
        return max(found, key=lambda read: read[0], default=None)

    def _night(self, patient_id: str, day: date) -> NightRead | None:
        from_ms, to_ms = (self.local.ms(day, hour) for hour in NIGHT_HOURS)
        steps = self.means.means(patient_id, _asked("step_cadence", from_ms, to_ms, _MINUTE_MS))
        walked = {mean.from_ms for mean in steps if mean.value > 0}
        rates = self.means.means(patient_id, _asked("heart_rate", from_ms, to_ms, _MINUTE_MS))
        mean = night_mean(rate.value for rate in rates if rate.from_ms not in walked)
        return None if mean is None else NightRead(date=day, mean=mean, knows_steps=bool(steps))


def _asked(kind: str, from_ms: int, to_ms: int, every_ms: int) -> MeansQuery:
    within = OBSERVATION_KINDS[kind].plausible
    return MeansQuery(kind=kind, from_ms=from_ms, to_ms=to_ms, every_ms=every_ms, within=within)


def _of_hours(hours: NDArray[np.float64], now_ms: int) -> tuple[int, float] | None:
    """Return the newest hour that has a mean, dated at its beginning."""
    measured = np.flatnonzero(np.isfinite(hours))
    if not len(measured):
        return None
    return now_ms - (WINDOW_HOURS - int(measured[-1])) * HOUR_MS, float(hours[measured[-1]])
