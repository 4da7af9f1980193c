from pathlib import Path

import pytest

from cloud.config import CloudSettings, InfluxSettings
from cloud.storage.influx.server import InfluxServer
from cloud.storage.influx.store import InfluxRecordStore
from cloud.storage.series import open_series_stores
from cloud.storage.sqlite_series import SqliteSeries
from tests.contracts.records import identified, run
from vitals.errors import ConfigurationError, StorageError


def settings(folder: Path, url: str) -> CloudSettings:
    return CloudSettings(data_dir=folder, series_url=url)


def test_a_file_is_one_store_with_all_the_ports(tmp_path: Path) -> None:
    stores = open_series_stores(settings(tmp_path, f"sqlite:///{tmp_path}/series.db"))
    ports = (
        stores.records,
        stores.series,
        stores.occurrences,
        stores.gateways,
        stores.quarantine,
        stores.feed,
    )
    assert isinstance(stores.records, SqliteSeries)
    assert all(port is stores.records for port in ports)
    stores.close()
    with pytest.raises(StorageError):
        stores.records.commit([identified(run((1, 60)), 1)])


def test_influx_is_opened_without_a_server_and_its_journal_is_in_the_data_directory(
    tmp_path: Path,
) -> None:
    stores = open_series_stores(settings(tmp_path, "influx+http://127.0.0.1:9"))
    assert isinstance(stores.records, InfluxRecordStore)
    assert (tmp_path / "series.db").exists()
    assert stores.feed.pending(9) == ()
    stores.close()


def test_a_closed_store_beside_influx_raises_storage_errors(tmp_path: Path) -> None:
    stores = open_series_stores(settings(tmp_path, "influx+http://127.0.0.1:9"))
    stores.close()
    with pytest.raises(StorageError):
        stores.records.commit([identified(run((1, 60)), 1)])
    with pytest.raises(StorageError):
        stores.series.latest("wei")


@pytest.mark.parametrize(
    "url",
    [
        "influx+http://",
        "http://127.0.0.1:8086",
        "influx+http://me:mine@127.0.0.1:8086",
        "influx+http://127.0.0.1:8086/carewire",
        "influx+http://127.0.0.1:8086?db=carewire",
    ],
)
def test_a_url_that_is_not_just_a_server_is_refused_without_quoting_it(url: str) -> None:
    with pytest.raises(ConfigurationError, match="give influx\\+http://HOST:8086") as caught:
        InfluxServer(url, InfluxSettings())
    assert "mine" not in str(caught.value)
