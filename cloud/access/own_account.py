"""What somebody changes about their own way in: each change is noted, and leaves no old way open."""

from dataclasses import dataclass

from cloud.access.door_key import DoorKey
from cloud.access.errors import UnfitError, WrongSignInError
from cloud.access.handles import handle_hash, normal_handle
from cloud.access.hashing_room import HashingRoom
from cloud.access.news import FACTOR_REMOVED, PASSWORD_CHANGED, Tell, nobody_is_told
from cloud.access.passwords import fit_password
from cloud.access.second_factor import SecondFactor
from cloud.access.sessions import Sessions, Viewer
from cloud.ports import OPERATOR, Account, AccountStore, Deed, Ledger, LedgerNote, LinkStore, Person, Together
from vitals.clock import Clock

__all__ = ["OwnAccount"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnAccount:
    """Changes accounts, for whoever proved lately who they are (`RecentlyProved`)."""

    store: AccountStore
    links: LinkStore
    room: HashingRoom
    second: SecondFactor
    sessions: Sessions
    key: DoorKey
    ledger: Ledger
    together: Together
    clock: Clock
    tell: Tell = nobody_is_told

    def of(self, viewer: Viewer) -> Account:
        """Return how somebody signs in."""
        return self.store.account(viewer.person.id)

    def set_password(self, viewer: Viewer, handle: str, password: str) -> None:
        """Set the password, and the name if one is given; every other session ends.

        Raises
        ------
        UnfitError
            If the name or the password cannot be taken.
        CrowdedError
            If the machine has too much to do.
        """
        person, account = viewer.person, self.of(viewer)
        if not handle and account.handle is None:
            raise UnfitError("choose a name to sign in by, such as your e-mail address")
        name = handle_hash(self.key, normal_handle(handle)) if handle else None
        encoded = self.room.hashed(fit_password(password, handle, person.display_name))
        with self.together():
            if name is not None and not self.store.set_handle(person.id, name):
                raise UnfitError("somebody else signs in by that name: choose another")
            self.store.set_password(person.id, encoded, self.clock.wall_ms())
            self.links.revoke_links(person.id)
            self.sessions.end_all(person.id, but=viewer.session)
            self._note(person.id, "password")
        self.tell(person.id, PASSWORD_CHANGED)

    def begin_second_factor(self, viewer: Viewer) -> str:
        """Return the secret to be confirmed: a new one, unless one was begun and waits.

        Raises
        ------
        UnfitError
            If there is no password it could be the second to, or codes are asked for already.
        """
        account = self.of(viewer)
        if account.password is None:
            raise UnfitError("set a password first: a code is asked for beside it")
        if account.has_totp:
            raise UnfitError("codes are asked for already: remove that first")
        return self.second.pending_secret(account) or self.second.begun(viewer.person.id)

    def confirm_second_factor(self, viewer: Viewer, code: str) -> list[str]:
        """Have codes asked for from now on, and return the recovery codes, once.

        Raises
        ------
        WrongSignInError
            If it is no code of what was begun.
        """
        with self.together():
            if not self.second.confirmed(self.of(viewer), code):
                raise WrongSignInError(
                    "this code is wrong: check the telephone's clock, and type the next one"
                )
            self._note(viewer.person.id, "second-factor-added")
            return self.second.new_recovery_codes(viewer.person.id)

    def remove_second_factor(self, viewer: Viewer, code: str) -> None:
        """Ask for no codes any more; the last one is asked for now.

        Raises
        ------
        WrongSignInError
            If it is no good code.
        """
        account = self.of(viewer)
        with self.together():
            if not self.second.is_good(account, code) and not self.second.use_recovery_code(
                viewer.person.id, code
            ):
                raise WrongSignInError("this code is wrong or was used: wait for the next one")
            self.second.removed(viewer.person.id)
            self.sessions.end_all(viewer.person.id, but=viewer.session)
            self._note(viewer.person.id, "second-factor-removed")
        self.tell(viewer.person.id, FACTOR_REMOVED)

    def renew_recovery_codes(self, viewer: Viewer) -> list[str]:
        """Return ten new recovery codes, once; earlier ones are worthless.

        Raises
        ------
        UnfitError
            If no codes are asked for.
        """
        if not self.of(viewer).has_totp:
            raise UnfitError("there is no second factor these would stand in for: add one first")
        with self.together():
            self._note(viewer.person.id, "recovery-codes")
            return self.second.new_recovery_codes(viewer.person.id)

    def close(self, person: Person, by: Person | None = None) -> None:
        """Let nobody sign in as this person any more; every session and link ends now."""
        with self.together():
            self.store.close_account(person.id, self.clock.wall_ms())
            self.links.revoke_links(person.id)
            self.sessions.end_all(person.id)
            self._note(OPERATOR if by is None else by.id, "closed", person=person.id)

    def _note(self, actor: str, change: str, **about: str) -> None:
        self.ledger.append(
            LedgerNote(
                t_ms=self.clock.wall_ms(),
                deed=Deed.ACCOUNT_CHANGED,
                actor=actor,
                about={"change": change, **about},
            )
        )
