"""The thread that feeds the watchdog, and ends a gateway of which a part has stopped for good.

It is a thread because the event loop is one of the things that can stop. Ended with its own status,
the gateway is started again by whoever keeps it: systemd, a container's restart policy, the demonstration.
"""

import faulthandler
import os
import sys
import threading
from collections.abc import Callable
from typing import Final, Self

import structlog

from edge.adapters.service_manager import ServiceManager
from edge.supervision import Late, Supervision

__all__ = ["STUCK_STATUS", "Watchman"]

_log = structlog.get_logger()

STUCK_STATUS: Final = 75
"""How a gateway exits of which a part is stuck (EX_TEMPFAIL of sysexits.h: try again)."""
_EVERY_S: Final = 5.0
_LAST_WORDS_S: Final = 5.0


class Watchman:
    """Looks at the supervision every few seconds until left."""

    def __init__(
        self,
        supervision: Supervision,
        manager: ServiceManager,
        *,
        every_s: float | None = None,
        end: Callable[[int], object] = os._exit,
    ) -> None:
        """Feed three times in the time the manager waits, unless told how often."""
        self._supervision = supervision
        self._manager = manager
        self._every_s = every_s or min(_EVERY_S, (manager.watchdog_s or 3 * _EVERY_S) / 3)
        self._end = end
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="watchman", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(self._every_s):
            if late := self._supervision.late():
                self._give_up(late)
                return
            self._manager.feed()

    def _give_up(self, late: tuple[Late, ...]) -> None:
        """Say who is stuck, and where; end even if there is no way left to say it."""
        last = threading.Timer(_LAST_WORDS_S, self._end, [STUCK_STATUS])
        last.daemon = True
        last.start()
        worst = late[0]
        self._manager.status(f"ending: {worst.part} has not moved for {worst.still_s:.0f} s")
        for each in late:
            _log.error(
                "gateway.stuck",
                part=each.part,
                still_s=round(each.still_s, 1),
                within_s=each.within_s,
                exit_status=STUCK_STATUS,
            )
        faulthandler.dump_traceback(file=sys.__stderr__ or sys.stderr, all_threads=True)
        last.cancel()
        self._end(STUCK_STATUS)
