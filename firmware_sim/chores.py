"""What a part does on the side: tasks that are kept, told of when they fail, and ended with it."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import structlog
from bumble.core import BaseBumbleError

__all__ = ["Chores"]

_log = structlog.get_logger()


class Chores:
    """The tasks of one wearable; `cancel` ends those that are under way."""

    def __init__(self, wearable: str) -> None:
        self._wearable = wearable
        self._tasks: set[asyncio.Task[None]] = set()

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Let it run; a failure is logged, a radio's as a warning."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._on_done)

    def cancel(self) -> None:
        """Tell all tasks but the one that asks to end."""
        for task in self._tasks - {asyncio.current_task()}:
            task.cancel()

    async def close(self) -> None:
        """End all tasks."""
        self.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _on_done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if task.cancelled():
            return
        if (error := task.exception()) is not None:
            level = _log.warning if isinstance(error, BaseBumbleError) else _log.error
            level("wearable.task_failed", wearable=self._wearable, error=repr(error))
