"""A thread's work in steps: taken again and again until told to stop, whatever one of them meets."""

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event

import structlog

from vitals.errors import StorageError

__all__ = ["Stepping"]

_log = structlog.get_logger(__name__)


@dataclass(slots=True, kw_only=True)
class Stepping:
    """Waits `every_s` after a step and `troubled_s` after one that failed; `name` begins its log events."""

    name: str
    every_s: float
    troubled_s: float
    _failure: str | None = None
    _woken: Event = field(default_factory=Event)

    def run(self, step: Callable[[], object], stop: Event) -> None:
        """Step until `stop` is set; a store in trouble is tried again."""
        while not stop.is_set():
            try:
                step()
                wait_s, self._failure = self.every_s, None
            except StorageError as error:
                wait_s, self._failure = self.troubled_s, str(error)
                _log.error(f"{self.name}.store_failed", error=str(error))
            except Exception:  # noqa: BLE001 - the thread outlives whatever goes wrong
                wait_s, self._failure = self.troubled_s, "see the log"
                _log.exception(f"{self.name}.step_failed")
            self._woken.wait(wait_s)
            self._woken.clear()

    def wake(self) -> None:
        """Have the next step taken at once; any thread may say so."""
        self._woken.set()

    def troubles(self, says: str) -> tuple[str, ...]:
        """Return `says` and why, if the last step failed."""
        return () if self._failure is None else (f"{says}: {self._failure}",)
