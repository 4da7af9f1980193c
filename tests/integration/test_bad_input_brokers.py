"""Bad input through real brokers: it costs nobody else anything, and what can be read later comes back."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner

from carewire.cli import app
from cloud.config import MqttSettings
from cloud.ingest.running import Ingest
from cloud.storage.sqlite_series import SqliteSeries
from tests.contracts.batches import EPOCH, batch, batch_of
from tests.contracts.records import NOW_MS, STRAP, run
from tests.fakes.broker_process import EmbeddedBroker, Mosquitto
from tests.fakes.command_book import FakeCommandBook
from tests.fakes.gateway import FakeGateway, eventually
from tests.fakes.ingest import FakeDeviceRegistry
from vitals.clock import ScaledClock
from vitals.wire import envelope, topics
from vitals.wire.envelope import encode_record

OVERSIZE = bytes(300_000)  # the broker takes 262,144
LOGIN = {"password": "any"}
ACL = """
user home-1
topic readwrite v1/gw/home-1/#
user home-2
topic readwrite v1/gw/home-2/#
user ingest
topic readwrite v1/gw/#
"""


@pytest.fixture
def series(tmp_path: Path) -> Iterator[SqliteSeries]:
    opened = SqliteSeries(tmp_path / "series.db")
    yield opened
    opened.close()


@contextmanager
def ingesting(port: int, store: SqliteSeries, **settings: Any) -> Iterator[Ingest]:
    devices = FakeDeviceRegistry()
    devices.wear(STRAP, "wei")
    made = Ingest(
        MqttSettings(port=port, **settings),
        store=store,
        devices=devices,
        answers=FakeCommandBook(),
        clock=ScaledClock(),
    )
    made.start()
    try:
        eventually(lambda: made.health().healthy and made.health().broker.subscriptions > 0)
        yield made
    finally:
        made.stop()


@contextmanager
def mosquitto(folder: Path, **settings: str) -> Iterator[Mosquitto]:
    broker = Mosquitto(folder, **settings)
    broker.start()
    try:
        yield broker
    finally:
        broker.kill()


@pytest.mark.parametrize("kind", [Mosquitto, EmbeddedBroker])
def test_a_payload_over_the_limit_costs_no_other_gateway_anything(
    kind: type[Mosquitto | EmbeddedBroker], series: SqliteSeries, tmp_path: Path
) -> None:
    broker = kind(tmp_path / "broker")
    broker.start()
    try:
        with (
            ingesting(broker.port, series) as made,
            FakeGateway(broker.port, "home-2") as greedy,
            FakeGateway(broker.port) as gateway,
        ):
            greedy.client.publish(topics.up("home-2"), OVERSIZE, qos=1)
            for seq in range(1, 21):
                gateway.publish(batch(run((NOW_MS + seq, 60)), first_seq=seq))
            eventually(lambda: gateway.acknowledged() == set(range(1, 21)))
            assert made.health().healthy
            greedy.client.disconnect()
    finally:
        broker.kill()
    assert {item.gateway for item in series.quarantined(9)} <= {"home-2"}
    assert [account.gateway for account in series.accounts() if account.stored] == ["home-1"]


def test_a_gateway_gets_nothing_in_under_the_name_of_another(series: SqliteSeries, tmp_path: Path) -> None:
    named = msgspec.msgpack.decode(batch(run((NOW_MS, 66)), first_seq=2)) | {"gateway": "home-1"}
    with (
        mosquitto(tmp_path / "broker", acl=ACL) as broker,
        ingesting(broker.port, series, username="ingest", **LOGIN),
        FakeGateway(broker.port, "home-1", username="home-1", **LOGIN) as owner,
        FakeGateway(broker.port, "home-2", username="home-2", **LOGIN) as forger,
    ):
        forger.publish(batch(run((NOW_MS, 99))), topic=topics.up("home-1"))
        forger.publish(msgspec.msgpack.encode(named))
        owner.publish(batch(run((NOW_MS, 60))))
        eventually(lambda: (owner.acknowledged(), forger.acknowledged()) == ({1}, {2}))
    assert {account.gateway: account.stored for account in series.accounts()} == {
        "home-1": ((1, 1),),
        "home-2": ((2, 2),),
    }


def test_a_kind_learned_later_is_brought_back_beside_the_running_service(
    series: SqliteSeries, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CAREWIRE_CLOUD_DATA_DIR", str(tmp_path))
    mood = encode_record(run((NOW_MS, 3))).replace(b"\xaaheart_rate", b"\xaaheart_mood")
    with (
        mosquitto(tmp_path / "broker") as broker,
        ingesting(broker.port, series),
        FakeGateway(broker.port) as gateway,
    ):
        gateway.publish(batch_of([mood, encode_record(run((NOW_MS, 60))), mood]))
        eventually(lambda: gateway.acknowledged() == {2})
        eventually(lambda: [one.seq for _, ack in gateway.acks for one in ack.quarantined] == [1, 3])
        rows = dict(envelope.OBSERVATION_KINDS)
        rows["heart_mood"] = replace(rows["heart_rate"], key="heart_mood")
        monkeypatch.setattr(envelope, "OBSERVATION_KINDS", MappingProxyType(rows))
        done = CliRunner().invoke(app, ["cloud", "quarantine", "replay"])
        assert (done.exit_code, done.output.splitlines()[-1]) == (0, "tried 2: 2 stored, 0 still set aside")
        gateway.publish(batch(run((NOW_MS + 9, 61)), first_seq=4))
        eventually(lambda: gateway.acknowledged() == {2, 4})
    told = CliRunner().invoke(app, ["cloud", "doctor", "--json"])
    [home] = json.loads(told.output)["gateways"]
    assert (told.exit_code, home["stored"], home["quarantined"], home["duplicates"]) == (0, 4, 0, 0)
    (account,) = series.accounts()
    assert (account.epoch, account.stored) == (EPOCH, ((1, 4),))
