import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from edge.outbox import Lane, Outbox, Run, Timekeeper
from edge.sending.delivery import Delivery
from edge.sending.send_window import Pace
from tests.fakes.clock import FakeClock
from tests.fakes.gateway_records import event, open_outbox, run, strip
from tests.fakes.uplink import FakeUplink
from vitals.errors import StorageError
from vitals.wire.envelope import Ack, ContentType, Quarantined, decode_record, encode_ack
from vitals.wire.liveness import Liveness, encode_liveness

FAST = Pace(first_ack_s=0.1, answer_s=0.3, silence_s=0.6, first_hold_s=0.1, longest_hold_s=0.2)


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    opened = open_outbox(tmp_path / "outbox.db")
    yield opened
    opened.close()


@asynccontextmanager
async def delivering(outbox: Outbox, **options: Any) -> AsyncIterator[tuple[Delivery, FakeUplink]]:
    uplink = FakeUplink()
    settings: dict[str, Any] = {"boot_id": "boot-1", "pace": FAST, "random": lambda: 0.5}
    delivery = Delivery(outbox, uplink, FakeClock(), **(settings | options))
    task = asyncio.create_task(delivery.run())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    yield delivery, uplink
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def until(is_so: Callable[[], object], within_s: float = 10.0) -> None:
    async with asyncio.timeout(within_s):
        while not is_so():  # noqa: ASYNC110 - what is awaited happens in another thread
            await asyncio.sleep(0.005)


async def test_what_waits_is_sent_when_the_link_is_up_and_deleted_when_acknowledged(
    outbox: Outbox,
) -> None:
    outbox.append([event(1), event(2)])
    async with delivering(outbox) as (delivery, uplink):
        await asyncio.sleep(0.05)
        assert not uplink.sent
        assert not delivery.is_link_up
        uplink.come_up()
        await until(lambda: uplink.sent)
        ticket, batch = uplink.sent[0]
        assert (batch.first_seq, batch.boot_id, batch.clock.wall_ms) == (1, "boot-1", FakeClock().wall_ms())
        assert [decode_record(raw) for raw in batch.records] == [event(1), event(2)]
        assert delivery.heard_s_ago is None
        uplink.answer(ticket)
        await until(lambda: delivery.counters["delivery.received"])
        assert outbox.status().records == 2, "the broker's word deletes nothing"
        uplink.acknowledge(batch)
        await until(lambda: outbox.status().records == 0)
        await until(lambda: delivery.heard_s_ago is not None)
        await until(lambda: delivery.is_link_up)


async def test_notify_wakes_delivery(outbox: Outbox) -> None:
    async with delivering(outbox) as (delivery, uplink):
        uplink.come_up()
        await asyncio.sleep(0.05)
        outbox.append([event(1)])
        await asyncio.to_thread(delivery.notify)
        await until(lambda: uplink.sent, within_s=2.0)


async def test_what_comes_while_the_outbox_is_looked_through_in_vain_is_not_left_lying(
    outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = Outbox.next_batch
    late = [event(1)]

    def look_and_be_late(held: Outbox, **wanted: Any) -> Run | None:
        found = look(held, **wanted)
        if late and wanted["lanes"] == (Lane.EVENTS,):
            held.append([late.pop()])
            delivery.notify()
        return found

    async with delivering(outbox) as (delivery, uplink):
        monkeypatch.setattr(Outbox, "next_batch", look_and_be_late)
        uplink.come_up()
        await until(lambda: uplink.sent)


@pytest.mark.parametrize("steps", range(6))
async def test_being_told_to_end_in_the_moment_of_news_is_not_missed(outbox: Outbox, steps: int) -> None:
    delivery = Delivery(outbox, FakeUplink(), FakeClock(), boot_id="boot-1", pace=FAST, random=lambda: 0.5)
    task = asyncio.create_task(delivery.run())
    await asyncio.sleep(0.02)
    delivery.notify()
    for _ in range(steps):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task], timeout=2.0)
    assert task.cancelled()


async def test_notify_before_the_start_and_after_the_end_is_harmless(outbox: Outbox) -> None:
    async with delivering(outbox) as (delivery, _):
        pass
    delivery.notify()
    Delivery(outbox, FakeUplink(), FakeClock(), boot_id="boot-1").notify()


