"""The service on a disk that may only be read: it says so, acknowledges nothing, and loses nothing."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from carewire.layout import Layout, carewire_command, free_port
from cloud.config import load_settings
from cloud.storage.sqlite_series import open_series
from tests.contracts.batches import batch
from tests.contracts.records import NOW_MS, run
from tests.fakes.broker_process import BrokerProcess, EmbeddedBroker
from tests.fakes.gateway import FakeGateway, eventually
from tests.fakes.read_only_disk import ReadOnlyDisk, read_only_disk

__all__ = ["read_only_disk"]


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[BrokerProcess]:
    started = EmbeddedBroker(tmp_path / "broker")
    started.start()
    yield started
    started.kill()


@pytest.fixture
def layout(broker: BrokerProcess, read_only_disk: ReadOnlyDisk, tmp_path: Path) -> Layout:
    made = Layout(
        folder=tmp_path / "system",
        http_port=free_port(),
        mqtt_port=broker.port,
        radio_port=free_port(),
        anchor_ms=NOW_MS,
    )
    made.write_settings()
    settings = made.settings_file("cloud")
    settings.write_text(
        settings.read_text().replace(str(made.folder / "cloud"), str(read_only_disk.folder / "cloud"))
    )
    return made


def service(layout: Layout) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        carewire_command("cloud", "run", "--config", str(layout.settings_file("cloud"))),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


@contextmanager
def running(layout: Layout) -> Iterator[None]:
    with service(layout) as process:
        try:
            eventually(lambda: is_healthy(layout), within_s=60)
            yield
        finally:
            process.terminate()
            process.communicate()


def is_healthy(layout: Layout) -> bool:
    try:
        return httpx.get(f"{layout.url}/healthz", trust_env=False).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


def test_a_disk_that_may_only_be_read_is_named_and_costs_nothing(
    layout: Layout, broker: BrokerProcess, read_only_disk: ReadOnlyDisk
) -> None:
    read_only_disk.make_writable()
    with FakeGateway(broker.port) as gateway:
        with running(layout):
            gateway.publish(batch(run((NOW_MS, 60))))
            eventually(lambda: gateway.acknowledged() == {1})

        read_only_disk.make_read_only()
        gateway.publish(batch(run((NOW_MS + 1, 61)), first_seq=2))
        with service(layout) as refused:
            _, errors = refused.communicate(timeout=60)
        assert refused.returncode == 1
        assert "read-only" in errors, errors
        assert len(errors.strip().splitlines()) == 1
        assert gateway.acknowledged() == {1}

        read_only_disk.make_writable()
        with running(layout):
            eventually(lambda: gateway.acknowledged() == {1, 2}, within_s=60)
    series = open_series(load_settings(layout.settings_file("cloud")).series_url)
    (account,) = series.accounts()
    series.close()
    assert (account.stored, account.missing, account.duplicates) == (((1, 2),), (), 0)
