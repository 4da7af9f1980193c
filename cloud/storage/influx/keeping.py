"""What time and people's wishes do to a store beside InfluxDB: in its databases, and in the journal."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from cloud.ports import Expired, Forgotten, Retention, SeriesKeeping, WornDevice
from cloud.storage.influx.database import Database
from cloud.storage.influx.line_protocol import BELIEVED, MEASUREMENT, place_of, run_tag
from cloud.storage.influx.questions import ns
from cloud.storage.influx.stored_sums import MEASUREMENT as SUMS
from cloud.storage.influx.stored_sums import SumStore
from cloud.storage.influx.summing import Summing
from cloud.storage.points.outlying import HOUR_MS, OutlyingPoints
from vitals.errors import StorageError

__all__ = ["InfluxKeeping"]

_DAY_MS: Final = 24 * HOUR_MS
_LAST_MS: Final = 9_223_372_036_854
_A_SECOND_MS: Final = 1_000
_FIELDS: Final = {MEASUREMENT: "value", SUMS: "count"}
_COUNT: Final = 'SELECT count("{field}") AS "count" FROM "{table}" WHERE {where}'

_KEPT_TOO_LONG: Final = (
    "series: InfluxDB 3 lets go of nothing when told to, and {name} holds what is older than retention says: "
    "create its databases with a retention period (influxdb3 create database --retention-period)"
)


class _Old(NamedTuple):
    """Points of a database that are to go: all of these tags before a time."""

    database: Database
    measurement: str
    tags: Mapping[str, str]
    before_ms: int


class InfluxKeeping:
    """`cloud.ports.SeriesKeeping` of a store beside InfluxDB. One thread at a time calls it."""

    def __init__(
        self, summing: Summing, sums: Mapping[str, SumStore], outlying: OutlyingPoints, journal: SeriesKeeping
    ) -> None:
        """Keep `sums`, each by the field of `Retention` that says for how long; the rest is in `journal`."""
        self._summing = summing
        self._points = summing.points
        self._sums = sums
        self._outlying = outlying
        self._journal = journal
        self._kept_too_long: tuple[str, ...] = ()

    def close_hours(self, now_ms: int) -> int:
        """Sum up some of the hours that are over; return how many steps, 0 if there is nothing to do now."""
        return self._journal.close_hours(now_ms) + self._summing.step(now_ms)

    def expire(self, now_ms: int, retention: Retention) -> Expired:
        """Let go of what is older than it is to be kept: of points that are summed up, and of sums."""
        expired = self._journal.expire(now_ms, retention)
        if not expired.is_through:
            return expired
        rows = dict(expired.rows)
        self._kept_too_long = ()
        for old in self._old(now_ms, retention):
            rows[old.database.name] = rows.get(old.database.name, 0) + self._let_go(old)
        return Expired(rows={sort: count for sort, count in rows.items() if count}, is_through=True)

    def forget(self, patient_id: str, worn: Sequence[WornDevice] = (), *, at_ms: int = 0) -> Forgotten:
        """Erase everything of one patient, and look whether it is gone.

        Raises
        ------
        StorageError
            If something of it may still be there; of InfluxDB 3, which erases no patient, that is always so.
        """
        forgotten = self._journal.forget(patient_id, worn, at_ms=at_ms)
        lines = self._outlying.forget_lines(lambda line: place_of(line.decode()).patient_id == patient_id)
        rows = {"refused line": lines} | {
            database.name: _forgotten(database, measurement, patient_id)
            for database, measurement in (
                (self._points, MEASUREMENT),
                *((store.database, SUMS) for store in self._sums.values()),
            )
        }
        return Forgotten(rows={**forgotten.rows, **{name: count for name, count in rows.items() if count}})

    def troubles(self) -> tuple[str, ...]:
        """Return what is not well, in words."""
        return (*self._journal.troubles(), *self._kept_too_long)

    def _old(self, now_ms: int, retention: Retention) -> Iterator[_Old]:
        """Say what is to go: believed points, those of clocks put right, and sums."""
        if retention.points_days is not None:
            cut_ms = _hour(now_ms - retention.points_days * _DAY_MS)
            self._outlying.expire(cut_ms)  # first: from now on an hour before it is never summed up again
            for clock, shift_ms in self._clocks().items():
                yield _Old(self._points, MEASUREMENT, {"clock": clock}, cut_ms - shift_ms)
        for sort, store in self._sums.items():
            days = getattr(retention, sort)
            if days is not None:
                yield _Old(store.database, SUMS, {}, _hour(now_ms - days * _DAY_MS))

    def _clocks(self) -> dict[str, int]:
        known = self._outlying.runs().items()
        return {BELIEVED: 0} | {run_tag(*run): shift_ms for run, shift_ms in known if shift_ms is not None}

    def _let_go(self, old: _Old) -> int:
        """Erase it; return how many points that were."""
        dialect = old.database.server.dialect
        longest_ms = dialect.longest_ms(_A_SECOND_MS)
        count = _count(old, from_ms=None if longest_ms is None else old.before_ms - longest_ms)
        if not count:
            return 0
        if dialect.erase is None:
            self._kept_too_long = (_KEPT_TOO_LONG.format(name=old.database.name),)
            return 0
        old.database.erase(old.measurement, old.tags, old.before_ms)
        return count


def _hour(t_ms: int) -> int:
    return t_ms - t_ms % HOUR_MS


def _count(old: _Old, from_ms: int | None = None) -> int:
    """Count what is to go, as far back as may be asked."""
    terms = [*(f'"{key}" = ${key}' for key in old.tags), "time < $to_ns"]
    bound: dict[str, str | int] = {**old.tags, "to_ns": ns(old.before_ms)}
    if from_ms is not None:
        terms.append("time >= $from_ns")
        bound["from_ns"] = ns(from_ms)
    text = _COUNT.format(field=_FIELDS[old.measurement], table=old.measurement, where=" AND ".join(terms))
    return sum(row["count"] for _, row in old.database.rows(text, bound))


def _forgotten(database: Database, measurement: str, patient_id: str) -> int:
    old = _Old(database, measurement, {"patient": patient_id}, _LAST_MS)
    if database.server.dialect.erase is None:
        raise StorageError(
            f"{database.server} erases no patient: drop {database.name} and what is summed up of it, or wait "
            "until its retention period is over; what else there was of the patient is erased"
        )
    count = _count(old)
    if count:
        database.erase(measurement, old.tags)
        if _count(old):
            raise StorageError(f"{database.server} still holds points of the patient: erase them again")
    return count