async def test_a_live_event_passes_a_weeks_backlog(outbox: Outbox) -> None:
    outbox.append([strip(number) for number in range(3_000)])
    async with delivering(outbox) as (delivery, uplink):
        uplink.come_up()
        await until(lambda: len(uplink.sent) == 2)
        await asyncio.sleep(0.05)
        assert len(uplink.sent) == 2, "bulk fills its own part of the window and no more"
        outbox.append([event(1)])
        delivery.notify()
        await until(lambda: len(uplink.sent) == 3)
        assert decode_record(uplink.sent[-1][1].records[0]) == event(1)


async def test_what_is_not_acknowledged_is_sent_again(outbox: Outbox) -> None:
    outbox.append([event(1)])
    async with delivering(outbox) as (delivery, uplink):
        uplink.come_up()
        await until(lambda: uplink.sent)
        uplink.answer(uplink.sent[0][0])
        await until(lambda: len(uplink.sent) == 2)
        assert uplink.sent[0][1].first_seq == uplink.sent[1][1].first_seq
        assert uplink.sent[0][0] != uplink.sent[1][0]
        assert delivery.counters["delivery.resent"] == 1


async def test_after_a_partial_acknowledgement_only_the_rest_is_sent_again(outbox: Outbox) -> None:
    outbox.append([event(number) for number in range(1, 6)])
    async with delivering(outbox) as (_, uplink):
        uplink.come_up()
        await until(lambda: uplink.sent)
        ticket, batch = uplink.sent[0]
        uplink.say(encode_ack(Ack(epoch=batch.epoch, stored=[(2, 3)])))
        uplink.answer(ticket)
        await until(lambda: len(uplink.sent) == 3)
        assert [(b.first_seq, len(b.records)) for _, b in uplink.sent[1:]] == [(1, 1), (4, 2)]


async def test_a_quarantined_record_leaves_like_a_stored_one(outbox: Outbox) -> None:
    outbox.append([event(1)])
    async with delivering(outbox) as (_, uplink):
        uplink.come_up()
        await until(lambda: uplink.sent)
        epoch = uplink.sent[0][1].epoch
        ack = Ack(epoch=epoch, stored=[], quarantined=[Quarantined(seq=1, reason="poison")])
        uplink.say(encode_ack(ack, ContentType.JSON), "application/json")
        await until(lambda: outbox.status().records == 0)


@pytest.mark.parametrize(
    ("payload", "content_type"), [(b"\xc1 nonsense", None), (b"{}", "application/json"), (b"", "text/plain")]
)
async def test_an_unreadable_acknowledgement_is_counted_and_deletes_nothing(
    outbox: Outbox, payload: bytes, content_type: str | None
) -> None:
    outbox.append([event(1)])
    async with delivering(outbox) as (delivery, uplink):
        uplink.come_up()
        await until(lambda: uplink.sent)
        uplink.say(payload, content_type)
        await until(lambda: delivery.counters["delivery.ack_unreadable"])
        assert outbox.status().records == 1


async def test_a_refused_batch_stays_and_goes_again_after_a_pause(outbox: Outbox) -> None:
    outbox.append([event(1)])
    async with delivering(outbox) as (delivery, uplink):
        uplink.come_up()
        await until(lambda: uplink.sent)
        uplink.answer(uplink.sent[0][0], reason_code=0x87)
        await until(lambda: len(uplink.sent) == 2)
        assert delivery.counters["delivery.refused"] == 1
        assert outbox.status().records == 1


async def test_when_the_link_returns_everything_held_is_offered_again(outbox: Outbox) -> None:
    outbox.append([event(1), run(1), strip(1)])
    async with delivering(outbox) as (delivery, uplink):
        uplink.come_up()
        await until(lambda: len(uplink.sent) == 3)
        uplink.go_down()
        await until(lambda: not delivery.is_link_up)
        uplink.come_up()
        await until(lambda: len(uplink.sent) == 6)
        first, second = uplink.sent[:3], uplink.sent[3:]
        assert [b.epoch for _, b in first] == [b.epoch for _, b in second]
        assert not {ticket for ticket, _ in first} & {ticket for ticket, _ in second}


