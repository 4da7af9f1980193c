"""The gateway's light and sound, asked from another thread: they belong to the event loop."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeVar

from edge.ports import LocalSignals
from vitals.errors import DeviceError

__all__ = ["LoopSignals"]

_T = TypeVar("_T")
_PATIENCE_S: Final = 10.0


@dataclass(slots=True, kw_only=True)
class LoopSignals:
    """The port LocalSignals for any thread but the loop's own, which would wait for itself.

    Raises
    ------
    DeviceError
        From every method, if the loop does not come to it.
    """

    signals: LocalSignals
    loop: asyncio.AbstractEventLoop | None = None

    def silence(self, key: str, *, until_ms: int) -> int | None:
        """Keep one alarm's sound quiet."""
        return self._on_loop(partial(self.signals.silence, key, until_ms=until_ms))

    def acknowledge(self, event_id: str, *, was_right: bool | None = None) -> bool:
        """Take note that somebody looks after this."""
        return self._on_loop(partial(self.signals.acknowledge, event_id, was_right=was_right))

    def nobody_reached(self, *, priority: str, for_s: float) -> None:
        """Alarm that the cloud reaches nobody."""
        self._on_loop(partial(self.signals.nobody_reached, priority=priority, for_s=for_s))

    def identify(self, seconds: float) -> None:
        """Show which of several gateways this one is."""
        self._on_loop(partial(self.signals.identify, seconds))

    def _on_loop(self, call: Callable[[], _T]) -> _T:
        done: Future[_T] = Future()

        def work() -> None:
            if not done.set_running_or_notify_cancel():
                return  # it was answered as failed: to do it now would belie that
            try:
                done.set_result(call())
            except Exception as error:  # noqa: BLE001 - it belongs to whoever asked
                done.set_exception(error)

        try:
            if self.loop is not None:
                self.loop.call_soon_threadsafe(work)
            return done.result(_PATIENCE_S if self.loop is not None else 0)
        except (RuntimeError, TimeoutError) as error:
            done.cancel()
            raise DeviceError("the gateway is stopping or stuck: ask again in a minute") from error
