"""The broker's subscriber and its inbox keep the contract of a source, on both brokers."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from cloud.config import MqttSettings
from cloud.ingest.inbox import Inbox
from cloud.ingest.presence import GatewayPresence
from cloud.ingest.subscriber import MqttSubscriber
from cloud.ports import BatchSource
from tests.contracts.batch_source import BatchSourceContract
from tests.fakes.broker_process import BrokerProcess, EmbeddedBroker, Mosquitto
from tests.fakes.gateway import FakeGateway, eventually
from vitals.clock import ScaledClock


class BrokersDoor:
    """Gateways at the broker, and one session of ingest there."""

    def __init__(self, port: int, gateways: dict[str, FakeGateway]) -> None:
        self.port, self.gateways = port, gateways

    def publish(self, gateway: str, payload: bytes) -> None:
        self.gateways[gateway].publish(payload)

    @contextmanager
    def opened(self) -> Iterator[BatchSource]:
        inbox = Inbox()
        subscriber = MqttSubscriber(
            MqttSettings(port=self.port), inbox=inbox, presence=GatewayPresence(), clock=ScaledClock()
        )
        subscriber.start()
        eventually(lambda: subscriber.counts.subscriptions > 0)
        try:
            yield inbox
        finally:
            subscriber.stop()


class TestBrokers(BatchSourceContract):
    """The embedded broker and mosquitto."""

    @pytest.fixture(params=[EmbeddedBroker, Mosquitto])
    def door(self, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[BrokersDoor]:
        broker: BrokerProcess = request.param(tmp_path / "broker")
        broker.start()
        names = ("home-1", "home-2")
        try:
            with ExitStack() as stack:
                gateways = {name: stack.enter_context(FakeGateway(broker.port, name)) for name in names}
                yield BrokersDoor(broker.port, gateways)
        finally:
            broker.kill()
