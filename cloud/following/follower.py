"""Looks again and again for what is new in the stores."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import structlog

from vitals.errors import StorageError

__all__ = ["LOOK_S", "Follower"]

LOOK_S: Final = 0.25
_TROUBLED_S: Final = 2.0
_log = structlog.get_logger(__name__)


@dataclass(slots=True, kw_only=True)
class Follower:
    """Takes each of the `steps` every `LOOK_S`; a store in trouble is a trouble, and is tried again."""

    steps: tuple[Callable[[], None], ...]
    _failure: str | None = None
    _woken: threading.Event = field(default_factory=threading.Event)

    def run(self, stop: threading.Event) -> None:
        """Look until `stop` is set."""
        while not stop.is_set():
            try:
                for step in self.steps:
                    step()
                wait_s, self._failure = LOOK_S, None
            except StorageError as error:
                wait_s, self._failure = _TROUBLED_S, str(error)
                _log.error("following.store_failed", error=str(error))
            except Exception:  # noqa: BLE001 - the thread outlives whatever goes wrong
                wait_s, self._failure = _TROUBLED_S, "see the log"
                _log.exception("following.step_failed")
            self._woken.wait(wait_s)
            self._woken.clear()

    def wake(self) -> None:
        """Look at once."""
        self._woken.set()

    def troubles(self) -> tuple[str, ...]:
        """Return what is not well, in words."""
        return () if self._failure is None else (f"live pages: they stand still: {self._failure}",)
