from collections.abc import Iterator

import pytest

from tests.fakes.influxdb import InfluxDB, influxdb


@pytest.fixture(scope="session")
def influx() -> Iterator[InfluxDB]:
    with influxdb() as server:
        yield server
