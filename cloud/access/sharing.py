"""What of a patient is open to whom, as the patient says it: given, taken back, and on the ledger."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from cloud.access.gatekeeper import Gatekeeper
from cloud.access.policies import SHARING
from cloud.ports import EVERYTHING, Deed, Grant, GrantBook, Ledger, LedgerNote, Scope, Together
from vitals.clock import Clock
from vitals.errors import ValidationError

__all__ = ["FOREVER", "Sharing"]

FOREVER: Final = "until-taken-back"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sharing:
    """Grants of patients, in whichever process. `together` makes one transaction of what is written in it."""

    book: GrantBook
    ledger: Ledger
    gatekeeper: Gatekeeper
    clock: Clock
    new_id: Callable[[], str]
    together: Together

    def give(  # noqa: PLR0913 - the parts of a grant
        self,
        patient_id: str,
        *,
        by: str,
        person_id: str | None = None,
        team_id: str | None = None,
        scopes: frozenset[Scope] = EVERYTHING,
        from_ms: int | None = None,
        until_ms: int | None = None,
    ) -> Grant:
        """Open scopes of a patient to a person or a team, from now or a later time on; in force at once.

        Raises
        ------
        ValidationError
            If it opens nothing, to nobody or to both, or is over before it begins.
        StorageError
            If there is no such patient, person or team; then nothing is opened.
        """
        now_ms = self.clock.wall_ms()
        begins_ms = now_ms if from_ms is None else from_ms
        if not scopes:
            raise ValidationError("a grant opens something: choose at least one part of the record")
        if (person_id is None) == (team_id is None):
            raise ValidationError("a grant is to one person or to one team: name one of them")
        if until_ms is not None and until_ms <= max(now_ms, begins_ms):
            raise ValidationError("a grant ends after it begins, and after now: give a later end, or none")
        grant = Grant(
            id=self.new_id(),
            patient_id=patient_id,
            person_id=person_id,
            team_id=team_id,
            scopes=scopes,
            from_ms=begins_ms,
            until_ms=until_ms,
            given_by=by,
            given_ms=now_ms,
        )
        with self.together():
            self.book.give(grant)
            self.ledger.append(_note(Deed.GRANTED, grant, by, now_ms))
        self.gatekeeper.refresh()
        return grant

    def take_back(self, grant: Grant, by: str) -> bool:
        """Close at once what a grant opened; False: it was taken back before."""
        now_ms = self.clock.wall_ms()
        with self.together():
            is_taken = self.book.revoke(grant, now_ms, by)
            if is_taken:
                self.ledger.append(_note(Deed.REVOKED, grant, by, now_ms))
        self.gatekeeper.refresh()
        return is_taken

    def may_share(self, person_id: str, patient_id: str) -> bool:
        """Tell whether somebody may open a patient's record to others now."""
        return self.gatekeeper.decide(person_id, patient_id, SHARING, self.clock.wall_ms()).is_allowed

    def given(self, patient_id: str) -> Sequence[Grant]:
        """Return every grant there ever was of a patient, newest first."""
        return self.book.grants_of(patient_id)


def _note(deed: Deed, grant: Grant, by: str, now_ms: int) -> LedgerNote:
    receiver = {"person": grant.person_id} if grant.team_id is None else {"team": grant.team_id}
    about = {name: value for name, value in receiver.items() if value is not None}
    return LedgerNote(
        t_ms=now_ms,
        deed=deed,
        actor=by,
        patient_id=grant.patient_id,
        about=about
        | {
            "grant": grant.id,
            "scopes": " ".join(sorted(grant.scopes)),
            "from": str(grant.from_ms),
            "until": FOREVER if grant.until_ms is None else str(grant.until_ms),
        },
    )
