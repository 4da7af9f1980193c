"""Everything durable, opened together and closed together."""

from dataclasses import dataclass

from cloud.config import CloudSettings
from cloud.storage.relational.opening import Relational, open_relational
from cloud.storage.series import SeriesStores, open_series_stores

__all__ = ["Stores", "open_stores"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    """The relational database and the series store that the settings name."""

    relational: Relational
    series: SeriesStores

    def close(self) -> None:
        """Close both; the series first, since what judges them is told in the other."""
        self.series.close()
        self.relational.close()


def open_stores(settings: CloudSettings) -> Stores:
    """Open both stores, or neither.

    Raises
    ------
    ConfigurationError
        If a setting cannot be lived with.
    StorageError
        If a store cannot be opened.
    """
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    relational = open_relational(settings.database_url, keys=settings.key_place())
    try:
        series = open_series_stores(settings)
    except BaseException:
        relational.close()
        raise
    return Stores(relational=relational, series=series)
