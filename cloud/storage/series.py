"""Which series store the settings name, opened as the ports it keeps."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cloud.config import CloudSettings
from cloud.ports import (
    GatewayReader,
    OccurrenceReader,
    PatientFeed,
    Quarantine,
    RecordStore,
    ReplayStore,
    RollupReader,
    SeriesKeeping,
    SeriesReader,
    UnboundKeeper,
)
from cloud.storage.influx.opened import open_beside
from cloud.storage.influx.store import InfluxRecordStore, InfluxSeriesReader
from cloud.storage.keeping import SeriesUpkeep
from cloud.storage.moving.place import Place, claim_place
from cloud.storage.sqlite_series import SqliteSeries, open_series
from cloud.storage.upkeep import Upkeep
from vitals.errors import StorageError

JOURNAL_NAME = "series.db"
UNFINISHED_RESTORE = "restore-unfinished"
"""A file of `data_dir` that is there from before a restore puts anything in place until all of it is."""


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
    unbound: UnboundKeeper
    feed: PatientFeed
    keeping: SeriesKeeping
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
        If a file cannot be opened, or a restore was cut off: part of what it brings is missing.
    """
    mark = settings.data_dir / UNFINISHED_RESTORE
    if mark.exists():
        raise StorageError(f"{mark}: a restore was cut off; run `carewire cloud restore` again")
    if not keeps_points(settings):
        return _beside_influx(settings)
    store = open_series(settings.series_url)
    _claim(store, Place.SQLITE)
    return _stores(
        settings,
        records=store,
        series=store,
        embedded=store,
        keeping=store.keeping,
        troubles=store.troubles,
        close=store.close,
    )


def refuse_empty_place(settings: CloudSettings) -> None:
    """Raise unless the series file is there: who asks what is kept has named the wrong place otherwise.

    Raises
    ------
    StorageError
        Naming the file that is not there.
    """
    if not (file := series_file(settings)).exists():
        raise StorageError(f"{file} is not there: start the service once, or correct data_dir")


def series_file(settings: CloudSettings) -> Path:
    """Return the SQLite file of the series store, or of the journal beside InfluxDB."""
    if keeps_points(settings):
        return Path(settings.series_url.removeprefix("sqlite:///"))
    return settings.data_dir / JOURNAL_NAME


def keeps_points(settings: CloudSettings) -> bool:
    """Tell whether points are in that file too, and not in InfluxDB."""
    return not settings.series_url.startswith("influx+")


def _beside_influx(settings: CloudSettings) -> SeriesStores:
    journal = SqliteSeries(series_file(settings), keeps_points=False)
    _claim(journal, Place.INFLUX)
    try:
        beside = open_beside(settings, journal)
    except BaseException:
        journal.close()
        raise

    def close() -> None:
        beside.close()
        journal.close()

    def troubles() -> tuple[str, ...]:
        return (*journal.file.troubles(), *beside.keeping.troubles())

    return _stores(
        settings,
        records=beside.records,
        series=beside.series,
        embedded=journal,
        keeping=beside.keeping,
        troubles=troubles,
        close=close,
    )


def _claim(store: SqliteSeries, place: Place) -> None:
    try:
        claim_place(store.file, place)
    except BaseException:
        store.close()
        raise


def _stores(  # noqa: PLR0913 - what a store is made of
    settings: CloudSettings,
    *,
    records: SqliteSeries | InfluxRecordStore,
    series: SqliteSeries | InfluxSeriesReader,
    embedded: SqliteSeries,
    keeping: SeriesKeeping,
    troubles: Callable[[], tuple[str, ...]],
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
        keeping=keeping,
        upkeep=SeriesUpkeep(keeping, settings.retention.retention(), newest_ms=embedded.newest_ms),
        troubles=troubles,
        close=close,
    )
