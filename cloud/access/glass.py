"""Breaking the glass: a clinician sees a patient in an emergency, with a reason, for a while, and is seen."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from cloud.access.gatekeeper import Gatekeeper
from cloud.ports import Deed, GlassBook, GlassBreak, Ledger, LedgerNote, OvertakenError, Person, Together
from vitals.clock import Clock
from vitals.errors import ValidationError

__all__ = [
    "LONGEST_BREAK_MIN",
    "MOST_BREAKS",
    "SHORTEST_REASON",
    "Glass",
    "TooManyBrokenError",
]

LONGEST_BREAK_MIN: Final = 240
MOST_BREAKS: Final = 3
"""How many patients a clinician may have open like this at once: no account opens a whole clinic."""
SHORTEST_REASON: Final = 10
_TRIES: Final = 20
_log = structlog.get_logger(__name__)
_MINUTE_MS: Final = 60_000
_DAY_MS: Final = 24 * 60 * _MINUTE_MS


class TooManyBrokenError(ValidationError):
    """As many are open to the clinician, or were opened by them lately, as may be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Glass:
    """Broken glass, in whichever process. `tell` raises the alert by which the patient and theirs are told.

    It is told in the transaction that opens the record: neither happens without the other. Somebody breaks it
    `most_a_day` times in 24 hours, so that no account goes through a clinic one by one, and is then told to
    call `call`.
    """

    book: GlassBook
    ledger: Ledger
    gatekeeper: Gatekeeper
    clock: Clock
    new_id: Callable[[], str]
    together: Together
    tell: Callable[[GlassBreak], None]
    most_a_day: int
    call: str

    def break_(self, patient_id: str, by: Person, reason: str, minutes: int) -> GlassBreak:
        """Open a patient's record to a clinician for some minutes, at once.

        Raises
        ------
        ValidationError
            If there is no reason to speak of, or it is for longer than may be.
        TooManyBrokenError
            If they have too many open already, or opened too many since yesterday.
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
            If there is no reason to speak of, it is for longer than may be, or they opened too many.
        """
        if len(reason.split()) < 2 or len(reason.strip()) < SHORTEST_REASON:  # noqa: PLR2004 - words
            raise ValidationError("say in a few words why this cannot wait: the patient reads it")
        if not 1 <= minutes <= LONGEST_BREAK_MIN:
            raise ValidationError(
                "it ends by itself after 1 to {most} minutes: say after how many", most=LONGEST_BREAK_MIN
            )
        self._refuse_too_many(by.id, self.clock.wall_ms(), and_one_more=1)

    def answers_for_themselves(self, person_id: str, patient_id: str, opened_ms: int) -> bool:
        """Tell whether it was this person who opened the record then."""
        return any(one.person_id == person_id and one.from_ms == opened_ms for one in self.of(patient_id))

    def end(self, broken: GlassBreak) -> bool:
        """Close it sooner than it would by itself; False: it is over."""
        is_ended = self.book.end_break(broken, self.clock.wall_ms())
        self.gatekeeper.refresh()
        return is_ended

    def review(self, broken: GlassBreak, by: str, *, for_owner: bool = False) -> bool:
        """Note that somebody looked into it who did not do it, for the house or the patient; False: one has.

        Raises
        ------
        ValidationError
            If it is their own.
        """
        if broken.person_id == by:
            raise ValidationError("nobody reviews what they did themselves: ask another")
        now_ms = self.clock.wall_ms()
        with self.together():
            is_first = self.book.review(broken, now_ms, by, for_owner=for_owner)
            if is_first:
                self.ledger.append(_note(Deed.REVIEWED_GLASS, broken, by, now_ms))
        return is_first

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
                    # Once it is written down: who writes after this one waits for it, and counts it.
                    self._refuse_too_many(broken.person_id, broken.from_ms)
                    self.ledger.append(_note(Deed.BROKE_GLASS, broken, broken.person_id, broken.from_ms))
                    self.tell(broken)
            except OvertakenError:
                continue
            return
        raise OvertakenError("the patient's alerts change too fast to tell of this: try again")

    def _refuse_too_many(self, person_id: str, now_ms: int, *, and_one_more: int = 0) -> None:
        lately = self.book.breaks_by(person_id, now_ms - _DAY_MS)
        of_today = [one for one in lately if one.from_ms > now_ms - _DAY_MS]
        if len(of_today) + and_one_more > self.most_a_day:
            _log.warning("glass.too_many_a_day", person=person_id, most=self.most_a_day)
            raise TooManyBrokenError(
                f"you opened {self.most_a_day} records like this in 24 hours, and more need another's eyes: "
                f"call {self.call}"
            )
        if sum(one.until_ms > now_ms for one in lately) + and_one_more > MOST_BREAKS:
            raise TooManyBrokenError(f"{MOST_BREAKS} records are open to you like this: end one first")


def _note(deed: Deed, broken: GlassBreak, actor: str, now_ms: int) -> LedgerNote:
    about = {"glass": broken.id, "person": broken.person_id, "until": str(broken.until_ms)}
    return LedgerNote(t_ms=now_ms, deed=deed, actor=actor, patient_id=broken.patient_id, about=about)
