"""The parts of a store beside InfluxDB, put together: one database of points, two of sums, the journal."""

from collections.abc import Callable
from dataclasses import dataclass

import structlog

from cloud.config import CloudSettings
from cloud.storage.influx.answers import DatabaseMissingError
from cloud.storage.influx.database import Database
from cloud.storage.influx.keeping import InfluxKeeping
from cloud.storage.influx.reader import PointReader
from cloud.storage.influx.rollups import RollupSource
from cloud.storage.influx.server import InfluxServer
from cloud.storage.influx.store import InfluxRecordStore, InfluxSeriesReader
from cloud.storage.influx.stored_sums import HOUR_MS, MINUTE_MS, SUFFIXES, SumStore
from cloud.storage.influx.summing import Summing
from cloud.storage.influx.writer import LineWriter
from cloud.storage.sqlite_series import SqliteSeries
from vitals.errors import StorageError

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class BesideInflux:
    """What keeps points in InfluxDB and the rest in `journal`; `close` leaves the journal open."""

    records: InfluxRecordStore
    series: InfluxSeriesReader
    keeping: InfluxKeeping
    close: Callable[[], None]


def open_beside(settings: CloudSettings, journal: SqliteSeries) -> BesideInflux:
    """Put the parts together; the server need not be up yet.

    Raises
    ------
    ConfigurationError
        If the settings name no server, or a secret cannot be read.
    """
    server = InfluxServer(settings.series_url, settings.influx)
    points = Database(server, server.bucket, when_missing=_unless_used(server.bucket, journal))
    minutes, hours = (_sums(server, every_ms, journal) for every_ms in (MINUTE_MS, HOUR_MS))
    writer = LineWriter(points)

    def close() -> None:
        for each in (writer, minutes.writer, hours.writer):
            each.close()
        server.close()

    return BesideInflux(
        records=InfluxRecordStore(writer, journal),
        series=InfluxSeriesReader(
            PointReader(points, journal.outlying),
            RollupSource(points=points, stores=(hours, minutes), outlying=journal.outlying),
            journal,
        ),
        keeping=InfluxKeeping(
            Summing(points=points, minutes=minutes, hours=hours, outlying=journal.outlying),
            {"minutes_days": minutes, "hours_days": hours},
            journal.outlying,
            journal.keeping,
        ),
        close=close,
    )


def _unless_used(name: str, journal: SqliteSeries) -> Callable[[DatabaseMissingError], None]:
    """Points that were acknowledged must not be missing in silence: only a first start makes the database."""

    def when_missing(error: DatabaseMissingError) -> None:
        if not journal.outlying.is_unused():
            raise StorageError(
                f"{error}. It was there before, and what was stored in it is gone: restore {name} from a "
                f"backup or, if there is none, create it empty; gateways keep what is new until then"
            ) from error

    return when_missing


def _sums(server: InfluxServer, every_ms: int, journal: SqliteSeries) -> SumStore:
    name = server.bucket + SUFFIXES[every_ms]

    def when_missing(_: DatabaseMissingError) -> None:
        if journal.outlying.lose_sums():
            _log.error("influx.sums_lost", database=name)

    database = Database(server, name, when_missing=when_missing)
    return SumStore(database=database, writer=LineWriter(database), every_ms=every_ms)
