"""What goes on beside requests: deeds are entered within a moment, and a head is signed every minute."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import structlog

from cloud.ledger.ports import Enterer
from cloud.ledger.signing import Signer
from vitals.errors import CarewireError

__all__ = ["LedgerWork"]

_log = structlog.get_logger(__name__)

_IDLE_S: Final = 0.5


@dataclass(slots=True, kw_only=True)
class LedgerWork:
    """`step` does once what is due, `run` goes on until told, and signs a last head."""

    ledger: Enterer
    signer: Signer
    monotonic_s: Callable[[], float]
    every_s: float
    _signed_s: float = float("-inf")
    _trouble: str | None = None
    _woken: threading.Event = field(default_factory=threading.Event)

    def run(self, stop: threading.Event) -> None:
        """Step until `stop` is set, whatever goes wrong."""
        while not stop.is_set():
            self._carefully(self.step)
            self._woken.wait(_IDLE_S)
            self._woken.clear()
        self._carefully(self._sign)

    def wake(self) -> None:
        """Look at once."""
        self._woken.set()

    def troubles(self) -> tuple[str, ...]:
        """Return what keeps the ledger from going on, in words."""
        return () if self._trouble is None else (self._trouble,)

    def step(self) -> None:
        """Enter what waits, and sign if it is time to."""
        self.ledger.enter()
        if self.monotonic_s() - self._signed_s >= self.every_s:
            self._sign()

    def _sign(self) -> None:
        self.signer.head()
        self._signed_s = self.monotonic_s()

    def _carefully(self, work: Callable[[], None]) -> None:
        try:
            work()
        except CarewireError as error:
            self._tell(str(error))
        except Exception:  # noqa: BLE001 - the thread outlives whatever goes wrong
            _log.exception("ledger.step_failed")
            self._trouble = "ledger: it does not go on; see the log"
        else:
            self._trouble = None

    def _tell(self, trouble: str) -> None:
        if trouble != self._trouble:
            _log.error("ledger.trouble", error=trouble)
        self._trouble = trouble if trouble.startswith("ledger:") else f"ledger: {trouble}"
