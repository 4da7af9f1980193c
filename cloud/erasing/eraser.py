"""Erases patients, step after step; each may be done again, so that whatever cuts it off costs a repetition.

The order is the promise. First it can be taken back no more, and what judges them writes nothing more; then
it is known for good, outside of the databases, that they are erased. Then their key goes with all that names
them, and their devices are worn by nobody whose data is kept; then the series go, behind a fence. What was on
its way meanwhile is found by the next pass: only one that finds nothing ends it.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from cloud.erasing.desk import deed_of_erasure
from cloud.ports import (
    SERVICE,
    Deed,
    Erasure,
    ErasureBook,
    ErasureState,
    Ledger,
    LedgerNote,
    RelationalEraser,
    SeriesKeeping,
    Together,
    WornDevice,
)
from cloud.sealing.erased import ErasedList
from vitals.clock import Clock
from vitals.errors import StorageError

__all__ = ["Eraser"]

_MOST_PASSES: Final = 20

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Eraser:
    """Joins what erases. `tell` asks gateways to drop what they hold of devices and returns those it asked.

    `is_withheld` looks once more whether who asked may still ask, and calls it off if not. `renew_keyring`
    has the keys beside the backups be those that are left. `pause` is called between passes: what was on its
    way has arrived when it returns.
    """

    book: ErasureBook
    erased: ErasedList
    relational: RelationalEraser
    series: SeriesKeeping
    ledger: Ledger
    clock: Clock
    together: Together
    is_withheld: Callable[[Erasure], bool]
    tell: Callable[[Sequence[WornDevice]], Sequence[str]]
    renew_keyring: Callable[[], None]
    pause: Callable[[], None]

    def erase(self, asked: Erasure) -> None:
        """Begin an erasure, or go on with it, until it is done; not one that was called off.

        Raises
        ------
        StorageError
            If a store refuses: what is left of the patient stays to be erased.
        """
        patient_id = asked.patient_id
        if patient_id is None:
            return
        if asked.state is ErasureState.WAITING and not self._begun(asked, patient_id):
            return
        self.erased.add(patient_id)
        gateways = self.tell(self.relational.worn_by(patient_id))
        self.book.note(asked.reference, {}, gateways)
        for _ in range(_MOST_PASSES):
            if not self._pass(patient_id, lambda rows: self.book.note(asked.reference, rows, ())):
                break
            self.pause()
        else:
            raise StorageError("something goes on writing of somebody who is erased: it is tried again")
        self.book.end(asked.reference, self.clock.wall_ms())
        _log.info("erasure.done", reference=asked.reference[:8])

    def erase_again(self, patient_ids: Sequence[str]) -> Mapping[str, int]:
        """Erase of these patients who were erased before: an older copy of a database brought them back."""
        rows: Counter[str] = Counter()
        for patient_id in self.erased.among(patient_ids):
            if self._pass(patient_id, rows.update):
                again = {"again": "an older copy of a database brought them back"}
                note = LedgerNote(t_ms=self.clock.wall_ms(), deed=Deed.ERASED, actor=SERVICE, about=again)
                self.ledger.append(note)
        if rows:
            _log.warning("erasure.again", rows=sum(rows.values()))
        return rows

    def _begun(self, asked: Erasure, patient_id: str) -> bool:
        """Begin, and enter it in the ledger before that forgets who it was; False: it waits no more.

        Whoever takes it back in this moment has taken it back, or is told that it has begun.
        """
        if self.is_withheld(asked):
            return False
        now_ms = self.clock.wall_ms()
        with self.together():
            is_begun = self.book.begin(asked.reference)
            if is_begun:
                self.ledger.append(deed_of_erasure(Deed.ERASED, asked, patient_id, asked.asked_by, now_ms))
        return is_begun

    def _pass(self, patient_id: str, note: Callable[[Mapping[str, int]], None]) -> bool:
        """Erase what there is, and note it store by store; tell whether there was anything."""
        worn = self.relational.worn_by(patient_id)
        told = self.relational.forget(patient_id).rows
        note(told)
        self.renew_keyring()
        measured = self.series.forget(patient_id, worn, at_ms=self.clock.wall_ms()).rows
        note(measured)
        return bool(told or measured)
