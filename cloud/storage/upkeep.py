"""What a store does in the background, a step at a time, beside whoever writes and reads it."""

import threading
from typing import Final, Protocol

import structlog

from vitals.clock import Clock
from vitals.errors import StorageError

__all__ = ["Upkeep", "UpkeepWork", "Upkeeps"]

_EVERY_S: Final = 30.0

_log = structlog.get_logger(__name__)


class Upkeep(Protocol):
    """Has more to do as time goes by."""

    def step(self, now_ms: int) -> bool:
        """Do some of it, in seconds at most; tell whether there was anything to do.

        Raises
        ------
        StorageError
            If it cannot be done now; nothing is worse for it.
        """
        ...


class Upkeeps:
    """Several of them, the first before the others."""

    def __init__(self, *upkeeps: Upkeep) -> None:
        self._upkeeps = upkeeps

    def step(self, now_ms: int) -> bool:
        """Take a step of the first that has anything to do."""
        return any(upkeep.step(now_ms) for upkeep in self._upkeeps)


class UpkeepWork:
    """Takes steps until there is nothing to do, and looks again after a while."""

    def __init__(self, upkeep: Upkeep, clock: Clock, *, every_s: float = _EVERY_S) -> None:
        self._upkeep = upkeep
        self._clock = clock
        self._every_s = every_s
        self._woken = threading.Event()
        self._trouble: str | None = None

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set, whatever goes wrong meanwhile."""
        while not stop.is_set():
            if not self._step():
                self._woken.wait(self._every_s)
                self._woken.clear()

    def wake(self) -> None:
        """Look at once, not only when it is time to."""
        self._woken.set()

    def troubles(self) -> tuple[str, ...]:
        """Return why the last step failed, in words."""
        return () if self._trouble is None else (f"series: {self._trouble}",)

    def _step(self) -> bool:
        try:
            done = self._upkeep.step(self._clock.wall_ms())
        except StorageError as error:
            if self._trouble is None:
                _log.warning("upkeep.failed", error=str(error))
            self._trouble = str(error)
            return False
        except Exception as error:  # noqa: BLE001 - shown in health and tried again
            _log.exception("upkeep.fault")
            self._trouble = f"{type(error).__name__}; see the log"
            return False
        self._trouble = None
        return done
