"""Which series store the settings name, opened as the ports it keeps."""

from collections.abc import Callable
from dataclasses import dataclass

from cloud.config import CloudSettings
from cloud.ports import (
    GatewayReader,
    OccurrenceReader,
    PatientFeed,
    Quarantine,
    RecordStore,
    ReplayStore,
    RollupReader,
    SeriesReader,
    UnboundReader,
)
from cloud.storage.influx.opened import open_beside
from cloud.storage.influx.store import InfluxRecordStore, InfluxSeriesReader
from cloud.storage.keeping import SeriesUpkeep
from cloud.storage.sqlite_series import SqliteSeries, open_series
from cloud.storage.upkeep import Upkeep, Upkeeps

JOURNAL_NAME = "series.db"


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesStores:
    """All the ports of one series store; `close` closes what is behind them."""

    records: RecordStore
    series: SeriesReader
    rollups: RollupReader
    occurrences: OccurrenceReader
    gateways: GatewayReader
    quarantine: Quarantine
    replays: ReplayStore
    unbound: UnboundReader
    feed: PatientFeed
    upkeep: Upkeep
    """What is to be done in the background, by one process."""
    troubles: Callable[[], tuple[str, ...]]
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
    upkeep = SeriesUpkeep(store.keeping, settings.retention.retention())
    return _stores(records=store, series=store, embedded=store, upkeep=upkeep, close=store.close)


def _beside_influx(settings: CloudSettings) -> SeriesStores:
    journal = SqliteSeries(settings.data_dir / JOURNAL_NAME, keeps_points=False)
    try:
        beside = open_beside(settings, journal)
    except BaseException:
        journal.close()
        raise

    def close() -> None:
        beside.close()
        journal.close()

    return _stores(
        records=beside.records,
        series=beside.series,
        embedded=journal,
        upkeep=Upkeeps(SeriesUpkeep(journal.keeping, settings.retention.retention()), beside.summing),
        close=close,
    )


def _stores(
    *,
    records: SqliteSeries | InfluxRecordStore,
    series: SqliteSeries | InfluxSeriesReader,
    embedded: SqliteSeries,
    upkeep: Upkeep,
    close: Callable[[], None],
) -> SeriesStores:
    return SeriesStores(
        records=records,
        series=series,
        rollups=series,
        occurrences=embedded,
        gateways=embedded,
        quarantine=embedded,
        replays=records,
        unbound=embedded,
        feed=embedded,
        upkeep=upkeep,
        troubles=embedded.troubles,
        close=close,
    )
