"""The gateway's delivery over real brokers, with a small ingest that acknowledges."""

import asyncio
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from paho.mqtt.client import Client, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode

from edge.adapters.mqtt import MqttUplink
from edge.adapters.mqtt_connection import MqttOptions
from edge.outbox import Outbox
from edge.sending.uplink import CommandArrived
from tests.fakes.broker_process import BrokerProcess, EmbeddedBroker, Mosquitto, free_port
from tests.fakes.gateway_delivery import GATEWAY, gateway_delivering, until
from tests.fakes.gateway_records import event, open_outbox, run, strip
from tests.fakes.mqtt_clients import let_go
from tests.fakes.mqtt_ingest import MqttIngest
from vitals.clock import ScaledClock
from vitals.errors import ConfigurationError, DeliveryError
from vitals.wire import topics


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    opened = open_outbox(tmp_path / "outbox.db")
    yield opened
    opened.close()


@pytest.fixture(params=[Mosquitto, EmbeddedBroker])
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[BrokerProcess]:
    started: BrokerProcess = request.param(tmp_path / "broker")
    started.start()
    yield started
    started.kill()


@pytest.fixture
def ingest(broker: BrokerProcess) -> Iterator[MqttIngest]:
    started = MqttIngest(broker.port)
    started.start()
    yield started
    started.stop()


def retained(broker: BrokerProcess) -> dict[str, Any]:
    """Return what a newcomer is told of the gateway's presence."""
    heard: list[bytes] = []
    client = Client(CallbackAPIVersion.VERSION2, client_id="newcomer", protocol=MQTTv5)
    client.on_connect = lambda connected, *_: connected.subscribe(topics.status(GATEWAY), 1)
    client.on_message = lambda _client, _userdata, message: heard.append(bytes(message.payload))
    client.connect("127.0.0.1", broker.port)
    for _ in range(100):
        client.loop(0.05)
        if heard:
            break
    client.disconnect()
    client.loop(0.05)
    let_go(client)
    found: dict[str, Any] = json.loads(heard[0])
    return found


async def test_what_waits_reaches_the_cloud_in_order_and_leaves_the_outbox(
    outbox: Outbox, broker: BrokerProcess, ingest: MqttIngest
) -> None:
    for number in range(50):
        outbox.append([run(number), strip(number), event(number)])
    async with gateway_delivering(outbox, broker.port) as running:
        await until(lambda: outbox.status().records == 0)
        outbox.append([event(99)])
        running.delivery.notify()
        await until(lambda: outbox.status().records == 0)
    assert ingest.seqs("events") == list(range(1, 52))
    assert ingest.seqs("observations") == ingest.seqs("waveforms") == list(range(1, 51))
    assert ingest.order[0][0].endswith("events")


async def test_a_gateway_started_before_its_broker_waits_for_it(tmp_path: Path, outbox: Outbox) -> None:
    broker = Mosquitto(tmp_path / "broker")
    outbox.append([event(1)])
    async with gateway_delivering(outbox, broker.port) as running:
        await until(lambda: running.uplink.counters.get("mqtt.connect_failed", 0) >= 2)
        broker.start()
        ingest = MqttIngest(broker.port)
        ingest.start()
        await until(lambda: outbox.status().records == 0)
    ingest.stop()
    broker.kill()


async def test_presence_is_retained_repeated_and_withdrawn_at_a_proper_end(
    outbox: Outbox, broker: BrokerProcess, ingest: MqttIngest
) -> None:
    async with gateway_delivering(outbox, broker.port):
        await until(lambda: len(ingest.statuses) >= 2)
        told = await asyncio.to_thread(retained, broker)
        assert told["online"] is True
        assert told["t_ms"] > 0
    await until(lambda: json.loads(ingest.statuses[-1]) == {"online": False})
    assert (await asyncio.to_thread(retained, broker)) == {"online": False}


