"""Which series store the settings name, opened as the ports it keeps."""

from collections.abc import Callable
from dataclasses import dataclass

from cloud.config import CloudSettings
from cloud.ports import (
    GatewayReader,
    OccurrenceReader,
    PatientFeed,
    QuarantineReader,
    RecordStore,
    RollupReader,
    SeriesReader,
)
from cloud.storage.influx.server import InfluxServer
from cloud.storage.influx.store import InfluxRecordStore, InfluxSeriesReader
from cloud.storage.influx.writer import PointWriter
from cloud.storage.sqlite_series import SqliteSeries, open_series

JOURNAL_NAME = "series.db"


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesStores:
    """All the ports of one series store; `close` closes what is behind them."""

    records: RecordStore
    series: SeriesReader
    rollups: RollupReader
    occurrences: OccurrenceReader
    gateways: GatewayReader
    quarantine: QuarantineReader
    feed: PatientFeed
    close: Callable[[], None]


def open_series_stores(settings: CloudSettings) -> SeriesStores:
    """Open the series store that `series_url` names. An InfluxDB server need not be up yet.

    Raises
    ------
    ConfigurationError
        If it names none, or a secret it needs cannot be read.
    StorageError
        If a file cannot be opened.
    """
    if settings.series_url.startswith("influx+"):
        return _beside_influx(settings)
    store = open_series(settings.series_url)
    return _stores(records=store, series=store, embedded=store, close=store.close)


def _beside_influx(settings: CloudSettings) -> SeriesStores:
    server = InfluxServer(settings.series_url, settings.influx)
    journal = SqliteSeries(settings.data_dir / JOURNAL_NAME, keeps_points=False)
    writer = PointWriter(server)

    def close() -> None:
        writer.close()
        server.close()
        journal.close()

    return _stores(
        records=InfluxRecordStore(writer, journal),
        series=InfluxSeriesReader(server, journal),
        embedded=journal,
        close=close,
    )


def _stores(
    *,
    records: RecordStore,
    series: SqliteSeries | InfluxSeriesReader,
    embedded: SqliteSeries,
    close: Callable[[], None],
) -> SeriesStores:
    return SeriesStores(
        records=records,
        series=series,
        rollups=series,
        occurrences=embedded,
        gateways=embedded,
        quarantine=embedded,
        feed=embedded,
        close=close,
    )
