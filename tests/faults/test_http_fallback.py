"""A blocked broker, broken connections and a killed service, and a gateway that can also go by HTTP."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from cloud.commands.issue import CommandIssuer
from cloud.storage.relational.opening import open_relational
from edge.outbox import Outbox
from edge.sending.uplink import CommandArrived
from edge.sending.way import Way
from tests.fakes.broker_process import Mosquitto
from tests.fakes.cloud_process import CloudProcess
from tests.fakes.gateway_delivery import GATEWAY, by_http, gateway_falling_back, until
from tests.fakes.gateway_records import event, open_outbox, run, strip
from tests.fakes.http_server import free_port
from tests.fakes.tcp_proxy import everything, nothing, tcp_proxy
from vitals.clock import ScaledClock
from vitals.wire.command import decode_command

_COUNT = 60


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    opened = open_outbox(tmp_path / "outbox.db")
    put(opened, range(_COUNT))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    started = Mosquitto(tmp_path_factory.mktemp("broker"))
    started.start()
    yield started
    started.kill()


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory, broker: Mosquitto) -> Iterator[CloudProcess]:
    """One service for all tests: each has an outbox, and so epochs, of its own."""
    started = CloudProcess(tmp_path_factory.mktemp("cloud"), broker.port)
    started.start()
    yield started
    started.kill()


def put(outbox: Outbox, numbers: range) -> None:
    for number in numbers:
        outbox.append([run(number), strip(number), event(number)])


def assert_nothing_is_lost(outbox: Outbox, cloud: CloudProcess, count: int = _COUNT) -> None:
    """Every record is stored once, under this gateway's name, and none waits any more."""
    assert outbox.status().records == 0
    stored = cloud.stored(GATEWAY)
    assert {stored.get(epoch) for epoch in outbox.status().made} == {((1, count),)}


async def test_with_the_brokers_port_blocked_everything_arrives_by_http(
    outbox: Outbox, cloud: CloudProcess
) -> None:
    options = by_http(cloud.url, cloud.token(GATEWAY))
    async with gateway_falling_back(outbox, free_port(), options) as running:
        await until(lambda: outbox.status().records == 0)
        assert running.uplink.way is Way.HTTP
        assert running.delivery.is_link_up
    assert_nothing_is_lost(outbox, cloud)


async def test_a_half_open_broker_is_gone_around_and_gone_back_to_when_it_answers(
    outbox: Outbox, broker: Mosquitto, cloud: CloudProcess
) -> None:
    options = by_http(cloud.url, cloud.token(GATEWAY))
    async with (
        tcp_proxy(broker.port) as proxy,
        gateway_falling_back(outbox, proxy.port, options) as running,
    ):
        await until(lambda: outbox.status().records == 0)
        assert running.uplink.way is Way.MQTT
        proxy.upward = proxy.downward = nothing
        put(outbox, range(_COUNT, 2 * _COUNT))
        running.delivery.notify()
        await until(lambda: running.uplink.way is Way.HTTP)
        await until(lambda: outbox.status().records == 0)
        proxy.upward = proxy.downward = everything
        proxy.reset_all()
        await until(lambda: running.uplink.way is Way.MQTT)
        put(outbox, range(2 * _COUNT, 3 * _COUNT))
        running.delivery.notify()
        await until(lambda: outbox.status().records == 0)
        assert running.uplink.counters["uplink.to_mqtt"] >= 2
    assert_nothing_is_lost(outbox, cloud, 3 * _COUNT)


async def test_a_broker_nobody_of_the_service_listens_at_is_gone_around(
    tmp_path: Path, outbox: Outbox, cloud: CloudProcess
) -> None:
    options = by_http(cloud.url, cloud.token(GATEWAY))
    count = _COUNT
    with Mosquitto(tmp_path / "other") as other:
        async with gateway_falling_back(outbox, other.port, options) as running:
            while not running.delivery.counters.get("delivery.no_subscriber"):
                await until(lambda: running.uplink.way is Way.MQTT)  # what came before may have gone by HTTP
                put(outbox, range(count, count + _COUNT))
                count += _COUNT
                running.delivery.notify()
                await until(lambda: outbox.status().records == 0)
    assert_nothing_is_lost(outbox, cloud, count)


