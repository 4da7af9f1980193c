"""Where a patient, or who acts for them, asks that everything be erased, and takes it back.

What is asked for is entered in the ledger and told in the transaction that writes it down: none of the three
happens without the others. When it is due it is looked at once more whether who asked may still ask, and
whether there were days to take it back in: a database that was set back, a clock that jumped or a service
that stood still leave none, and it waits anew.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, Protocol, TypeVar

import structlog

from cloud.ports import (
    OPERATOR,
    SERVICE,
    Asker,
    Deed,
    Erasure,
    ErasureBook,
    ErasureState,
    Ledger,
    LedgerNote,
    OvertakenError,
    Person,
    Together,
)
from vitals.clock import Clock

__all__ = ["LATE_MS", "WAITING_MS", "ErasureDesk", "Telling", "asker_of", "deed_of_erasure"]

WAITING_MS: Final = 7 * 86_400_000
"""How long somebody may think better of it."""
LATE_MS: Final = 86_400_000
"""What is found to be due so long after it was, was not to be seen meanwhile, or is not of our time."""
_TRIES: Final = 20
_Result = TypeVar("_Result")
_log = structlog.get_logger(__name__)


class Telling(Protocol):
    """Tells the patient and theirs, in the transaction at hand."""

    def asked(self, erasure: Erasure, patient_id: str, by: Asker) -> None:
        """Tell that everything is to be erased."""
        ...

    def taken_back(self, erasure: Erasure, patient_id: str, now_ms: int) -> None:
        """Tell that it is not, after all."""
        ...

    def withheld(self, erasure: Erasure, patient_id: str, now_ms: int) -> None:
        """Tell that it was due and was not done."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureDesk:
    """Erasures of patients, in whichever process.

    `may_ask` tells whether a person may have a patient erased now, `asker_of` as what they ask for it;
    `new_reference` makes what cannot be guessed; `together` makes one transaction of what is written in it.
    """

    book: ErasureBook
    ledger: Ledger
    clock: Clock
    may_ask: Callable[[str, str], bool]
    asker_of: Callable[[str, str], Asker]
    new_reference: Callable[[], str]
    together: Together
    telling: Telling

    def ask(self, patient_id: str, by: Person) -> Erasure:
        """Have everything of a patient erased in seven days; return what waits already, if anything does.

        Raises
        ------
        StorageError
            If it cannot be written down, entered or told: then nothing is asked for.
        """
        now_ms = self.clock.wall_ms()
        asked = Erasure(
            reference=self.new_reference(),
            patient_id=patient_id,
            asked_by=by.id,
            asked_ms=now_ms,
            due_ms=now_ms + WAITING_MS,
        )
        asker = asker_of(by, patient_id)

        def ask() -> Erasure:
            kept = self.book.ask(asked)
            if kept.reference == asked.reference:
                self.ledger.append(deed_of_erasure(Deed.ERASURE_ASKED, kept, patient_id, by.id, now_ms))
                self.telling.asked(kept, patient_id, asker)
            return kept

        return self._as_one(ask)

    def take_back(self, patient_id: str, by: Person) -> bool:
        """Have the patient not erased, as long as it has not begun; False: nothing waits.

        Raises
        ------
        StorageError
            If it cannot be written down, entered or told: then it waits as before.
        """
        found, now_ms = self.waiting(patient_id), self.clock.wall_ms()
        if found is None:
            return False

        def take_back(waiting: Erasure = found) -> bool:
            if not self.book.call_off(waiting.reference, ErasureState.CANCELLED, now_ms):
                return False
            self.ledger.append(deed_of_erasure(Deed.ERASURE_TAKEN_BACK, waiting, patient_id, by.id, now_ms))
            self.telling.taken_back(waiting, patient_id, now_ms)
            return True

        return self._as_one(take_back)

    def waiting(self, patient_id: str) -> Erasure | None:
        """Return the erasure of a patient that can still be taken back, or None."""
        found = self.book.of(patient_id)
        return found if found is not None and found.state is ErasureState.WAITING else None

    def by_reference(self, reference: str) -> Erasure | None:
        """Return one, whoever it was of, by what whoever asked for it was told; or None."""
        return self.book.by_reference(reference)

    def withheld(self, due: Erasure) -> bool:
        """Look at what is due once more; tell whether it is not to be done, or not yet.

        Who asked may ask no more; or it is long past due, and waits anew as if it were asked for now.

        Raises
        ------
        StorageError
            If that cannot be known, written down or told now: again.
        """
        patient_id, now_ms = due.patient_id, self.clock.wall_ms()
        if patient_id is None or due.asked_by == OPERATOR:
            return False
        if not self.may_ask(due.asked_by, patient_id):
            return self._withhold(due, patient_id, now_ms)
        return now_ms - due.due_ms > LATE_MS and self._put_off(due, patient_id, now_ms)

    def _withhold(self, due: Erasure, patient_id: str, now_ms: int) -> bool:
        def withhold() -> bool:
            if self.book.call_off(due.reference, ErasureState.WITHHELD, now_ms):
                self.ledger.append(deed_of_erasure(Deed.ERASURE_WITHHELD, due, patient_id, SERVICE, now_ms))
                self.telling.withheld(due, patient_id, now_ms)
            return True

        _log.warning("erasure.withheld", reference=due.reference[:8])
        return self._as_one(withhold)

    def _put_off(self, due: Erasure, patient_id: str, now_ms: int) -> bool:
        anew = replace(due, asked_ms=now_ms, due_ms=now_ms + WAITING_MS)

        def put_off() -> bool:
            if self.book.put_off(due.reference, anew.due_ms):
                self.telling.asked(anew, patient_id, self.asker_of(due.asked_by, patient_id))
            return True

        _log.warning("erasure.put_off", reference=due.reference[:8])
        return self._as_one(put_off)

    def _as_one(self, act: Callable[[], _Result]) -> _Result:
        for _ in range(_TRIES):
            try:
                with self.together():
                    return act()
            except OvertakenError:
                continue
        raise OvertakenError("the patient's alerts change too fast to tell of this: try again")


def asker_of(person: Person | None, patient_id: str) -> Asker:
    """Return as what somebody asks that a patient be erased."""
    return Asker.PATIENT if person is not None and person.patient_id == patient_id else Asker.PROXY


def deed_of_erasure(deed: Deed, erasure: Erasure, patient_id: str, actor: str, t_ms: int) -> LedgerNote:
    """Return what the ledger keeps of a step of an erasure: it says which, and no more of its reference."""
    about = {"reference": erasure.reference[:8]}
    return LedgerNote(t_ms=t_ms, deed=deed, actor=actor, patient_id=patient_id, about=about)