async def test_the_last_will_speaks_for_a_gateway_that_vanished(
    outbox: Outbox, broker: BrokerProcess, ingest: MqttIngest
) -> None:
    async with gateway_delivering(outbox, broker.port) as running:
        await until(lambda: ingest.statuses)
        running.uplink.restart("as if the power failed")  # cuts the socket without a DISCONNECT
        await until(lambda: {"online": False} in [json.loads(told) for told in ingest.statuses])


async def test_a_command_is_handed_on_as_it_came(
    outbox: Outbox, broker: BrokerProcess, ingest: MqttIngest
) -> None:
    heard: list[CommandArrived] = []
    async with gateway_delivering(outbox, broker.port, on_command=heard.append):
        await until(lambda: ingest.statuses)
        ingest.command(GATEWAY, b"{}")
        await until(lambda: heard)
    assert heard == [CommandArrived(payload=b"{}", content_type=None)]


async def test_a_fault_in_a_callback_is_counted_and_delivery_goes_on(
    outbox: Outbox, broker: BrokerProcess, ingest: MqttIngest, monkeypatch: pytest.MonkeyPatch
) -> None:
    faults = [RuntimeError("first message")]
    async with gateway_delivering(outbox, broker.port) as running:
        await until(lambda: ingest.statuses)
        hear = running.delivery._on_event

        def fail_once(happening: Any) -> None:
            if faults and type(happening).__name__ == "AckArrived":
                raise faults.pop()
            hear(happening)

        connection = running.uplink._connection
        assert connection is not None
        monkeypatch.setattr(connection, "_on_event", fail_once)
        outbox.append([event(1)])
        running.delivery.notify()
        await until(lambda: outbox.status().records == 0)
        assert running.uplink.counters["mqtt.callback_errors"] == 1


async def test_a_dead_network_thread_is_noticed_and_replaced(
    outbox: Outbox, broker: BrokerProcess, ingest: MqttIngest
) -> None:
    async with gateway_delivering(outbox, broker.port) as running:
        await until(lambda: ingest.statuses)
        connection = running.uplink._connection
        assert connection is not None
        connection._client.on_disconnect = None
        connection._client._thread_terminate = True  # as if an exception had ended it
        await until(lambda: running.uplink.counters.get("mqtt.thread_died"))
        outbox.append([event(1)])
        running.delivery.notify()
        await until(lambda: outbox.status().records == 0)


async def test_nothing_can_be_sent_without_a_connection() -> None:
    uplink = MqttUplink(GATEWAY, MqttOptions(host="127.0.0.1", port=free_port()), ScaledClock())
    with pytest.raises(DeliveryError, match="stays in the outbox"):
        uplink.send(b"", ticket=1)
    uplink.restart("nothing to restart")


def test_unusable_tls_files_are_a_configuration_error(tmp_path: Path) -> None:
    options = MqttOptions(host="127.0.0.1", port=8883, ca_file=tmp_path / "missing.pem")
    with pytest.raises(ConfigurationError, match="check ca_file"):
        MqttUplink(GATEWAY, options, ScaledClock())


async def test_a_gateway_stopped_while_it_connects_leaves_no_thread_behind(
    broker: BrokerProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its connection comes about on a thread of its own, which nobody can cancel."""
    is_connecting, may_connect, connect = threading.Event(), threading.Event(), Client.connect

    def slowly(*args: Any, **options: Any) -> MQTTErrorCode:
        is_connecting.set()
        may_connect.wait(20)
        return connect(*args, **options)

    monkeypatch.setattr(Client, "connect", slowly)
    uplink = MqttUplink(GATEWAY, MqttOptions(host="127.0.0.1", port=broker.port), ScaledClock())
    running = asyncio.create_task(uplink.run(lambda _: None))
    await until(is_connecting.is_set)
    running.cancel()
    await asyncio.sleep(0.05)
    may_connect.set()
    with pytest.raises(asyncio.CancelledError):
        await running
    await asyncio.get_running_loop().shutdown_default_executor()  # by now it is connected
    await until(
        lambda: not [each for each in threading.enumerate() if each.name.endswith(GATEWAY)], within_s=20
    )
