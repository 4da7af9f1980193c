"""From a gateway's outbox into InfluxDB while that is killed, frozen, full, cut off or talks nonsense."""

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest

from cloud.config import InfluxSettings
from cloud.ports import IdentifiedRecord
from cloud.storage.influx.server import InfluxServer
from tests.contracts.records import identified
from tests.contracts.records import run as run_of
from tests.contracts.series.store import values
from tests.fakes.broker_process import EmbeddedBroker
from tests.fakes.gateway_delivery import gateway_delivering, until
from tests.fakes.gateway_records import open_outbox, run
from tests.fakes.influxdb import InfluxDB, influxdb
from tests.fakes.influxdb2 import TOKEN, influxdb2
from tests.fakes.service_ingest import PATIENT, service_ingest
from tests.fakes.small_disk import SmallDisk, small_disk
from tests.fakes.tcp_proxy import TcpProxy, everything, nothing, tcp_proxy
from tests.integration.influx.stores import store_beside
from vitals.errors import StorageError

__all__ = ["small_disk"]

PATIENCE_S = 1.0
BOUND_S = 10.0
"""Far more than the patience: this machine may be busy."""


@pytest.fixture
def influx() -> Iterator[InfluxDB]:
    with influxdb() as server:
        yield server


@pytest.fixture
def bucket(influx: InfluxDB) -> str:
    return influx.new_database()


@contextmanager
def bounded() -> Iterator[None]:
    begun_s = time.monotonic()
    yield
    assert time.monotonic() - begun_s < BOUND_S


@contextmanager
def proxied(port: int) -> Iterator[TcpProxy]:
    """A proxy in a thread of its own, in front of a port."""
    ready, proxies, ended = threading.Event(), [], asyncio.Event()
    loop = asyncio.new_event_loop()

    async def serve() -> None:
        async with tcp_proxy(port) as proxy:
            proxies.append(proxy)
            ready.set()
            await ended.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    assert ready.wait(BOUND_S)
    try:
        yield proxies[0]
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join(BOUND_S)
        loop.close()


def cut_in_the_middle(chunk: bytes) -> bytes | None:
    """Let nothing of an answer through but that it was reset."""
    del chunk
    return None


def record(seq: int) -> IdentifiedRecord:
    return identified(run_of((seq, 60.0 + seq)), seq)


async def test_killed_and_frozen_it_is_red_nothing_is_acknowledged_and_all_is_there_once(
    tmp_path: Path, influx: InfluxDB, bucket: str
) -> None:
    blows = [(influx.kill, influx.start, "start it"), (influx.freeze, influx.thaw, "did not answer")]
    broker = EmbeddedBroker(tmp_path / "broker")
    broker.start()
    outbox = open_outbox(tmp_path / "outbox.db")
    outbox.append([run(1)])
    with (
        store_beside(influx.url, tmp_path, bucket=bucket, timeout_s=PATIENCE_S) as store,
        service_ingest(broker.port, store) as ingest,
    ):
        async with gateway_delivering(outbox, broker.port) as running:
            await until(lambda: outbox.status().records == 0)
            for number, (stop, go_on, trouble) in enumerate(blows, start=2):
                stop()
                outbox.append([run(number)])
                running.delivery.notify()
                await until(lambda: any(trouble in one for one in ingest.health().troubles))  # noqa: B023
                assert outbox.status().records == 1
                go_on()
                await until(lambda: outbox.status().records == 0)
                await until(lambda: ingest.health().healthy)
        found = store.observations(PATIENT, "heart_rate", 0, 99, 99).points
        assert [point.value for point in found] == [1.0, 2.0, 3.0]
    outbox.close()
    broker.kill()


def test_killed_again_and_again_in_mid_write_it_holds_whatever_was_committed(
    tmp_path: Path, influx: InfluxDB, bucket: str
) -> None:
    committed: list[int] = []
    stop = threading.Event()

    def ingest(store: Any) -> None:
        for seq in range(1, 10_000):
            while not stop.is_set():
                try:
                    store.commit([record(seq)])
                except StorageError:
                    time.sleep(0.01)  # as a gateway that sends again
                else:
                    committed.append(seq)
                    break

    with store_beside(influx.url, tmp_path, bucket=bucket, timeout_s=PATIENCE_S) as store:
        thread = threading.Thread(target=ingest, args=(store,))
        thread.start()
        for _ in range(4):
            goal = len(committed) + 20
            while len(committed) < goal:
                time.sleep(0.001)
            influx.kill()
            influx.start()
        stop.set()
        thread.join(BOUND_S)
        found = values(store, to_ms=20_000, limit=20_000)
        assert found[: len(committed)] == [60.0 + seq for seq in committed]
        assert len(found) - len(committed) <= 1  # the one that was under way
        assert store.accounts()[0].stored == ((1, len(committed)),)


