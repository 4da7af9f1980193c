"""Ingest against real brokers: what is acknowledged is stored, whatever dies in between."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from cloud.config import MqttSettings
from cloud.ingest.inbox import Inbox
from cloud.ingest.running import Ingest
from cloud.storage.sqlite_series import SqliteSeries
from tests.contracts.batches import EPOCH, batch
from tests.contracts.records import NOW_MS, STRAP, run
from tests.fakes.broker_process import BrokerProcess, EmbeddedBroker, Mosquitto, free_port
from tests.fakes.command_book import FakeCommandBook
from tests.fakes.gateway import FakeGateway, eventually
from tests.fakes.ingest import FailingRecordStore, FakeDeviceRegistry
from vitals.clock import ScaledClock
from vitals.errors import StorageError
from vitals.wire.envelope import ContentType


@contextmanager
def started(made: BrokerProcess) -> Iterator[BrokerProcess]:
    made.start()
    try:
        yield made
    finally:
        made.kill()


@pytest.fixture(params=[Mosquitto, EmbeddedBroker])
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[BrokerProcess]:
    with started(request.param(tmp_path / "broker")) as made:
        yield made


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[BrokerProcess]:
    with started(Mosquitto(tmp_path / "broker")) as made:
        yield made


@pytest.fixture
def series(tmp_path: Path) -> Iterator[SqliteSeries]:
    opened = SqliteSeries(tmp_path / "series.db")
    yield opened
    opened.close()


@contextmanager
def ingest(port: int, store: Any, *, inbox: Inbox | None = None, **settings: Any) -> Iterator[Ingest]:
    devices = FakeDeviceRegistry()
    devices.wear(STRAP, "wei")
    made = Ingest(
        MqttSettings(port=port, **settings),
        store=store,
        devices=devices,
        answers=FakeCommandBook(),
        clock=ScaledClock(),
        inbox=inbox,
    )
    made.start()
    try:
        yield made
    finally:
        made.stop()


def subscribed(made: Ingest) -> None:
    eventually(lambda: made.health().healthy and made.health().broker.subscriptions > 0)


def heart_rates(series: SqliteSeries) -> list[float]:
    return [p.value for p in series.observations("wei", "heart_rate", 0, 2 * NOW_MS, 10_000).points]


def test_what_a_gateway_publishes_is_stored_and_acknowledged(
    broker: BrokerProcess, series: SqliteSeries
) -> None:
    with ingest(broker.port, series) as made, FakeGateway(broker.port) as gateway:
        subscribed(made)
        gateway.publish(batch(run((NOW_MS, 60))))
        gateway.publish(batch(run((NOW_MS + 1, 61)), first_seq=2, kind=ContentType.JSON), ContentType.JSON)
        eventually(lambda: gateway.acknowledged() == {1, 2})
        assert {kind for kind, _ in gateway.acks} == {ContentType.MSGPACK, ContentType.JSON}
    assert heart_rates(series) == [60, 61]


def test_an_acknowledgement_waits_for_no_other_message(broker: BrokerProcess, series: SqliteSeries) -> None:
    rounds = 20
    with ingest(broker.port, series) as made, FakeGateway(broker.port) as gateway:
        subscribed(made)
        began_s = time.monotonic()
        for seq in range(1, rounds + 1):
            gateway.publish(batch(run((NOW_MS + seq, 60)), first_seq=seq))
            eventually(lambda seq=seq: gateway.acknowledged() == set(range(1, seq + 1)))  # type: ignore[misc]
        took_s = time.monotonic() - began_s
    assert took_s < rounds / 2  # the network thread looks by itself once a second


def test_another_content_type_is_set_aside_and_the_rest_flows(
    broker: BrokerProcess, series: SqliteSeries
) -> None:
    with ingest(broker.port, series) as made, FakeGateway(broker.port) as gateway:
        subscribed(made)
        gateway.publish(b"hello", "text/plain")
        gateway.publish(b"")
        gateway.publish(batch(run((NOW_MS, 60)), first_seq=5))
        eventually(lambda: gateway.acknowledged() == {5})
    assert {item.payload for item in series.quarantined(10)} == {b"hello", b""}


def test_a_gateway_is_only_acknowledged_on_its_own_topic(broker: BrokerProcess, series: SqliteSeries) -> None:
    with (
        ingest(broker.port, series) as made,
        FakeGateway(broker.port) as gateway,
        FakeGateway(broker.port, "home-2") as other,
    ):
        subscribed(made)
        gateway.publish(batch(run((NOW_MS, 60))))
        other.publish(batch(run((NOW_MS, 61)), first_seq=9))
        eventually(lambda: bool(gateway.acks and other.acks))
        assert (gateway.acknowledged(), other.acknowledged()) == ({1}, {9})
    assert {account.gateway for account in series.accounts()} == {"home-1", "home-2"}


def test_messages_to_odd_topics_are_counted_and_stop_nothing(
    broker: BrokerProcess, series: SqliteSeries
) -> None:
    with ingest(broker.port, series) as made, FakeGateway(broker.port) as gateway:
        subscribed(made)
        gateway.publish(batch(run((NOW_MS, 60))), topic="v1/gw/UPPER CASE/up")
        gateway.publish(batch(run((NOW_MS, 60)), first_seq=2))
        eventually(lambda: gateway.acknowledged() == {2})
        assert made.health().broker.misaddressed == 1


def test_a_slow_store_beside_quick_heartbeats_costs_no_connection(
    broker: BrokerProcess, series: SqliteSeries, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = series.commit

    def slowly(*arguments: Any) -> Any:
        time.sleep(0.02)
        return commit(*arguments)

    monkeypatch.setattr(series, "commit", slowly)
    with ingest(broker.port, series) as made, FakeGateway(broker.port) as gateway:
        subscribed(made)
        for seq in range(1, 101):
            gateway.publish(batch(run((NOW_MS + seq, 60)), first_seq=seq))
            gateway.tell(b'{"online": true}')
        eventually(lambda: gateway.acknowledged() == set(range(1, 101)))
        assert made.health().broker.connections == 1


def test_a_fault_in_a_callback_does_not_end_the_network_thread(
    broker: BrokerProcess, series: SqliteSeries, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ingest(broker.port, series) as made, FakeGateway(broker.port) as gateway:
        subscribed(made)
        monkeypatch.setattr(made.presence, "note", None)
        gateway.tell(b'{"online": true}')
        gateway.publish(batch(run((NOW_MS, 60))))
        eventually(lambda: gateway.acknowledged() == {1})
        assert made.health().broker.callback_faults == 1


def test_presence_follows_status_and_last_will(broker: BrokerProcess, series: SqliteSeries) -> None:
    with ingest(broker.port, series) as made:
        subscribed(made)
        with FakeGateway(broker.port) as gateway:
            gateway.tell(b'{"online": true, "t_ms": 1, "boot_id": "b"}')
            eventually(lambda: made.presence.online("home-1") is True)
            gateway.client._sock_close()  # gone without a word: the broker publishes its Last Will
            eventually(lambda: made.presence.online("home-1") is False)


_DIES_BEFORE_THE_ACK = """
import os, signal, sys, time
from pathlib import Path
from cloud.config import MqttSettings
from cloud.ingest.running import Ingest
from cloud.storage.sqlite_series import SqliteSeries
from tests.contracts.records import STRAP
from tests.fakes.command_book import FakeCommandBook
from tests.fakes.ingest import FakeDeviceRegistry
from vitals.clock import ScaledClock

