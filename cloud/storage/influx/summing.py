"""Sums up hours in the background: 1.x, 2.x and 3 share no way of doing it by themselves.

An hour is summed up some minutes after its end, and again whenever a point of it came late or was
corrected. The same sums are written however often that is, so a kill costs nothing but doing it again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import structlog

from cloud.storage.influx.database import Database
from cloud.storage.influx.line_protocol import BELIEVED
from cloud.storage.influx.questions import PATIENTS_A_QUESTION, ns
from cloud.storage.influx.stored_sums import MINUTE_MS, SumStore
from cloud.storage.influx.sums_of_points import sum_points
from cloud.storage.points.outlying import HOUR_MS, Hour, OutlyingPoints
from cloud.storage.points.sums import Sums

_SETTLING_MS: Final = 5 * 60_000
"""How long after its end an hour is left alone: most of what is late comes within it."""

_EARLIEST_MS: Final = 1_577_836_800_000  # 2020: no earlier time is believed
_SURVEYED_MS: Final = 24 * HOUR_MS
_BEFORE_ALL_MS: Final = -(1 << 62)
_HOURS_WITH_POINTS = """
SELECT count("value") AS "count" FROM "observation"
WHERE "clock" = $clock AND time >= $from_ns AND time < $to_ns
GROUP BY "patient", "kind", time(1h) fill(none)
"""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Summing:
    """Keeps `minutes` and `hours` what `points` come to."""

    points: Database
    minutes: SumStore
    hours: SumStore
    outlying: OutlyingPoints

    def step(self, now_ms: int) -> bool:
        """Sum up some of what waits, or survey a day nobody knows; tell whether there was anything to do.

        Raises
        ------
        StorageError
            If the server cannot be asked or written to now; what waits keeps waiting.
        """
        waiting = self.outlying.waiting(now_ms - _SETTLING_MS - HOUR_MS, PATIENTS_A_QUESTION)
        if waiting:
            self._sum_up(waiting)
        return bool(waiting) or self._survey_a_day(now_ms)

    def _sum_up(self, waiting: Sequence[Hour]) -> None:
        kind, from_ms = waiting[0].kind, waiting[0].hour_ms
        patient_ids = [hour.patient_id for hour in waiting]
        span = (from_ms, from_ms + HOUR_MS)
        known = self.minutes.read(patient_ids, kind, span)
        found = sum_points(self.points, patient_ids, kind, span, MINUTE_MS)
        minutes = _with_gone(known, found)
        # Hours first: only minutes still stored with values tell, after a kill, of an hour that lost its own.
        self.hours.write(kind, {patient_id: _hour(sums) for patient_id, sums in minutes.items()})
        self.minutes.write(kind, minutes)
        self.outlying.summed(waiting)

    def _survey_a_day(self, now_ms: int) -> bool:
        """Look which hours of a day hold points, from now backwards, where no journal kept account."""
        known_ms = self.outlying.surveyed_ms()
        if known_ms < _EARLIEST_MS:
            return False
        to_ms = min(known_ms, now_ms - now_ms % HOUR_MS + HOUR_MS)
        from_ms = to_ms - _SURVEYED_MS
        bounds: dict[str, str | int] = {"clock": BELIEVED, "from_ns": ns(from_ms), "to_ns": ns(to_ms)}
        rows = self.points.rows(_HOURS_WITH_POINTS, bounds)
        found = [(tags["patient"], tags["kind"], row["time"]) for tags, row in rows]
        self.outlying.survey(from_ms if from_ms > _EARLIEST_MS else _BEFORE_ALL_MS, found)
        _log.info("influx.surveyed", from_ms=from_ms, hours=len(found))
        return True


def _with_gone(known: Mapping[str, Sums], found: Mapping[str, Sums]) -> dict[str, Sums]:
    """Return what was found, and with a count of 0 what was known and has no values any more."""
    nothing = Sums.joined([])
    whole = dict(found)
    for patient_id, before in known.items():
        now = found.get(patient_id, nothing)
        gone = before.where(~np.isin(before.from_ms, now.from_ms))
        whole[patient_id] = Sums.joined([now, replace(gone, count=np.zeros_like(gone.count))])
    return whole


def _hour(minutes: Sums) -> Sums:
    """Return the one hour that minutes come to; of minutes without values, an hour without."""
    filled = minutes.where(minutes.count > 0)
    if len(filled.count):
        return filled.every(HOUR_MS)
    first = minutes.where(np.arange(len(minutes.count)) == 0)
    return replace(first, from_ms=first.from_ms - first.from_ms % HOUR_MS)
