"""A gateway hears whether alerting lives: over either broker, and by HTTP where there is none."""

import asyncio
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cloud.config import MqttSettings
from cloud.ingest.inbox import Inbox
from cloud.ingest.liveness_channel import MqttLivenessChannel
from cloud.ingest.presence import GatewayPresence
from cloud.ingest.subscriber import MqttSubscriber
from cloud.liveness.homeward import HomeTeller
from edge.outbox import Outbox
from tests.fakes.broker_process import BrokerProcess, EmbeddedBroker, Mosquitto
from tests.fakes.cloud_process import CloudProcess
from tests.fakes.gateway_delivery import (
    GATEWAY,
    by_http,
    gateway_delivering,
    gateway_falling_back,
    until,
)
from tests.fakes.gateway_records import open_outbox
from tests.fakes.http_server import free_port
from vitals.clock import ScaledClock
from vitals.wire.liveness import Liveness


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    opened = open_outbox(tmp_path / "outbox.db")
    yield opened
    opened.close()


@pytest.mark.parametrize("kind", [Mosquitto, EmbeddedBroker])
async def test_over_a_broker_it_hears_it_again_and_again_and_a_change_at_once(
    tmp_path: Path, outbox: Outbox, kind: type[BrokerProcess]
) -> None:
    broker = kind(tmp_path / "broker")
    broker.start()
    presence, is_alerting, heard = GatewayPresence(), [True], list[Liveness]()
    subscriber = MqttSubscriber(
        MqttSettings(port=broker.port), inbox=Inbox(), presence=presence, clock=ScaledClock()
    )
    later_s = [0.0]
    teller = HomeTeller(
        onlines=presence.onlines,
        is_alerting=lambda: is_alerting[0],
        channel=MqttLivenessChannel(subscriber.client),
        monotonic_s=lambda: time.monotonic() + later_s[0],
    )
    stop = threading.Event()
    thread = threading.Thread(target=teller.run, args=(stop,), daemon=True)
    subscriber.start()
    thread.start()
    try:
        async with gateway_delivering(outbox, broker.port, on_liveness=heard.append) as running:
            await until(lambda: heard == [Liveness(is_alerting=True)])
            later_s[0] += 60
            await until(lambda: len(heard) == 2)
            is_alerting[0] = False
            await until(lambda: heard[-1] == Liveness(is_alerting=False))
            assert running.delivery.heard_s_ago is None, "it acknowledges nothing"
            assert teller.troubles() == ()
    finally:
        stop.set()
        teller.wake()
        thread.join(10)
        subscriber.stop()
        broker.kill()


async def test_by_http_it_comes_with_what_is_asked(tmp_path: Path, outbox: Outbox) -> None:
    cloud, heard = CloudProcess(tmp_path / "cloud"), list[Liveness]()
    await asyncio.to_thread(cloud.start)
    http = by_http(cloud.url, cloud.token(GATEWAY))
    try:
        async with gateway_falling_back(outbox, free_port(), http, on_liveness=heard.append):
            await until(lambda: Liveness(is_alerting=True) in heard)
    finally:
        cloud.kill()
