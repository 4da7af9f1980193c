"""The part of the service that erases whoever is due, and goes on with what was cut off."""

import threading
from dataclasses import dataclass, field
from typing import Final

import structlog

from cloud.erasing.eraser import Eraser
from vitals.errors import StorageError

__all__ = ["EraserWork"]

_EVERY_S: Final = 1.0
_log = structlog.get_logger(__name__)


@dataclass(slots=True, kw_only=True)
class EraserWork:
    """Looks for what is due; whatever fails is told and tried again."""

    eraser: Eraser
    every_s: float = _EVERY_S
    _woken: threading.Event = field(default_factory=threading.Event)
    _trouble: str | None = None
    _has_looked_back: bool = False

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set, whatever goes wrong meanwhile."""
        while not stop.is_set():
            self.step()
            self._woken.wait(self.every_s)
            self._woken.clear()

    def wake(self) -> None:
        """Look at once."""
        self._woken.set()

    def step(self) -> None:
        """Erase whoever is due; the first time, also whom an older copy of a database brought back."""
        eraser = self.eraser
        try:
            for asked in eraser.book.due(eraser.clock.wall_ms()):
                self._trouble = self._trouble or "a patient is being erased"
                eraser.erase(asked)
            if not self._has_looked_back:
                eraser.erase_again(eraser.relational.patients())
                self._has_looked_back = True
            self._trouble = None
        except StorageError as error:
            self._fail(str(error))
        except Exception as error:  # noqa: BLE001 - shown in health and tried again
            _log.exception("erasure.fault")
            self._fail(f"{type(error).__name__}; see the log")

    def troubles(self) -> tuple[str, ...]:
        """Return what is not done yet, in words."""
        return () if self._trouble is None else (f"erasure: {self._trouble}",)

    def _fail(self, why: str) -> None:
        says = f"not done: {why}"
        if self._trouble != says:
            _log.warning("erasure.failed", error=why)
        self._trouble = says
