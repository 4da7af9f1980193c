"""Letting somebody in for the first time, or anew: a one-time link, with which they choose name and password.

Used, expired, revoked and unknown links are one answer. Nobody invites a higher role than their own allows.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from cloud.access.arrivals import Entered
from cloud.access.door import Visitor
from cloud.access.door_key import DoorKey
from cloud.access.errors import DeadLinkError, NotVisibleError, UnfitError
from cloud.access.handles import handle_hash, normal_handle
from cloud.access.hashing_room import HashingRoom
from cloud.access.known_devices import KnownDevices
from cloud.access.names import refuse_alike, shown_name
from cloud.access.news import PASSWORD_CHANGED, Tell, nobody_is_told
from cloud.access.other_ways import OtherWays
from cloud.access.passwords import fit_password
from cloud.access.sessions import DAY_MS, HOUR_MS, Sessions
from cloud.access.tokens import Randomness, new_token, token_hash
from cloud.ports import (
    OPERATOR,
    AccountStore,
    Deed,
    Directory,
    Ledger,
    LedgerNote,
    Link,
    LinkKind,
    LinkStore,
    Patient,
    Person,
    Role,
    SignInWay,
    Together,
)
from vitals.clock import Clock

__all__ = ["INVITABLE", "Chosen", "Invitations"]

INVITABLE: Final[Mapping[Role, frozenset[Role]]] = MappingProxyType(
    {
        Role.ADMINISTRATOR: frozenset(Role),
        Role.CLINICIAN: frozenset(),
        Role.CAREGIVER: frozenset(),
        Role.PATIENT: frozenset({Role.CAREGIVER}),
    }
)
"""Whom somebody of a role may invite. What the invited may see is granted apart, by the patient."""
_LIFE_MS: Final[Mapping[LinkKind, int]] = MappingProxyType(
    {
        LinkKind.INVITATION: 7 * DAY_MS,
        LinkKind.RESET: DAY_MS,
        LinkKind.FIRST_ADMINISTRATOR: 24 * HOUR_MS,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What somebody invited chooses; a name left empty stays what it was."""

    display_name: str
    handle: str
    password: str
    stays: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitations:
    """Makes links, tells whose a link is, and lets in who chose."""

    links: LinkStore
    accounts: AccountStore
    directory: Directory
    people: Callable[[], Sequence[Person]]
    sessions: Sessions
    room: HashingRoom
    known_devices: KnownDevices
    other_ways: OtherWays
    key: DoorKey
    ledger: Ledger
    together: Together
    clock: Clock
    randomness: Randomness
    tell: Tell = nobody_is_told

    def invite(self, name: str, role: Role, by: Person | None = None) -> tuple[Person, str]:
        """Return somebody new and the secret of their link; `by` is None at the machine's own command line.

        Raises
        ------
        NotVisibleError
            If whoever invites may not invite anybody of that role.
        UnfitError
            If the name is none, or could be taken for somebody else's.
        """
        if by is not None and role not in INVITABLE[by.role]:
            raise NotVisibleError("you cannot invite anybody of that role: ask an administrator")
        return self._invited(name, role, by)

    def invite_for(self, patient_id: str, name: str, by: Person) -> tuple[Person, str]:
        """Return a caregiver who is to come in for a patient, and the secret of their link.

        Whoever calls knows that `by` is the patient, or acts in their place.

        Raises
        ------
        UnfitError
            If the name is none, or could be taken for somebody else's.
        """
        return self._invited(name, Role.CAREGIVER, by, patient_id)

    def invite_patient(self, patient: Patient, by: Person) -> str:
        """Return the secret of the link with which a patient comes in as themselves.

        Raises
        ------
        UnfitError
            If their name could be taken for that of somebody else who signs in.
        """
        person = Person(
            id=f"u-{self.randomness(8).hex()}",
            display_name=patient.display_name,
            role=Role.PATIENT,
            patient_id=patient.id,
        )
        self._refuse_alike(person)
        with self.together():
            self._add(person)
            return self._link(person.id, LinkKind.INVITATION, by, patient.id)

    def waits(self, person_id: str) -> bool:
        """Tell whether somebody was invited and has not come yet, and still may."""
        now_ms = self.clock.wall_ms()
        found = self.links.links_of(person_id)
        return any(link.kind is LinkKind.INVITATION and link.is_good(now_ms) for link in found)

    def reset(self, person_id: str, by: Person | None = None) -> str:
        """Return the secret of a link with which somebody chooses anew; what they have is good until then.

        Raises
        ------
        NotVisibleError
            If there is no such person, or their account was closed.
        """
        if self.directory.person(person_id) is None or self.accounts.account(person_id).closed_ms is not None:
            raise NotVisibleError("there is nobody of that id who could sign in: list them first")
        with self.together():
            self.links.revoke_links(person_id)
            return self._link(person_id, LinkKind.RESET, by)

    def first_administrator(self) -> str:
        """Return the secret of the link for the first administrator; earlier ones are worthless.

        Raises
        ------
        DeadLinkError
            If there is an administrator.
        """
        if self.has_administrator():
            raise DeadLinkError("there is an administrator already: ask them, or use `user reset`")
        waiting = self.administrators()
        new_id = f"u-{self.randomness(8).hex()}"
        new = Person(id=new_id, display_name="Administrator", role=Role.ADMINISTRATOR)
        person = waiting[0] if waiting else new
        with self.together():
            self.directory.add_person(person)
            self.links.revoke_links(person.id)
            return self._link(person.id, LinkKind.FIRST_ADMINISTRATOR, None)

    def has_administrator(self, *, but: str | None = None) -> bool:
        """Tell whether some administrator can sign in or is signed in."""
        return any(
            self.accounts.account(each.id).closed_ms is None
            and (self.accounts.account(each.id).password is not None or self.sessions.open_sessions(each.id))
            for each in self.administrators()
            if each.id != but
        )

    def invited(self, token: str) -> tuple[Person, LinkKind]:
        """Return whose link this is and what for; it is not used up.

        Raises
        ------
        DeadLinkError
            If it is no good.
        """
        link = self.links.link(token_hash(token))
        if link is None or link.kind is LinkKind.SIGN_IN or not self._is_good(link):
            raise _dead()
        person = self.directory.person(link.person_id)
        if person is None:
            raise _dead()
        return person, link.kind

    def accept(self, token: str, chosen: Chosen, visitor: Visitor) -> Entered:
        """Use the link up, keep what was chosen, and let them in; everything of before is worthless.

        Raises
        ------
        DeadLinkError
            If the link is no good.
        UnfitError
            If the name or the password cannot be taken; the link is still good.
        CrowdedError
            If the machine has too much to do.
        """
        person, kind = self.invited(token)
        named = replace(person, display_name=shown_name(chosen.display_name or person.display_name))
        self._refuse_alike(named)
        before = self.accounts.account(person.id).handle
        if not chosen.handle and before is None:
            raise UnfitError("choose a name to sign in by, such as your e-mail address")
        handle = handle_hash(self.key, normal_handle(chosen.handle)) if chosen.handle else (before or b"")
        encoded = self.room.hashed(fit_password(chosen.password, chosen.handle, named.display_name))
        now_ms = self.clock.wall_ms()
        with self.together():
            if not self.accounts.set_handle(person.id, handle):
                raise UnfitError("somebody else signs in by that name: choose another")
            if self.links.redeem_link(token_hash(token), now_ms) is None:
                raise _dead()
            self.links.revoke_links(person.id)
            self.accounts.set_password(person.id, encoded, now_ms)
            self.accounts.set_totp(person.id, None, None)
            self.accounts.replace_recovery_codes(person.id, ())
            self.other_ways.end_all(person.id, now_ms)
            self.sessions.end_all(person.id)
            self._add(named)
            self.ledger.append(
                LedgerNote(t_ms=now_ms, deed=Deed.ACCOUNT_CHANGED, actor=person.id, about={"by": kind.value})
            )
            session = self.sessions.begin(
                person.id, SignInWay.PASSWORD, device=visitor.words, stays=chosen.stays
            )
        if before is not None:
            self.tell(person.id, PASSWORD_CHANGED)
        return Entered(
            person_id=person.id,
            token=session,
            devices=self.known_devices.remembering(visitor.devices, handle),
            stays=chosen.stays,
        )

    def administrators(self) -> Sequence[Person]:
        """Return who runs the service."""
        return [each for each in self.people() if each.role is Role.ADMINISTRATOR]

    def _invited(
        self, name: str, role: Role, by: Person | None, patient_id: str | None = None
    ) -> tuple[Person, str]:
        person = Person(id=f"u-{self.randomness(8).hex()}", display_name=shown_name(name), role=role)
        self._refuse_alike(person)
        with self.together():
            self._add(person)
            token = self._link(person.id, LinkKind.INVITATION, by, patient_id)
        return person, token

    def _add(self, person: Person) -> None:
        """Write somebody down, then compare: who chooses a name after this one waits for it, and sees it."""
        self.directory.add_person(person)
        self._refuse_alike(person)

    def _refuse_alike(self, person: Person) -> None:
        others = (one.display_name for one in self.people() if one.id != person.id)
        refuse_alike(person.display_name, others)

    def _link(self, person_id: str, kind: LinkKind, by: Person | None, patient_id: str | None = None) -> str:
        token, now_ms = new_token(self.randomness), self.clock.wall_ms()
        actor = OPERATOR if by is None else by.id
        self.links.add_link(
            Link(
                token_hash=token_hash(token),
                person_id=person_id,
                expires_ms=now_ms + _LIFE_MS[kind],
                kind=kind,
                made_by=actor,
                made_ms=now_ms,
            )
        )
        about = {"link": kind.value, "person": person_id}
        self.ledger.append(
            LedgerNote(
                t_ms=now_ms, deed=Deed.ACCOUNT_CHANGED, actor=actor, patient_id=patient_id, about=about
            )
        )
        return token

    def _is_good(self, link: Link) -> bool:
        if (
            not link.is_good(self.clock.wall_ms())
            or self.accounts.account(link.person_id).closed_ms is not None
        ):
            return False
        is_first = link.kind is LinkKind.FIRST_ADMINISTRATOR
        return not (is_first and self.has_administrator())


def _dead() -> DeadLinkError:
    return DeadLinkError("this link no longer works: ask whoever sent it for a new one")
