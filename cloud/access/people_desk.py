"""What administrators do about people: let a patient in, lock an account, have somebody choose anew.

Each of it is on the ledger. None of it opens anything of anybody: what is whose is said by whom it is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cloud.access.errors import NotVisibleError, UnfitError
from cloud.access.invitations import Invitations
from cloud.access.names import refuse_alike, shown_name
from cloud.access.news import FACTOR_REMOVED, Tell, nobody_is_told
from cloud.access.own_account import OwnAccount
from cloud.ports import Account, Deed, LedgerNote, Link, LinkKind, Patient, Person

__all__ = ["PeopleDesk"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleDesk:
    """Accounts of others, for whoever proved lately that they are an administrator."""

    invitations: Invitations
    accounts: OwnAccount
    tell: Tell = nobody_is_told

    def everybody(self) -> Sequence[Person]:
        """Return everybody who may sign in, by name."""
        return self.invitations.people()

    def known(self, person_id: str) -> Person:
        """Return somebody.

        Raises
        ------
        NotVisibleError
            If there is nobody of this id.
        """
        person = self.invitations.directory.person(person_id)
        if person is None:
            raise NotVisibleError("there is nobody of that id: go back to the list")
        return person

    def all_accounts(self) -> Mapping[str, Account]:
        """Return how everybody signs in who ever chose anything, by id."""
        return {each.person_id: each for each in self.accounts.store.accounts()}

    def waiting(self) -> Mapping[str, Link]:
        """Return the last good link of everybody who was invited, or is to choose anew, and has not come."""
        found = self.accounts.links.good_links(self.accounts.clock.wall_ms())
        return {each.person_id: each for each in found if each.kind is not LinkKind.SIGN_IN}

    def add_patient(self, name: str, *, signs_in: bool, by: Person) -> tuple[Patient, str | None]:
        """Return a new patient, and the secret of a link if they are to sign in themselves.

        Raises
        ------
        UnfitError
            If the name is none, or could be taken for another's.
        """
        desk = self.invitations
        patient = Patient(id=f"p-{desk.randomness(8).hex()}", display_name=shown_name(name))
        refuse_alike(patient.display_name, (each.display_name for each in desk.directory.every_patient()))
        with desk.together():
            desk.directory.add_patient(patient)
            self._note(Deed.PATIENT_ADDED, by, patient_id=patient.id)
            token = desk.invite_patient(patient, by) if signs_in else None
        return patient, token

    def lock(self, person: Person, by: Person) -> None:
        """Let nobody sign in as this person until it is opened again; every session and link ends now.

        Raises
        ------
        UnfitError
            If it is their own, or theirs was locked meanwhile: so that somebody is left to run the service.
        """
        if person.id == by.id:
            raise UnfitError("nobody locks their own account: ask another administrator")
        self._refuse_locked(by)
        with self.accounts.together():
            self.accounts.close(person, by)
            self._refuse_locked(by)  # two who lock each other wait for each other in `close`

    def unlock(self, person: Person, by: Person) -> None:
        """Let somebody sign in again, in the ways they had."""
        with self.accounts.together():
            self.accounts.store.open_account(person.id)
            self._note(Deed.ACCOUNT_CHANGED, by, change="opened", person=person.id)

    def end_sessions(self, person: Person, by: Person) -> None:
        """Sign somebody out everywhere; oneself too, if it is oneself."""
        with self.accounts.together():
            self.accounts.sessions.end_all(person.id)
            self._note(Deed.ACCOUNT_CHANGED, by, change="signed-out", person=person.id)

    def remove_second_factor(self, person: Person, by: Person) -> None:
        """Ask somebody for no codes any more, as when their telephone is gone; they are told.

        Raises
        ------
        UnfitError
            If it is their own, or they are asked for none.
        """
        if person.id == by.id:
            raise UnfitError("remove your own under your sign-in, with a last code")
        if not self.accounts.store.account(person.id).has_totp:
            raise UnfitError("no code is asked for beside this password")
        with self.accounts.together():
            self.accounts.second.removed(person.id)
            self.accounts.sessions.end_all(person.id)
            self._note(Deed.ACCOUNT_CHANGED, by, change="second-factor-removed", person=person.id)
        self.tell(person.id, FACTOR_REMOVED)

    def withdraw(self, person: Person, by: Person) -> None:
        """Make every link worthless that somebody was given and has not used."""
        with self.accounts.together():
            self.accounts.links.revoke_links(person.id)
            self._note(Deed.ACCOUNT_CHANGED, by, change="links-withdrawn", person=person.id)

    def _refuse_locked(self, by: Person) -> None:
        if self.accounts.store.account(by.id).closed_ms is not None:
            raise UnfitError("your own account was locked meanwhile: nothing was changed")

    def _note(self, deed: Deed, by: Person, patient_id: str | None = None, **about: str) -> None:
        now_ms = self.accounts.clock.wall_ms()
        self.accounts.ledger.append(
            LedgerNote(t_ms=now_ms, deed=deed, actor=by.id, patient_id=patient_id, about=about)
        )
