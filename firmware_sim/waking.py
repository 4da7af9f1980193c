"""When a wearable is awake: always, or for a while after it last had something to do."""

import asyncio
from collections.abc import Awaitable, Callable
from math import inf

from firmware_sim.chores import Chores

__all__ = ["Waking"]


class Waking:
    """`visit_s` of real time after the last stir it falls asleep and calls `doze_off`; `None`: never."""

    def __init__(
        self, visit_s: float | None, *, chores: Chores, doze_off: Callable[[], Awaitable[None]]
    ) -> None:
        self._visit_s = visit_s
        self._chores = chores
        self._doze_off = doze_off
        self._until_s = inf if visit_s is None else -inf
        self._is_watched = False

    @property
    def is_awake(self) -> bool:
        """Whether it is."""
        return _now_s() < self._until_s

    def stir(self) -> bool:
        """Wake, or stay awake: there is something to do; return whether it was asleep."""
        if self._visit_s is None:
            return False
        was_asleep = not self.is_awake
        self._until_s = _now_s() + self._visit_s
        if not self._is_watched:
            self._is_watched = True
            self._chores.spawn(self._watch())
        return was_asleep

    def sleep(self) -> None:
        """Fall asleep: all is done."""
        if self._visit_s is not None:
            self._until_s = -inf

    async def _watch(self) -> None:
        while (left_s := self._until_s - _now_s()) > 0.0:  # noqa: ASYNC110 - each stir moves the end
            await asyncio.sleep(left_s)
        self._is_watched = False
        await self._doze_off()


def _now_s() -> float:
    return asyncio.get_running_loop().time()
