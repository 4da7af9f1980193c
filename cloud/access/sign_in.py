"""Signing in by name and password, and a code where one is asked for.

An unknown name, a closed account and a wrong password are one answer, after the same work.
"""

from dataclasses import dataclass, field

from cloud.access.arrivals import Arrivals, Entered
from cloud.access.door import Door, Passage, Visitor
from cloud.access.door_key import DoorKey
from cloud.access.errors import WrongSignInError
from cloud.access.half_way import HalfWay, HalfWays
from cloud.access.handles import handle_hash, normal_handle
from cloud.access.hashing_room import HashingRoom
from cloud.access.known_devices import KnownDevices
from cloud.access.passwords import readable_password
from cloud.access.second_factor import SecondFactor
from cloud.access.sessions import Sessions, Viewer
from cloud.ports import Account, AccountStore, SignInWay
from vitals.clock import Clock

__all__ = ["CodeWanted", "Entered", "SignIn"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeWanted:
    """The password was right; `half_way` comes back with a code."""

    half_way: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """The way in by password."""

    store: AccountStore
    door: Door
    room: HashingRoom
    second: SecondFactor
    half_ways: HalfWays
    known_devices: KnownDevices
    sessions: Sessions
    key: DoorKey
    clock: Clock
    arrivals: Arrivals

    def with_password(
        self, name: str, password: str, visitor: Visitor, *, stays: bool = False
    ) -> Entered | CodeWanted:
        """Let somebody in, or ask them for a code.

        Raises
        ------
        UnfitError
            If that can be nobody's name or password, by its form.
        TooManyTriesError
            If they have to wait.
        CrowdedError
            If the machine has too much to do.
        WrongSignInError
            If name or password are wrong.
        """
        handle, readable = handle_hash(self.key, normal_handle(name)), readable_password(password)
        device = self.known_devices.known(visitor.devices, handle)
        passage = self.door.enter(handle, visitor.network, device)
        account = self._checked(handle, readable, passage)
        if account.has_totp:
            return CodeWanted(
                half_way=self.half_ways.pass_for(
                    HalfWay(
                        person_id=account.person_id,
                        handle=handle,
                        at_ms=self.clock.wall_ms(),
                        password_ms=account.password_ms,
                        stays=stays,
                    )
                )
            )
        self.door.was_good(passage)
        return self.arrivals.let_in(account.person_id, visitor, SignInWay.PASSWORD, stays=stays, seen=account)

    def with_code(self, half_way: str, code: str, visitor: Visitor) -> Entered:
        """Let somebody in whose password was right, by a code of the minute or a recovery code.

        Raises
        ------
        TooManyTriesError
            If they have to wait.
        WrongSignInError
            If it took them too long, or the code is wrong or was used.
        """
        half = self.half_ways.of(half_way)
        account = None if half is None else self.store.account(half.person_id)
        if half is None or account is None or account.password_ms != half.password_ms or account.closed_ms:
            raise WrongSignInError("that took too long, or the password was changed: begin again")
        device = self.known_devices.known(visitor.devices, half.handle)
        passage = self.door.try_code(half.handle, visitor.network, device)
        way = self._way_of(account, code)
        if way is None:
            raise WrongSignInError("this code is wrong or was used: wait for the next one")
        self.door.was_good(passage)
        return self.arrivals.let_in(account.person_id, visitor, way, stays=half.stays, seen=account)

    def prove_again(self, viewer: Viewer, token: str, password: str, code: str, visitor: Visitor) -> str:
        """Return a new secret for a session whose person proved again who they are; the old one is worthless.

        Raises
        ------
        TooManyTriesError
            If they have to wait.
        WrongSignInError
            If the password or the code is wrong.
        """
        account = self.store.account(viewer.person.id)
        handle = account.handle or viewer.person.id.encode()
        readable = readable_password(password)
        device = self.known_devices.known(visitor.devices, handle)
        passage = self.door.enter(handle, visitor.network, device)
        if not self.room.matches(account.password, readable, is_known=True) or account.closed_ms:
            raise WrongSignInError("the password or the code is wrong")
        way = self._way_of(account, code) if account.has_totp else SignInWay.PASSWORD
        if way is None:
            raise WrongSignInError("the password or the code is wrong")
        self.door.was_good(passage)
        return self.sessions.prove(token, way)

    def _checked(self, handle: bytes, password: str, passage: Passage) -> Account:
        """Return whose name and password these are; the password is worked on whoever that is."""
        account = self.store.account_by_handle(handle)
        encoded = None if account is None or account.closed_ms is not None else account.password
        is_right = self.room.matches(encoded, password, is_known=passage.is_known)
        if account is None or encoded is None or not is_right:
            raise WrongSignInError("the name or the password is wrong")
        if self.room.is_outdated(encoded):
            # The time of the change stays: it is the same password, and ends nobody's session.
            self.store.set_password(
                account.person_id, self.room.hashed(password), account.password_ms or self.clock.wall_ms()
            )
        return account

    def _way_of(self, account: Account, code: str) -> SignInWay | None:
        if self.second.is_good(account, code):
            return SignInWay.PASSWORD_AND_TOTP
        if account.has_totp and self.second.use_recovery_code(account.person_id, code):
            return SignInWay.RECOVERY_CODE
        return None