async def test_a_late_answer_of_an_earlier_connection_opens_nothing(outbox: Outbox) -> None:
    outbox.append([event(1)])
    async with delivering(outbox) as (delivery, uplink):
        uplink.come_up()
        await until(lambda: uplink.sent)
        old = uplink.sent[0][0]
        uplink.go_down()
        uplink.come_up()
        await until(lambda: len(uplink.sent) == 2)
        uplink.answer(old)
        await until(lambda: delivery.counters["delivery.answer_stale"])
        assert delivery.counters["delivery.received"] == 0


async def test_a_mute_broker_is_left_for_a_new_connection(outbox: Outbox) -> None:
    outbox.append([event(1)])
    async with delivering(outbox) as (delivery, uplink):
        uplink.come_up()
        await until(lambda: uplink.restarts)
        assert uplink.restarts == ["the broker does not answer"]
        uplink.come_up()
        await until(lambda: len(uplink.sent) == 2)
        assert delivery.counters["delivery.reconnects_forced"] == 1


async def test_a_mute_cloud_is_left_for_a_new_connection(outbox: Outbox) -> None:
    outbox.append([event(1)])
    async with delivering(outbox) as (_, uplink):
        uplink.come_up()
        answered = 0
        while not uplink.restarts:
            for ticket, _batch in uplink.sent[answered:]:
                uplink.answer(ticket)
            answered = len(uplink.sent)
            await asyncio.sleep(0.01)
        assert uplink.restarts == ["the cloud does not acknowledge"]


async def test_a_link_that_dies_while_sending_costs_nothing(outbox: Outbox) -> None:
    outbox.append([event(1)])
    async with delivering(outbox) as (_, uplink):
        uplink.come_up()
        uplink.is_up = False
        await asyncio.sleep(0.05)
        assert not uplink.sent
        uplink.come_up()
        await until(lambda: uplink.sent)


async def test_a_record_too_large_for_the_broker_is_not_sent_and_the_rest_flows(outbox: Outbox) -> None:
    outbox.append([strip(1, samples=20_000), strip(2)])
    async with delivering(outbox) as (_, uplink):
        uplink.come_up(max_payload_bytes=8_000)
        await until(lambda: uplink.sent)
        uplink.acknowledge(uplink.sent[0][1])
        await until(lambda: outbox.status().records == 1)
        await asyncio.sleep(0.05)
        assert [batch.first_seq for _, batch in uplink.sent] == [2]
        uplink.go_down()
        uplink.come_up()
        await until(lambda: len(uplink.sent) == 2)
        assert uplink.sent[1][1].first_seq == 1


class FailingOutbox(Outbox):
    """Its disk fails when it is next read."""

    failures = 1

    def next_batch(self, **options: Any) -> Run | None:
        if self.failures:
            self.failures -= 1
            raise StorageError("the disk failed: check its cable")
        return super().next_batch(**options)


async def test_a_failing_disk_is_counted_and_tried_again(tmp_path: Path) -> None:
    outbox = FailingOutbox.open(
        tmp_path / "outbox.db",
        timekeeper=Timekeeper(clock=FakeClock(), boot_id="boot-1", is_synced=lambda: True),
        new_epoch=lambda lane: f"epoch-{lane}",
        max_bytes=1 << 20,
    )
    outbox.append([event(1)])
    async with delivering(outbox) as (delivery, uplink):
        uplink.come_up()
        await until(lambda: uplink.sent)
        assert delivery.counters["delivery.storage_errors"] == 1
    outbox.close()


async def test_a_flood_of_acknowledgements_is_bounded(outbox: Outbox) -> None:
    async with delivering(outbox) as (delivery, uplink):
        for _ in range(2_000):
            uplink.say(b"nonsense")
        assert delivery.counters["delivery.arrival_dropped"] == 1_000
        uplink.come_up()
        await until(lambda: delivery.is_link_up)


async def test_what_the_cloud_says_of_its_alerting_is_handed_on_and_nonsense_is_counted(
    outbox: Outbox,
) -> None:
    heard: list[Liveness] = []
    async with delivering(outbox, on_liveness=heard.append) as (delivery, uplink):
        for payload in (b"\xff", encode_liveness(Liveness(is_alerting=True))):
            uplink.tell_liveness(payload)
        await until(lambda: heard)
        assert heard == [Liveness(is_alerting=True)]
        assert delivery.counters["delivery.liveness_unreadable"] == 1
        assert delivery.heard_s_ago is None, "it acknowledges nothing"
