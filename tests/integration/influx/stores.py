"""A series store beside InfluxDB, as the settings open it, and all its ports on one object."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cloud.config import CloudSettings, InfluxSettings
from cloud.ports import SeriesKeeping
from cloud.storage.series import SeriesStores, open_series_stores
from cloud.storage.upkeep import Upkeep


class Whole:
    """The ports of `SeriesStores` at once, as the contracts ask for them."""

    def __init__(self, stores: SeriesStores) -> None:
        self._stores = stores
        self._ports = (
            *(stores.records, stores.series, stores.occurrences),
            *(stores.gateways, stores.quarantine, stores.feed),
        )

    @property
    def upkeep(self) -> Upkeep:
        return self._stores.upkeep

    @property
    def keeping(self) -> SeriesKeeping:
        return self._stores.keeping

    def keep_up(self, now_ms: int) -> int:
        """Take steps until there is nothing to do; return how many there were."""
        steps = 0
        while self.upkeep.step(now_ms):
            steps += 1
        return steps

    def __getattr__(self, name: str) -> Any:
        return next(getattr(port, name) for port in self._ports if hasattr(port, name))


@contextmanager
def store_beside(url: str, folder: Path, **influx: Any) -> Iterator[Any]:
    settings = CloudSettings(data_dir=folder, series_url=f"influx+{url}", influx=InfluxSettings(**influx))
    stores = open_series_stores(settings)
    try:
        yield Whole(stores)
    finally:
        stores.close()
