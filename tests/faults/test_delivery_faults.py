"""What the network and the broker do to a gateway, and that nothing is lost by it."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from edge.outbox import Outbox
from tests.fakes.broker_process import BrokerProcess, EmbeddedBroker, Mosquitto
from tests.fakes.gateway_delivery import FAST, GATEWAY, gateway_delivering, until
from tests.fakes.gateway_records import event, open_outbox, run, strip
from tests.fakes.mqtt_ingest import MqttIngest
from tests.fakes.tcp_proxy import everything, nothing, tcp_proxy
from vitals.wire import topics
from vitals.wire.envelope import Ack

_COUNT = 60


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    opened = open_outbox(tmp_path / "outbox.db")
    for number in range(_COUNT):
        opened.append([run(number), strip(number), event(number)])
    yield opened
    opened.close()


@pytest.fixture(params=[Mosquitto, EmbeddedBroker])
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[BrokerProcess]:
    started: BrokerProcess = request.param(tmp_path / "broker")
    started.start()
    yield started
    started.kill()


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Mosquitto]:
    started = Mosquitto(tmp_path / "broker")
    started.start()
    yield started
    started.kill()


@pytest.fixture
async def ingest(broker: BrokerProcess) -> AsyncIterator[MqttIngest]:
    started = MqttIngest(broker.port)
    started.start()
    await until(lambda: started.is_subscribed)
    yield started
    started.stop()


def assert_nothing_is_lost(outbox: Outbox, ingest: MqttIngest, count: int = _COUNT) -> None:
    assert outbox.status().records == 0
    for lane in ("events", "observations", "waveforms"):
        assert ingest.seqs(lane) == list(range(1, count + 1))


async def test_a_broker_killed_with_its_state_wiped_is_told_everything_again(
    outbox: Outbox, broker: BrokerProcess, ingest: MqttIngest
) -> None:
    ingest.acknowledges = False
    async with gateway_delivering(outbox, broker.port) as running:
        await until(lambda: running.delivery.counters["delivery.received"] >= 3)
        broker.kill(wipe=True)
        ingest.stop()
        ingest.stored.clear()  # whatever it had not committed
        await until(lambda: not running.delivery.is_link_up)
        assert outbox.status().records == 3 * _COUNT
        broker.start()
        ingest = MqttIngest(broker.port)
        ingest.start()
        await until(lambda: outbox.status().records == 0)
    ingest.stop()
    assert_nothing_is_lost(outbox, ingest)


async def test_a_message_the_broker_throws_away_for_want_of_a_reader_stays(
    outbox: Outbox, mosquitto: Mosquitto
) -> None:
    async with gateway_delivering(outbox, mosquitto.port) as running:
        await until(lambda: running.delivery.counters["delivery.no_subscriber"] >= 2)
        assert outbox.status().records == 3 * _COUNT
        ingest = MqttIngest(mosquitto.port)
        ingest.start()
        await until(lambda: outbox.status().records == 0)
    ingest.stop()
    assert_nothing_is_lost(outbox, ingest)


async def test_a_connection_reset_in_the_middle_of_a_publish_loses_nothing(
    outbox: Outbox, broker: BrokerProcess, ingest: MqttIngest
) -> None:
    passed_bytes = 0

    def cut_after_a_while(chunk: bytes) -> bytes | None:
        nonlocal passed_bytes
        passed_bytes += len(chunk)
        return chunk if passed_bytes < 40_000 or proxy.connections > 3 else None

    async with tcp_proxy(broker.port) as proxy:
        proxy.upward = cut_after_a_while
        async with gateway_delivering(outbox, proxy.port) as running:
            await until(lambda: outbox.status().records == 0)
            assert running.delivery.counters["delivery.link_down"] >= 1
    ingest.stop()
    assert_nothing_is_lost(outbox, ingest)


async def test_answers_swallowed_on_the_way_cost_a_reconnect_and_nothing_else(
    outbox: Outbox, broker: BrokerProcess, ingest: MqttIngest
) -> None:
    async with (
        tcp_proxy(broker.port) as proxy,
        gateway_delivering(outbox, proxy.port, keepalive_s=60) as running,
    ):
        await until(lambda: running.delivery.is_link_up)
        proxy.downward = nothing
        outbox.append([event(_COUNT), run(_COUNT), strip(_COUNT)])
        running.delivery.notify()
        await until(lambda: running.delivery.counters["delivery.reconnects_forced"] >= 1)
        proxy.downward = everything
        await until(lambda: outbox.status().records == 0)
    ingest.stop()
    assert_nothing_is_lost(outbox, ingest, _COUNT + 1)


async def test_what_the_brokers_acl_denies_stays_in_the_outbox_until_it_is_allowed(
    tmp_path: Path, outbox: Outbox
) -> None:
    presence = f"topic readwrite v1/gw/+/status\ntopic read {topics.down_ack(GATEWAY)}\n"
    presence += f"topic read {topics.down_command(GATEWAY)}\n"
    everything_else = "topic readwrite v1/gw/#\n"
    with Mosquitto(tmp_path / "broker", acl=presence + "user ingest\n" + everything_else) as broker:
        async with gateway_delivering(outbox, broker.port) as running:
            await until(lambda: running.delivery.counters["delivery.refused"] >= 3)
            assert outbox.status().records == 3 * _COUNT
            assert running.delivery.counters["delivery.received"] == 0
            assert running.delivery.is_link_up, "a refusal is no reason to leave"
            broker.set_acl(presence + everything_else)
            ingest = MqttIngest(broker.port)
            ingest.start()
            await until(lambda: outbox.status().records == 0)
        ingest.stop()
    assert_nothing_is_lost(outbox, ingest)


async def test_a_gateway_the_broker_does_not_let_in_keeps_everything_and_keeps_trying(
    tmp_path: Path, outbox: Outbox
) -> None:
    with Mosquitto(tmp_path / "broker", extra="allow_anonymous false") as broker:
        async with gateway_delivering(outbox, broker.port) as running:
            await until(lambda: running.uplink.counters.get("mqtt.refused", 0) >= 2)
            assert not running.delivery.is_link_up
            assert outbox.status().records == 3 * _COUNT


async def test_a_gateway_that_may_not_hear_acknowledgements_sends_nothing_and_keeps_trying(
    outbox: Outbox, mosquitto: Mosquitto
) -> None:
    def refuse_subscription(chunk: bytes) -> bytes:
        is_suback = chunk[0] >> 4 == 9
        return chunk[:-4] + b"\x87\x87\x87\x87" if is_suback else chunk

    async with tcp_proxy(mosquitto.port) as proxy, gateway_delivering(outbox, proxy.port) as running:
        proxy.downward = refuse_subscription
        await until(lambda: running.uplink.counters.get("mqtt.subscribe_refused", 0) >= 2)
        assert not running.delivery.is_link_up
        assert running.delivery.counters["delivery.sent"] == 0
        assert outbox.status().records == 3 * _COUNT


async def test_a_gateway_that_may_not_hear_commands_delivers_all_the_same_and_says_so(
    outbox: Outbox, mosquitto: Mosquitto
) -> None:
    def refuse_commands(chunk: bytes) -> bytes:
        is_suback = chunk[0] >> 4 == 9
        return chunk[:-3] + b"\x87\x87\x87" if is_suback else chunk

    async with tcp_proxy(mosquitto.port) as proxy:
        proxy.downward = refuse_commands
        async with gateway_delivering(outbox, proxy.port) as running:
            await until(lambda: running.uplink.counters.get("mqtt.commands_refused", 0) == 1)
            await until(lambda: running.uplink.counters.get("mqtt.liveness_refused", 0) == 1)
            await until(lambda: running.delivery.is_link_up)
            await until(lambda: running.delivery.counters["delivery.sent"] > 0)


@pytest.mark.parametrize("keepalive_s", [2, 60], ids=["noticed by keepalive", "noticed by missing answers"])
async def test_a_half_open_link_is_left_and_delivery_goes_on_when_the_broker_thaws(
    outbox: Outbox, broker: BrokerProcess, ingest: MqttIngest, keepalive_s: int
) -> None:
    pace = replace(FAST, answer_s=60.0) if keepalive_s < 60 else FAST
    async with gateway_delivering(outbox, broker.port, keepalive_s=keepalive_s, pace=pace) as running:
        await until(lambda: outbox.status().records == 0)
        broker.freeze()
        outbox.append([event(_COUNT), run(_COUNT), strip(_COUNT)])
        running.delivery.notify()
        await until(lambda: not running.delivery.is_link_up)
        assert outbox.status().records == 3
        broker.thaw()
        await until(lambda: outbox.status().records == 0)
    ingest.stop()
    assert_nothing_is_lost(outbox, ingest, _COUNT + 1)


async def test_a_cloud_that_stores_but_whose_word_is_lost_is_asked_again_and_absorbs_it(
    outbox: Outbox, broker: BrokerProcess, ingest: MqttIngest
) -> None:
    ingest.acknowledges = False
    async with gateway_delivering(outbox, broker.port) as running:
        await until(lambda: ingest.count == 3 * _COUNT)
        ingest.acknowledges = True
        await until(lambda: outbox.status().records == 0)
        assert running.delivery.counters["delivery.resent"] > 0
    ingest.stop()
    assert ingest.duplicates > 0
    assert_nothing_is_lost(outbox, ingest)


async def test_stale_foreign_and_boundless_acknowledgements_delete_nothing_unsent(
    outbox: Outbox, broker: BrokerProcess, ingest: MqttIngest
) -> None:
    ingest.acknowledges = False
    async with gateway_delivering(outbox, broker.port) as running:
        await until(lambda: ingest.order)
        epoch = next(iter(ingest.stored))
        sent = max(last for of, _, last in ingest.order if of == epoch)
        ingest.acknowledge(GATEWAY, Ack(epoch="elsewhere-events", stored=[(1, 2**53)]))
        ingest.acknowledge(GATEWAY, Ack(epoch=epoch, stored=[(1, 2**53)]))
        ingest.acknowledge(GATEWAY, Ack(epoch=epoch, stored=[(1, 2**53)]))
        await until(lambda: outbox.counters.get("outbox.ack_stale"))
        assert outbox.counters["outbox.ack_foreign"] == 1
        assert outbox.counters["outbox.acknowledged"] == sent
        ingest.acknowledges = True
        await until(lambda: outbox.status().records == 0)
    ingest.stop()
    assert running.delivery.heard_s_ago is not None
    assert_nothing_is_lost(outbox, ingest)


async def test_two_gateways_with_one_name_are_told_apart_by_their_epochs_and_lose_nothing(
    tmp_path: Path, outbox: Outbox, mosquitto: Mosquitto
) -> None:
    twin = open_outbox(tmp_path / "twin.db")
    twin.append([event(number) for number in range(_COUNT)])
    ingest = MqttIngest(mosquitto.port)
    ingest.start()
    await until(lambda: ingest.is_subscribed)
    async with (
        gateway_delivering(outbox, mosquitto.port) as one,
        gateway_delivering(twin, mosquitto.port) as other,
    ):
        await until(lambda: outbox.status().records == twin.status().records == 0, within_s=30.0)
        await asyncio.sleep(0)
        assert one.uplink.counters.get("mqtt.disconnected") or other.uplink.counters.get("mqtt.disconnected")
    ingest.stop()
    twin.close()
    assert ingest.count == 4 * _COUNT
