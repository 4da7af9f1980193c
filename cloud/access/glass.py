"""Breaking the glass: a clinician sees a patient in an emergency, with a reason, for a while, and is seen."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from cloud.access.gatekeeper import Gatekeeper
from cloud.ports import Deed, GlassBook, GlassBreak, Ledger, LedgerNote, OvertakenError, Person, Together
from vitals.clock import Clock
from vitals.errors import ValidationError

__all__ = ["LONGEST_BREAK_MIN", "MOST_BREAKS", "SHORTEST_REASON", "Glass", "TooManyBrokenError"]

LONGEST_BREAK_MIN: Final = 240
MOST_BREAKS: Final = 3
"""How many patients a clinician may have open like this at once: no account opens a whole clinic."""
SHORTEST_REASON: Final = 10
_TRIES: Final = 20
_MINUTE_MS: Final = 60_000


class TooManyBrokenError(ValidationError):
    """As many are open to the clinician as may be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Glass:
    """Broken glass, in whichever process. `tell` raises the alert by which the patient and theirs are told.

    It is told in the transaction that opens the record: neither happens without the other.
    """

    book: GlassBook
    ledger: Ledger
    gatekeeper: Gatekeeper
    clock: Clock
    new_id: Callable[[], str]
    together: Together
    tell: Callable[[GlassBreak], None]

    def break_(self, patient_id: str, by: Person, reason: str, minutes: int) -> GlassBreak:
        """Open a patient's record to a clinician for some minutes, at once.

        Raises
        ------
        ValidationError
            If there is no reason to speak of, or it is for longer than may be.
        TooManyBrokenError
            If they have too many open already.
        StorageError
            If it cannot be written down or told: then nothing is opened.
        """
        self.refuse_unfit(by, reason, minutes)
        now_ms = self.clock.wall_ms()
        broken = GlassBreak(
            id=self.new_id(),
            patient_id=patient_id,
            person_id=by.id,
            reason=reason.strip(),
            from_ms=now_ms,
            until_ms=now_ms + minutes * _MINUTE_MS,
        )
        self._open(broken)
        self.gatekeeper.refresh()
        return broken

    def refuse_unfit(self, by: Person, reason: str, minutes: int) -> None:
        """Refuse what would be refused of any patient, before anybody asks whether there is this one.

        Who is told that there is no such patient has said for whom they looked in earnest; who is told
        anything else learns nothing of who there is.

        Raises
        ------
        ValidationError
            If there is no reason to speak of, it is for longer than may be, or they have too many open.
        """
        if len(reason.split()) < 2 or len(reason.strip()) < SHORTEST_REASON:  # noqa: PLR2004 - words
            raise ValidationError("say in a few words why this cannot wait: the patient reads it")
        if not 1 <= minutes <= LONGEST_BREAK_MIN:
            raise ValidationError(
                f"it ends by itself after 1 to {LONGEST_BREAK_MIN} minutes: say after how many"
            )
        if len(self.by(by.id)) >= MOST_BREAKS:
            raise _too_many()

    def answers_for_themselves(self, person_id: str, patient_id: str, opened_ms: int) -> bool:
        """Tell whether it was this person who opened the record then."""
        return any(one.person_id == person_id and one.from_ms == opened_ms for one in self.of(patient_id))

    def end(self, broken: GlassBreak) -> bool:
        """Close it sooner than it would by itself; False: it is over."""
        is_ended = self.book.end_break(broken, self.clock.wall_ms())
        self.gatekeeper.refresh()
        return is_ended

    def review(self, broken: GlassBreak, by: str) -> bool:
        """Note that an administrator looked into it, who is not who broke it; False: somebody has.

        Raises
        ------
        ValidationError
            If it is their own.
        """
        if broken.person_id == by:
            raise ValidationError("nobody reviews what they did themselves: ask another administrator")
        return self.book.review(broken, self.clock.wall_ms(), by)

    def of(self, patient_id: str) -> Sequence[GlassBreak]:
        """Return every time somebody broke the glass of a patient, the newest first."""
        return self.book.breaks_of(patient_id)

    def by(self, person_id: str) -> Sequence[GlassBreak]:
        """Return what somebody has open like this now."""
        return self.book.breaks_by(person_id, self.clock.wall_ms())

    def all(self, limit: int) -> Sequence[GlassBreak]:
        """Return what was broken, those nobody has reviewed first, then the newest first."""
        return self.book.breaks(limit)

    def broken(self, break_id: str) -> GlassBreak | None:
        """Return one, or None."""
        return self.book.broken(break_id)

    def _open(self, broken: GlassBreak) -> None:
        for _ in range(_TRIES):
            try:
                with self.together():
                    self.book.add_break(broken)
                    self._refuse_too_many(broken)
                    self.ledger.append(_note(broken))
                    self.tell(broken)
            except OvertakenError:
                continue
            return
        raise OvertakenError("the patient's alerts change too fast to tell of this: try again")

    def _refuse_too_many(self, broken: GlassBreak) -> None:
        """Count once it is written down: who writes after this one waits for it, and counts it."""
        if len(self.book.breaks_by(broken.person_id, broken.from_ms)) > MOST_BREAKS:
            raise _too_many()


def _too_many() -> TooManyBrokenError:
    return TooManyBrokenError(f"{MOST_BREAKS} records are open to you like this: end one first")


def _note(broken: GlassBreak) -> LedgerNote:
    return LedgerNote(
        t_ms=broken.from_ms,
        deed=Deed.BROKE_GLASS,
        actor=broken.person_id,
        patient_id=broken.patient_id,
        about={"glass": broken.id, "until": str(broken.until_ms)},
    )
