"""The embedded broker keeps the last of each topic and no more, however long it runs."""

import time
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest

from carewire.bench.process import memory_mb
from carewire.soak import BROKER_MB
from tests.fakes.broker_process import EmbeddedBroker
from tests.fakes.mqtt_clients import let_go

SIZE = 3_000
FILLING = 5_000
MORE = 5_000
PATIENCE_S = 60.0


class Echo:
    """Sends records up and gets something down for each, as gateway and service do."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._answered = 0
        self._gateway, self._service = self._client("gateway"), self._client("service")
        self._service.on_message = self._answer
        self._gateway.on_message = self._count
        self._service.subscribe("v1/gw/+/up", qos=1)
        self._gateway.subscribe("v1/gw/one/down/#", qos=1)
        time.sleep(0.5)  # what is sent before a subscription stands would never be answered

    def send(self, number: int) -> None:
        """Send so many, a few at a time, and wait for the answer to each."""
        until_s, goal = time.monotonic() + PATIENCE_S, self._answered + number
        for place in range(number):
            while goal - number + place - self._answered > 50:
                assert time.monotonic() < until_s, "the broker stands still"
                time.sleep(0.001)
            self._gateway.publish("v1/gw/one/up", bytes(SIZE), qos=1)
        while self._answered < goal:
            assert time.monotonic() < until_s, "not every answer came"
            time.sleep(0.01)

    def close(self) -> None:
        for client in (self._gateway, self._service):
            let_go(client)

    def _client(self, name: str) -> mqtt.Client:
        client = mqtt.Client(
            mqtt.CallbackAPIVersion.VERSION2, client_id=name, protocol=mqtt.MQTTv5, reconnect_on_failure=False
        )
        client.connect("127.0.0.1", self._port)
        client.loop_start()
        return client

    def _answer(self, client: mqtt.Client, _data: object, _message: mqtt.MQTTMessage) -> None:
        client.publish("v1/gw/one/down/ack", bytes(SIZE), qos=1)

    def _count(self, _client: mqtt.Client, _data: object, _message: mqtt.MQTTMessage) -> None:
        self._answered += 1


@pytest.fixture
def broker(tmp_path: Path):
    broker = EmbeddedBroker(tmp_path)
    broker.start()
    yield broker
    broker.kill()


def test_once_its_logs_are_full_it_grows_no_more(broker: EmbeddedBroker) -> None:
    echo = Echo(broker.port)
    try:
        echo.send(FILLING)
        full_mb = memory_mb(broker.pid, "VmRSS")
        echo.send(MORE)
        assert memory_mb(broker.pid, "VmRSS") - full_mb < 4.0  # of 30 MB more, both ways together
        assert memory_mb(broker.pid, "VmHWM") < BROKER_MB
    finally:
        echo.close()