def test_a_frozen_server_costs_no_more_than_its_patience(
    tmp_path: Path, influx: InfluxDB, bucket: str
) -> None:
    with store_beside(influx.url, tmp_path, bucket=bucket, timeout_s=PATIENCE_S) as store:
        store.commit([record(1)])
        influx.freeze()
        for ask in (
            lambda: store.commit([record(2)]),
            lambda: store.latest("wei"),
            lambda: store.upkeep.step(1 << 41),
        ):
            with bounded(), pytest.raises(StorageError, match="did not answer within 1 s"):
                ask()
        influx.thaw()
        assert store.commit([record(2)]).fresh == 1
        assert values(store) == [61.0, 62.0]


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("broken", [cut_in_the_middle, nothing])
def test_an_answer_lost_on_the_way_costs_writing_it_again(
    tmp_path: Path, influx: InfluxDB, bucket: str, version: int, broken: Any
) -> None:
    with influxdb2(influx.url) as second:
        url, token = (influx.url, {}) if version == 1 else (second.url, {"token": TOKEN})
        with (
            proxied(httpx.URL(url).port or 0) as proxy,
            store_beside(
                f"http://127.0.0.1:{proxy.port}", tmp_path, bucket=bucket, timeout_s=PATIENCE_S, **token
            ) as store,
        ):
            store.commit([record(1)])
            proxy.downward = broken
            with bounded(), pytest.raises(StorageError):
                store.commit([record(2)])
            with bounded(), pytest.raises(StorageError):
                store.latest("wei")
            proxy.downward = everything
            assert store.accounts()[0].stored == ((1, 1),)
            assert store.commit([record(2)]).fresh == 1
            assert values(store) == [61.0, 62.0]


def test_an_answer_cut_in_its_middle_is_no_answer(tmp_path: Path, influx: InfluxDB, bucket: str) -> None:
    said: list[int] = []

    def half(chunk: bytes) -> bytes | None:
        said.append(len(chunk))
        return chunk[: len(chunk) // 2] if len(said) == 1 else None

    with (
        proxied(httpx.URL(influx.url).port or 0) as proxy,
        store_beside(
            f"http://127.0.0.1:{proxy.port}", tmp_path, bucket=bucket, timeout_s=PATIENCE_S
        ) as store,
    ):
        store.commit([identified(run_of(*((t, float(t)) for t in range(5_000))), 1)])
        proxy.downward = half
        with bounded(), pytest.raises(StorageError, match=r"start it|did not answer"):
            store.observations("wei", "heart_rate", 0, 5_000, 5_000)
        proxy.downward = everything
        assert len(values(store, limit=5_000)) == 5_000


class Trickling(BaseHTTPRequestHandler):
    """Answers for ever, a byte at a time."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000000")
        self.end_headers()
        with suppress(OSError):  # until the other side has had enough
            while True:
                self.wfile.write(b" ")
                time.sleep(0.05)

    def log_message(self, *_: object) -> None:
        """Say nothing on standard error."""


def test_an_answer_that_never_ends_is_left_after_its_time() -> None:
    trickling = ThreadingHTTPServer(("127.0.0.1", 0), Trickling)
    thread = threading.Thread(target=trickling.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    url = f"influx+http://127.0.0.1:{trickling.server_port}"
    server = InfluxServer(url, InfluxSettings(timeout_s=PATIENCE_S))
    with bounded(), pytest.raises(StorageError, match="did not answer within 1 s"):
        server.tables("SHOW DATABASES", {})
    server.close()
    trickling.shutdown()
    trickling.server_close()
    thread.join(BOUND_S)


def commit_until_it_fails(store: Any) -> tuple[int, str]:
    """Commit records of 1,000 points; return how many were committed, and why no more."""
    for seq in count(1):
        try:
            store.commit([identified(run_of(*((seq * 1_000 + i, i / 7) for i in range(1_000))), seq)])
        except StorageError as error:
            return seq - 1, str(error)
    raise AssertionError


@pytest.mark.parametrize("small_disk", ["tmpfs"], indirect=True)
def test_a_server_without_room_acknowledges_nothing_and_says_what_to_do(
    tmp_path: Path, small_disk: SmallDisk
) -> None:
    server = InfluxDB(small_disk.folder)
    server.start()
    with store_beside(server.url, tmp_path, bucket=server.new_database()) as store:
        stored, why = commit_until_it_fails(store)
        assert "its disk is full: free some space and start InfluxDB again" in why
        small_disk.grow()
        server.kill()
        server.start()
        assert store.accounts()[0].stored == ((1, stored),)
        assert len(values(store, limit=1 << 20)) >= stored * 1_000
        again = identified(run_of((1, 60.0)), stored + 1)
        assert store.commit([again]).fresh == 1
    server.close()


@pytest.mark.parametrize(
    ("said", "advice"),
    [
        ('{"results":[{"error":"timeout"}]}', "check that influx.bucket is this service's own"),
        ('{"results":[{"error":"database not found: x"}]}', "what was stored in it is gone"),
        (
            '{"results":[{"series":[{"columns":["time"],"values":[[1]],"partial":true}]}]}',
            "max-row-limit to 0",
        ),
        ("<html>sign in</html>", "check series_url"),
    ],
)
def test_an_answer_of_200_that_is_an_error_is_one(
    tmp_path: Path, influx: InfluxDB, bucket: str, said: str, advice: str
) -> None:
    with (
        influxdb2(influx.url) as second,
        store_beside(second.url, tmp_path, bucket=bucket, token=TOKEN) as store,
    ):
        store.commit([record(1)])
        second.said.append((200, {"Content-Type": "application/json"}, said))
        with pytest.raises(StorageError, match=advice):
            store.latest("wei")
        assert store.latest("wei")["heart_rate"].value == 61.0
