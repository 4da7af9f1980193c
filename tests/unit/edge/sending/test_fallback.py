"""Two ways as one link: what delivery is told, and that nothing of an ended one is taken for the other's."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass, field

import pytest

from edge.sending.fallback import FallbackUplink
from edge.sending.uplink import CommandArrived, LinkDown, LinkEvent, LinkUp, Received
from edge.sending.way import Patience, Way
from tests.fakes.uplink import FakeUplink
from vitals.errors import DeliveryError
from vitals.wire.envelope import VERSION, Ack, Batch, ClockStamp, encode_ack, encode_batch

PATIENCE = Patience(waiting_s=0.2, trial_s=0.2, first_rest_s=0.2, longest_rest_s=0.4)
PAYLOAD = encode_batch(
    Batch(
        v=VERSION,
        epoch="abcd-events",
        first_seq=1,
        boot_id="b",
        clock=ClockStamp(wall_ms=1, boottime_ms=1, synced=True),
        records=[b"\xc0"],  # type: ignore[list-item] # raw bytes, as delivery hands them on
    )
)
ACK = encode_ack(Ack(epoch="abcd-events", stored=[(1, 1)]))


class CountedUplink(FakeUplink):
    """How often it was begun and ended."""

    def __init__(self) -> None:
        super().__init__()
        self.begun = self.ended = 0

    async def run(self, on_event: Callable[[LinkEvent], None]) -> None:
        self.begun += 1
        try:
            await super().run(on_event)
        finally:
            self.ended += 1


@dataclass(slots=True)
class Ways:
    uplink: FallbackUplink
    mqtt: CountedUplink
    http: CountedUplink
    heard: list[LinkEvent] = field(default_factory=list)

    def told(self) -> list[str]:
        return [type(event).__name__ for event in self.heard]


@pytest.fixture
async def ways() -> AsyncIterator[Ways]:
    mqtt, http = CountedUplink(), CountedUplink()
    made = Ways(FallbackUplink(mqtt, http, patience=PATIENCE, random=lambda: 0.5), mqtt, http)
    task = asyncio.create_task(made.uplink.run(made.heard.append))
    await until(lambda: mqtt.begun)
    yield made
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def until(is_so: Callable[[], object], within_s: float = 10.0) -> None:
    async with asyncio.timeout(within_s):
        while not is_so():  # noqa: ASYNC110 - time itself is waited for
            await asyncio.sleep(0.005)


async def test_while_the_broker_is_there_http_is_never_begun(ways: Ways) -> None:
    ways.mqtt.come_up()
    ways.uplink.send(PAYLOAD, ticket=1)
    ways.mqtt.answer(1)
    ways.mqtt.say(ACK)
    await asyncio.sleep(2 * PATIENCE.waiting_s)
    assert (ways.uplink.way, ways.http.begun) == (Way.MQTT, 0)
    assert ways.told() == ["LinkUp", "Received", "AckArrived"]


async def test_before_there_is_a_way_a_batch_stays_where_it_is(ways: Ways) -> None:
    with pytest.raises(DeliveryError, match="outbox"):
        ways.uplink.send(PAYLOAD, ticket=1)


async def test_a_broker_that_is_not_reached_is_gone_around_and_gone_back_to(ways: Ways) -> None:
    await until(lambda: ways.http.begun)
    ways.http.come_up()
    ways.uplink.send(PAYLOAD, ticket=1)
    assert [ticket for ticket, _ in ways.http.sent] == [1]
    ways.mqtt.come_up(50_000)
    await until(lambda: ways.http.ended)
    ways.uplink.send(PAYLOAD, ticket=2)
    assert [ticket for ticket, _ in ways.mqtt.sent] == [2]
    assert ways.told() == ["LinkUp", "LinkDown", "LinkUp"]
    assert ways.heard[-1] == LinkUp(max_payload_bytes=50_000)
    assert ways.uplink.counters["uplink.to_http"] == 1


async def test_a_broker_that_takes_batches_and_answers_nothing_is_gone_around(ways: Ways) -> None:
    ways.mqtt.come_up()
    ways.uplink.send(PAYLOAD, ticket=1)
    await until(lambda: ways.uplink.way is Way.HTTP)
    assert ways.told() == ["LinkUp", "LinkDown"]
    assert ways.mqtt.is_up, "what it brings down is still heard"
    assert ways.mqtt.restarts == []


async def test_answers_of_the_way_that_was_left_are_not_taken_for_the_other_ones(ways: Ways) -> None:
    ways.mqtt.come_up()
    ways.uplink.send(PAYLOAD, ticket=1)
    await until(lambda: ways.http.begun)
    ways.http.come_up()
    ways.mqtt.answer(1)
    assert not [event for event in ways.heard if isinstance(event, Received)]
    say_by_http = ways.http.answer
    ways.mqtt.say(ACK)
    await until(lambda: ways.uplink.way is Way.MQTT)
    say_by_http(1)
    ways.http.go_down()
    assert not [event for event in ways.heard if isinstance(event, Received)]
    assert ways.told()[-1] == "LinkUp"


async def test_what_the_broker_brings_down_is_heard_whatever_the_way_up(ways: Ways) -> None:
    ways.mqtt.come_up()
    ways.uplink.send(PAYLOAD, ticket=1)
    await until(lambda: ways.uplink.way is Way.HTTP)
    command = CommandArrived(payload=b"{}", content_type=None)
    ways.mqtt._on_event(command)
    ways.mqtt.say(ACK)
    assert [type(event).__name__ for event in ways.heard if not isinstance(event, LinkUp | LinkDown)] == [
        "CommandArrived",
        "AckArrived",
    ]


async def test_refusals_by_the_broker_lead_around_it(ways: Ways) -> None:
    ways.mqtt.come_up()
    ways.uplink.send(PAYLOAD, ticket=1)
    ways.mqtt.answer(1, 0x87)
    assert ways.uplink.way is Way.HTTP
    assert ways.told() == ["LinkUp", "Received", "LinkDown"]


async def test_delivery_restarts_the_way_it_goes_by(ways: Ways) -> None:
    ways.mqtt.come_up()
    ways.uplink.restart("the broker does not answer")
    assert ways.mqtt.restarts == ["the broker does not answer"]
    await until(lambda: ways.http.begun)
    ways.http.come_up()
    ways.uplink.restart("the cloud does not acknowledge")
    assert ways.http.restarts == ["the cloud does not acknowledge"]
    assert len(ways.mqtt.restarts) == 1


async def test_a_broker_on_rest_is_tried_again_without_anything_happening(ways: Ways) -> None:
    ways.mqtt.come_up()
    ways.uplink.send(PAYLOAD, ticket=1)
    await until(lambda: ways.uplink.way is Way.HTTP)
    await until(lambda: ways.uplink.way is Way.MQTT)
    assert ways.uplink.counters["uplink.to_mqtt"] == 2


async def test_where_both_fail_delivery_is_told_of_each_end_once(ways: Ways) -> None:
    await until(lambda: ways.http.begun)
    ways.http.come_up()
    ways.http.go_down()
    ways.http.go_down()
    assert ways.told() == ["LinkUp", "LinkDown"]
    with pytest.raises(DeliveryError):
        ways.uplink.send(PAYLOAD, ticket=1)


async def test_its_end_is_the_end_of_both(ways: Ways) -> None:
    await until(lambda: ways.http.begun)
    task = next(task for task in asyncio.all_tasks() if "FallbackUplink" in repr(task.get_coro()))
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    assert (ways.mqtt.ended, ways.http.ended) == (1, 1)
