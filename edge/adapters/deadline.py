"""A bound on every wait for the radio: it holds even where what is waited for will not be cancelled."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final, TypeVar

import structlog

__all__ = ["within"]

_log = structlog.get_logger()
_T = TypeVar("_T")

GRACE_S: Final = 1.0
"""How long what was cancelled may take to tidy up; a call to a system that hangs takes for ever."""

_abandoned: set[asyncio.Task[Any]] = set()
"""What would not end: kept from the garbage collector until it does."""


async def within(limit_s: float, work: Coroutine[Any, Any, _T], *, what: str, grace_s: float = GRACE_S) -> _T:
    """Return what `work` returns, if it does so in time.

    Raises
    ------
    TimeoutError
        It did not; it was cancelled, or left to itself where it would not be. The message says `what`.
    ConnectionAbortedError
        It was cancelled from beneath: to the caller, who was not, that is an error like others.
    """
    task = asyncio.ensure_future(work)
    try:
        await asyncio.wait({task}, timeout=limit_s)
    finally:
        is_late = not task.done()
        if is_late:
            await _cancel(task, what, grace_s)
    if is_late:
        raise TimeoutError(f"{what}: no answer in {limit_s:g} s")
    if task.cancelled():
        raise ConnectionAbortedError(f"{what}: given up by the system beneath")
    return task.result()


async def _cancel(task: asyncio.Task[Any], what: str, grace_s: float) -> None:
    task.cancel()
    await asyncio.wait({task}, timeout=grace_s)
    if not task.done():
        _log.warning("ble.wait_abandoned", what=what)
        _abandoned.add(task)
        task.add_done_callback(_forget)
    elif not task.cancelled():
        task.exception()  # it is too late to matter, and asked for so that nobody complains of it


def _forget(task: asyncio.Task[Any]) -> None:
    _abandoned.discard(task)
    if not task.cancelled():
        task.exception()
