"""Letting somebody in who has proved who they are, by whatever way: their session, their device, the notice.

Of each sign-in on a device on which they never came in before they are told, so that one that was not theirs
does not stay unnoticed.
"""

from dataclasses import dataclass, field

from cloud.access.door import Visitor
from cloud.access.known_devices import KnownDevices
from cloud.access.news import NEW_DEVICE, Tell, nobody_is_told
from cloud.access.sessions import Sessions
from cloud.ports import Account, AccountStore, SignInWay

__all__ = ["Arrivals", "Entered"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """Somebody is in: the secret of their session, and what their browser keeps to be known again."""

    person_id: str
    token: str = field(repr=False)
    devices: str
    stays: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrivals:
    """The last step of every way in."""

    sessions: Sessions
    accounts: AccountStore
    known_devices: KnownDevices
    tell: Tell = nobody_is_told

    def let_in(
        self,
        person_id: str,
        visitor: Visitor,
        way: SignInWay,
        *,
        stays: bool = False,
        seen: Account | None = None,
    ) -> Entered:
        """Begin a session, have the device known, and tell its person if it was not.

        Raises
        ------
        NotSignedInError
            If their account was closed, or is not any more as it was `seen` when its password was right.
        """
        seen = seen or self.accounts.account(person_id)
        name = seen.handle or person_id.encode()
        token = self.sessions.begin(person_id, way, device=visitor.words, stays=stays, seen=seen)
        if self.known_devices.known(visitor.devices, name) is None:
            self.tell(person_id, NEW_DEVICE)
        return Entered(
            person_id=person_id,
            token=token,
            devices=self.known_devices.remembering(visitor.devices, name),
            stays=stays,
        )
