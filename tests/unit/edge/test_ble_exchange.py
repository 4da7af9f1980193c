"""A question to a control point, and the indication that answers it."""

import asyncio

import pytest

from edge.adapters.ble.exchange import Exchange
from tests.fakes.bleak_radio import FakePeripheral, linked
from vitals.errors import DecodeError
from vitals.gatt import uuids

POINT = uuids.RECORD_ACCESS_CONTROL_POINT


class Bench:
    def __init__(self, peripheral: FakePeripheral, exchange: Exchange) -> None:
        self.peripheral, self.exchange = peripheral, exchange

    async def ask(self, **more: object) -> bytes:
        return await self.exchange.ask(b"?", first_with_a_mark, **more)  # type: ignore[arg-type]


def first_with_a_mark(value: bytes) -> bytes | None:
    if value == b"rubbish":
        raise DecodeError("no answer at all")
    return value if value.endswith(b"!") else None


@pytest.fixture
async def bench(monkeypatch: pytest.MonkeyPatch) -> Bench:
    peripheral = FakePeripheral(address="C0:00:00:00:00:01", uuids=(POINT,), answers=lambda *_: [b"yes!"])
    link = await linked(monkeypatch, peripheral)
    exchange = Exchange(link, POINT, limit_s=0.1)
    await link.subscribe(POINT, exchange.on_value)
    return Bench(peripheral, exchange)


async def test_the_answer_to_a_question_is_returned(bench: Bench) -> None:
    assert await bench.ask() == b"yes!"
    assert bench.peripheral.written == [(POINT, b"?")]


async def test_what_is_no_answer_or_cannot_be_read_is_passed_over(bench: Bench) -> None:
    bench.peripheral.answers = lambda *_: [b"rubbish", b"something else", b"yes!"]
    assert await bench.ask() == b"yes!"


async def test_an_answer_from_before_the_question_answers_nothing(bench: Bench) -> None:
    bench.exchange.on_value(b"stale!")
    assert await bench.ask() == b"yes!"


async def test_a_wearable_that_does_not_answer_is_not_waited_for_for_ever(bench: Bench) -> None:
    bench.peripheral.answers = lambda *_: []
    with pytest.raises(TimeoutError, match="2a52 did not answer 3f"):
        await bench.ask()


async def test_one_that_is_at_work_is_waited_for_as_long_as_it_works(bench: Bench) -> None:
    bench.peripheral.answers = lambda *_: []
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    loop.call_later(0.35, bench.exchange.on_value, b"yes!")
    answer = await bench.ask(
        still_alive=lambda: loop.time() if loop.time() - began_s < 0.3 else began_s + 0.3
    )
    assert answer == b"yes!"
    assert loop.time() - began_s >= 0.3


async def test_a_wearable_gone_wild_fills_nothing(bench: Bench) -> None:
    for _ in range(1_000):
        bench.exchange.on_value(b"noise")
    assert await bench.ask() == b"yes!"