devices = FakeDeviceRegistry()
devices.wear(STRAP, "wei")
made = Ingest(
    MqttSettings(port=int(sys.argv[1])), store=SqliteSeries(Path(sys.argv[2])), devices=devices,
    answers=FakeCommandBook(), clock=ScaledClock(),
    on_committed=lambda items: os.kill(os.getpid(), signal.SIGKILL),
)
made.start()
while not made.health().broker.subscriptions:
    time.sleep(0.05)
print("ready", flush=True)
signal.pause()
"""


def test_a_kill_between_commit_and_acknowledgement_leaves_one_row(
    broker: BrokerProcess, series: SqliteSeries, tmp_path: Path
) -> None:
    with FakeGateway(broker.port) as gateway:
        victim = subprocess.Popen(
            [sys.executable, "-c", _DIES_BEFORE_THE_ACK, str(broker.port), str(tmp_path / "series.db")],
            stdout=subprocess.PIPE,
        )
        with victim:
            assert victim.stdout is not None
            assert b"ready\n" in iter(victim.stdout.readline, b"")
            gateway.publish(batch(run((NOW_MS, 60))))
            assert victim.wait(20) == -9
        assert gateway.acks == []
        assert heart_rates(series) == [60]
        with ingest(broker.port, series) as made:  # the broker brings the message again
            eventually(lambda: gateway.acknowledged() == {1})
            assert made.health().stats.duplicates == 1
    assert heart_rates(series) == [60]
    assert len(series.pending(10)) == 1


def test_a_broker_that_comes_back_is_found_again(broker: BrokerProcess, series: SqliteSeries) -> None:
    with ingest(broker.port, series) as made:
        subscribed(made)
        broker.kill()
        eventually(lambda: not made.health().healthy)
        assert "not connected to the broker" in made.health().troubles[0]
        broker.start()
        subscribed(made)
        eventually(lambda: made.health().broker.subscriptions == 2)
        with FakeGateway(broker.port) as gateway:
            gateway.publish(batch(run((NOW_MS, 60))))
            eventually(lambda: gateway.acknowledged() == {1})


def test_a_broker_that_is_not_there_yet_is_waited_for(tmp_path: Path, series: SqliteSeries) -> None:
    broker = Mosquitto(tmp_path / "broker")
    with ingest(broker.port, series) as made:
        eventually(lambda: bool(made.health().troubles))
        with started(broker):
            subscribed(made)


def test_nobody_at_the_port_does_not_keep_it_from_stopping(series: SqliteSeries) -> None:
    with ingest(free_port(), series) as made:
        assert not made.health().healthy
    assert all(not thread.name.startswith("ingest-") for thread in threading.enumerate() if thread.is_alive())


def test_a_store_that_refuses_turns_health_red_and_loses_nothing(
    broker: BrokerProcess, series: SqliteSeries
) -> None:
    store = FailingRecordStore(series)
    store.failures = [StorageError("another process holds it; wait")] * 3
    with ingest(broker.port, store) as made, FakeGateway(broker.port) as gateway:
        eventually(lambda: made.health().broker.subscriptions > 0)
        gateway.publish(batch(run((NOW_MS, 60))))
        eventually(lambda: not made.health().healthy)
        assert "nothing can be stored: another process holds it" in made.health().troubles[0]
        assert gateway.acks == []
        eventually(lambda: gateway.acknowledged() == {1})
        eventually(lambda: made.health().healthy)
        assert made.health().stats.failures == 3


def test_what_the_inbox_refuses_comes_again_once_there_is_room(
    mosquitto: BrokerProcess, series: SqliteSeries
) -> None:
    store = FailingRecordStore(series)
    store.failures = [StorageError("away")] * 3
    inbox = Inbox(max_messages=5)
    with ingest(mosquitto.port, store, inbox=inbox) as made, FakeGateway(mosquitto.port) as gateway:
        eventually(lambda: made.health().broker.subscriptions > 0)
        for seq in range(1, 41):
            gateway.publish(batch(run((NOW_MS + seq, float(seq))), first_seq=seq))
            assert len(inbox) <= 5
        eventually(lambda: gateway.acknowledged() == set(range(1, 41)), within_s=60)
        assert made.health().broker.refused_by_inbox > 0
        assert made.health().broker.connections > 1
    assert heart_rates(series) == [float(seq) for seq in range(1, 41)]
    (account,) = series.accounts()
    assert (account.stored, account.missing, account.epoch) == (((1, 40),), (), EPOCH)


def test_an_acknowledgement_from_before_a_reconnection_is_dropped(
    mosquitto: BrokerProcess, series: SqliteSeries
) -> None:
    store = FailingRecordStore(series)
    store.failures = [StorageError("away")] * 4
    with ingest(mosquitto.port, store) as made, FakeGateway(mosquitto.port) as gateway:
        eventually(lambda: made.health().broker.subscriptions > 0)
        gateway.publish(batch(run((NOW_MS, 60))))
        eventually(lambda: made.health().stats.failures > 0)
        made._subscriber.client._sock_close()  # the connection is lost while the store refuses
        eventually(lambda: made.health().broker.connections == 2)
        eventually(lambda: made.health().broker.stale_acks_dropped == 1)
        eventually(lambda: made.health().stats.duplicates == 1)
    assert heart_rates(series) == [60]


def test_a_broker_that_refuses_the_login_is_a_trouble_with_its_reason(
    tmp_path: Path, series: SqliteSeries
) -> None:
    guarded = Mosquitto(tmp_path / "broker", extra="allow_anonymous false")
    with started(guarded) as broker, ingest(broker.port, series) as made:
        eventually(lambda: any("refuses it (Not authorized)" in one for one in made.health().troubles))
