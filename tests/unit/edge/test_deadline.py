"""A wait for the radio has an end, even where what is waited for will not be cancelled."""

import asyncio

import pytest

from edge.adapters import deadline
from edge.adapters.deadline import within


async def test_what_is_done_in_time_is_returned() -> None:
    async def work() -> int:
        return 5

    assert await within(1.0, work(), what="working") == 5


async def test_what_fails_in_time_fails_as_it_does() -> None:
    async def work() -> None:
        raise KeyError("its own")

    with pytest.raises(KeyError, match="its own"):
        await within(1.0, work(), what="working")


async def test_what_is_late_is_cancelled_and_the_error_says_what_it_was() -> None:
    was_cancelled = asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            was_cancelled.set()

    with pytest.raises(TimeoutError, match=r"connecting: no answer in 0\.01 s"):
        await within(0.01, work(), what="connecting")
    assert was_cancelled.is_set()


async def test_what_is_cancelled_from_beneath_is_an_error_and_cancels_nobody_else() -> None:
    async def work() -> None:
        pending = asyncio.get_running_loop().create_future()
        pending.cancel()  # as a library does with what it waits for when a link ends
        await pending

    with pytest.raises(ConnectionAbortedError, match="reading: given up by the system beneath"):
        await within(1.0, work(), what="reading")


async def test_what_will_not_be_cancelled_is_left_to_itself_and_what_it_raises_later_bothers_nobody() -> None:
    let_go = asyncio.Event()

    async def stubborn() -> None:
        while not let_go.is_set():
            try:
                await let_go.wait()
            except asyncio.CancelledError:
                continue
        raise KeyError("too late to matter")

    with pytest.raises(TimeoutError):
        await within(0.01, stubborn(), what="hanging", grace_s=0.01)
    assert len(deadline._abandoned) == 1
    let_go.set()
    async with asyncio.timeout(5.0):
        while deadline._abandoned:  # noqa: ASYNC110 - a set that empties is no event
            await asyncio.sleep(0.005)


async def test_whoever_waits_may_be_cancelled_and_the_work_is_with_it() -> None:
    was_cancelled = asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            was_cancelled.set()

    waiting = asyncio.create_task(within(10.0, work(), what="working"))
    await asyncio.sleep(0.01)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert was_cancelled.is_set()
