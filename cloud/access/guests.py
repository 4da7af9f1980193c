"""Inviting somebody new to see one patient: by the patient, or whoever acts in their place.

One step in place of two, an account and a grant: nobody who is invited so sees anything of anybody else, and
nobody comes in whom the patient's side did not name. The others who share the record are told of it.
"""

from dataclasses import dataclass
from typing import Final

from cloud.access.errors import NotVisibleError
from cloud.access.invitations import Invitations
from cloud.access.news import GUEST_INVITED
from cloud.access.sharing import Sharing
from cloud.ports import Person, Scope
from vitals.errors import ValidationError

__all__ = ["MOST_GUESTS", "Guests"]

MOST_GUESTS: Final = 10
"""How many of a patient's may have been invited and not have come yet, taken back since or not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guests:
    """Invitations, each with the grant that it is for, in one transaction."""

    invitations: Invitations
    sharing: Sharing

    def invite(
        self, patient_id: str, name: str, scopes: frozenset[Scope], until_ms: int | None, by: Person
    ) -> tuple[Person, str]:
        """Return a new caregiver, to whom these scopes of the patient are open, and the secret of their link.

        Raises
        ------
        NotVisibleError
            If whoever invites is not the patient, and does not act in their place.
        UnfitError
            If the name is none, or could be taken for somebody else's.
        ValidationError
            If it would open nothing, is over already, or too many have not come yet.
        """
        if not self.sharing.may_share(by.id, patient_id):
            raise NotVisibleError("you cannot invite anybody for this patient: ask the patient")
        with self.sharing.together():
            person, token = self.invitations.invite_for(patient_id, name, by)
            self.sharing.give(patient_id, person_id=person.id, scopes=scopes, until_ms=until_ms, by=by.id)
            # Once it is written down: who invites after this one waits for it, and counts it.
            if self._waiting(patient_id) > MOST_GUESTS:
                raise ValidationError(
                    "{most} who were invited have not come yet: wait for them, or for a week",
                    most=MOST_GUESTS,
                )
        self.sharing.gatekeeper.refresh()
        self._tell_the_others(patient_id, by)
        return person, token

    def _waiting(self, patient_id: str) -> int:
        guests = {one.person_id for one in self.sharing.given(patient_id) if one.person_id is not None}
        return sum(self.invitations.waits(each) for each in guests)

    def _tell_the_others(self, patient_id: str, by: Person) -> None:
        now_ms = self.sharing.clock.wall_ms()
        for one in self.sharing.gatekeeper.people_who_may_see(patient_id, Scope.ALERTS, now_ms):
            if one.id != by.id and self.sharing.may_share(one.id, patient_id):
                self.invitations.tell(one.id, GUEST_INVITED)
