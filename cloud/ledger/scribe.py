"""Writing down for many at once: who comes while somebody writes has their deeds written with the next."""

import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from cloud.ports import Ledger, LedgerNote
from vitals.errors import StorageError

__all__ = ["Scribe"]


@dataclass(slots=True)
class _Turn:
    notes: Sequence[LedgerNote]
    is_done: bool = False
    failed: Exception | None = None


@dataclass(slots=True)
class Scribe:
    """One wait for the disk for all who wait together. Not for a thread that is in a transaction."""

    ledger: Ledger
    _queue: deque[_Turn] = field(default_factory=deque)
    _writing: threading.Lock = field(default_factory=threading.Lock)

    def write(self, notes: Sequence[LedgerNote]) -> None:
        """Write deeds down, durable when this returns.

        Raises
        ------
        StorageError
            If they cannot be: none of them is written.
        """
        turn = _Turn(notes)
        self._queue.append(turn)
        with self._writing:
            if not turn.is_done:
                self._write_all()
        if turn.failed is not None:
            raise StorageError(str(turn.failed)) from turn.failed

    def _write_all(self) -> None:
        turns = [self._queue.popleft() for _ in range(len(self._queue))]
        failed: Exception | None = None
        try:
            self.ledger.append_all([note for turn in turns for note in turn.notes])
        except Exception as error:  # noqa: BLE001 - each of those who wait is told
            failed = error
        for turn in turns:
            turn.failed, turn.is_done = failed, True