async def test_connections_to_the_service_that_are_reset_lose_nothing(
    outbox: Outbox, cloud: CloudProcess
) -> None:
    passed_bytes = 0

    def cut_after_a_while(chunk: bytes) -> bytes | None:
        nonlocal passed_bytes
        passed_bytes += len(chunk)
        return chunk if passed_bytes < 60_000 or proxy.connections > 12 else None

    async with tcp_proxy(cloud.port) as proxy:
        proxy.upward = cut_after_a_while
        options = by_http(f"http://127.0.0.1:{proxy.port}", cloud.token(GATEWAY))
        async with gateway_falling_back(outbox, free_port(), options) as running:
            await until(lambda: outbox.status().records == 0)
            assert running.uplink.counters["http.failed"] >= 1
    assert_nothing_is_lost(outbox, cloud)


async def test_answers_of_the_service_that_are_lost_are_asked_for_again_and_absorbed(
    outbox: Outbox, cloud: CloudProcess
) -> None:
    async with tcp_proxy(cloud.port) as proxy:
        options = by_http(f"http://127.0.0.1:{proxy.port}", cloud.token(GATEWAY))
        async with gateway_falling_back(outbox, free_port(), options) as running:
            await until(lambda: running.delivery.is_link_up)
            proxy.downward = nothing
            put(outbox, range(_COUNT, 2 * _COUNT))
            running.delivery.notify()
            await until(lambda: running.delivery.counters["delivery.reconnects_forced"] >= 1)
            proxy.downward = everything
            proxy.reset_all()
            await until(lambda: outbox.status().records == 0)
    assert_nothing_is_lost(outbox, cloud, 2 * _COUNT)


async def test_a_service_killed_while_it_stores_has_lost_nothing_it_acknowledged(
    outbox: Outbox, cloud: CloudProcess
) -> None:
    put(outbox, range(_COUNT, 6 * _COUNT))
    options = by_http(cloud.url, cloud.token(GATEWAY))
    async with gateway_falling_back(outbox, free_port(), options) as running:
        await until(lambda: running.delivery.counters["delivery.acknowledged"] >= 200)
        await asyncio.to_thread(cloud.kill)
        await until(lambda: not running.delivery.is_link_up)
        await asyncio.to_thread(cloud.start)
        await until(lambda: outbox.status().records == 0, within_s=60)
    assert_nothing_is_lost(outbox, cloud, 6 * _COUNT)


async def test_a_revoked_token_stops_delivery_at_once_and_costs_nothing(
    outbox: Outbox, cloud: CloudProcess
) -> None:
    token = cloud.token(GATEWAY)
    async with gateway_falling_back(outbox, free_port(), by_http(cloud.url, token)) as running:
        await until(lambda: outbox.status().records == 0)
        assert cloud.revoke(GATEWAY) >= 1
        put(outbox, range(_COUNT, 2 * _COUNT))
        running.delivery.notify()
        await until(lambda: running.uplink.counters.get("http.refused", 0) >= 1)
        await until(lambda: not running.delivery.is_link_up)
        assert outbox.status().records == 3 * _COUNT
    options = by_http(cloud.url, cloud.token(GATEWAY))
    async with gateway_falling_back(outbox, free_port(), options):
        await until(lambda: outbox.status().records == 0)
    assert_nothing_is_lost(outbox, cloud, 2 * _COUNT)


async def test_another_gateways_token_stores_under_the_others_name_and_never_under_this_ones(
    outbox: Outbox, cloud: CloudProcess
) -> None:
    options = by_http(cloud.url, cloud.token("gw-other"))
    async with gateway_falling_back(outbox, free_port(), options):
        await until(lambda: outbox.status().records == 0)
    epochs = outbox.status().made.keys()
    assert epochs <= cloud.stored("gw-other").keys()
    assert not epochs & cloud.stored(GATEWAY).keys()


async def test_commands_reach_a_gateway_that_goes_by_http(outbox: Outbox, cloud: CloudProcess) -> None:
    heard: list[CommandArrived] = []
    options = by_http(cloud.url, cloud.token(GATEWAY))
    relational = open_relational(cloud.settings.database_url)
    issuer = CommandIssuer(book=relational.commands, clock=ScaledClock(), new_id=lambda: "command-1")
    async with gateway_falling_back(outbox, free_port(), options, on_command=heard.append) as running:
        await until(lambda: running.delivery.is_link_up)
        issuer.issue(GATEWAY, "identify", {}, by="u-admin", expires_in_s=60)
        await until(lambda: heard)
    relational.close()
    assert decode_command(heard[0].payload).id == "command-1"
