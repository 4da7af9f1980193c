"""The contracts of every series store, kept beside InfluxDB by both ways of writing."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.contracts.records import NOW_MS
from tests.contracts.series.any_history import RandomHistoryContract
from tests.contracts.series_keeping import KeepingContract
from tests.contracts.series_store import SeriesStoreContract
from tests.fakes.influxdb import InfluxDB
from tests.fakes.influxdb2 import TOKEN, influxdb2
from tests.fakes.influxdb3 import influxdb3
from tests.integration.influx.stores import store_beside


class TestInfluxDB1(SeriesStoreContract, KeepingContract, RandomHistoryContract):
    """By `/write`, on a real 1.x; a random history is the same to all of them."""

    def tend(self, store: Any) -> None:
        store.keep_up(NOW_MS + 86_400_000)

    @pytest.fixture
    def store(self, influx: InfluxDB, tmp_path: Path) -> Iterator[Any]:
        with store_beside(influx.url, tmp_path, bucket=influx.new_database()) as store:
            yield store


class TestInfluxDB2(SeriesStoreContract, KeepingContract):
    """By influxdb-client on `/api/v2/write`, with a real 1.x behind the face of 2.7."""

    @pytest.fixture
    def store(self, influx: InfluxDB, tmp_path: Path) -> Iterator[Any]:
        bucket = influx.new_database()
        with (
            influxdb2(influx.url) as server,
            store_beside(server.url, tmp_path, bucket=bucket, token=TOKEN) as store,
        ):
            yield store
            assert server.bodies or not influx.ask("SHOW SERIES", bucket)


class TestInfluxDB3(SeriesStoreContract):
    """By influxdb-client on `/api/v2/write`, with a real 1.x behind the face of 3 Core."""

    @pytest.fixture
    def store(self, influx: InfluxDB, tmp_path: Path) -> Iterator[Any]:
        with (
            influxdb3(influx.url) as server,
            store_beside(server.url, tmp_path, bucket=influx.new_database(), token=TOKEN) as store,
        ):
            yield store
