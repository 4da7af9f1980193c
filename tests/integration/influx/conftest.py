from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.influxdb import InfluxDB, influxdb
from tests.fakes.influxdb2 import TOKEN, influxdb2
from tests.fakes.influxdb3 import influxdb3
from tests.integration.influx.stores import store_beside


@pytest.fixture(scope="session")
def influx() -> Iterator[InfluxDB]:
    with influxdb() as server:
        yield server


@pytest.fixture
def bucket(influx: InfluxDB) -> str:
    return influx.new_database()


@pytest.fixture
def store(influx: InfluxDB, bucket: str, tmp_path: Path) -> Iterator[Any]:
    with store_beside(influx.url, tmp_path, bucket=bucket) as store:
        yield store


@pytest.fixture
def store2(influx: InfluxDB, bucket: str, tmp_path: Path) -> Iterator[Any]:
    with (
        influxdb2(influx.url) as server,
        store_beside(server.url, tmp_path, bucket=bucket, token=TOKEN) as store,
    ):
        yield store


@pytest.fixture
def store3(influx: InfluxDB, bucket: str, tmp_path: Path) -> Iterator[Any]:
    with (
        influxdb3(influx.url) as server,
        store_beside(server.url, tmp_path, bucket=bucket, token=TOKEN) as store,
    ):
        yield store


@pytest.fixture(params=["store", "store2", "store3"])
def each(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue(request.param)
