"""What is kept of how people sign in: hashes and sealed secrets; and of what was tried at the door."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

__all__ = ["Account", "AccountStore", "DoorBook", "Hasher", "Link", "LinkKind", "LinkStore", "Toll"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """How one person signs in; somebody who never chose anything has an empty one.

    `handle` is a keyed hash of the name they sign in by, `password` what Argon2id made of their password,
    `totp` the sealed secret of their codes, which count from `totp_since_ms` on.
    """

    person_id: str
    handle: bytes | None = None
    password: str | None = field(default=None, repr=False)
    password_ms: int | None = None
    totp: bytes | None = field(default=None, repr=False)
    totp_since_ms: int | None = None
    closed_ms: int | None = None

    @property
    def has_totp(self) -> bool:
        """Whether a code is asked for beside the password."""
        return self.totp is not None and self.totp_since_ms is not None


class AccountStore(Protocol):
    """Accounts, a column at a time: what two processes change at once is not undone by either."""

    def account(self, person_id: str) -> Account: ...
    def account_by_handle(self, handle: bytes) -> Account | None: ...
    def accounts(self) -> Sequence[Account]: ...
    def hold(self, seen: Account) -> bool:
        """Tell whether an account is open and has the password that was seen, and keep it so to the end.

        To the end of the transaction, that is: whoever sets a password or closes the account waits for it.
        """
        ...

    def set_handle(self, person_id: str, handle: bytes) -> bool:
        """Tell whether it is theirs now; another's it stays."""
        ...

    def set_password(self, person_id: str, password: str | None, now_ms: int) -> None: ...
    def set_totp(self, person_id: str, totp: bytes | None, since_ms: int | None) -> None:
        """Put a secret in place of what there was; no code of it was used yet."""
        ...

    def use_totp_step(self, person_id: str, step: int) -> bool:
        """Use up a step of the clock and those before it; False if it was used up already."""
        ...

    def replace_recovery_codes(self, person_id: str, hashes: Sequence[bytes]) -> None: ...
    def use_recovery_code(self, person_id: str, code: bytes) -> bool:
        """Use up a code; False if it is none, or was used."""
        ...

    def recovery_codes_left(self, person_id: str) -> int: ...
    def close_account(self, person_id: str, now_ms: int) -> None: ...
    def open_account(self, person_id: str) -> None:
        """Let them sign in again, as before it was closed."""
        ...


class LinkKind(StrEnum):
    """What a one-time link is for."""

    SIGN_IN = "sign-in"
    INVITATION = "invitation"
    RESET = "reset"
    FIRST_ADMINISTRATOR = "first-administrator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A one-time link as it is kept."""

    token_hash: bytes
    person_id: str
    expires_ms: int
    kind: LinkKind = LinkKind.SIGN_IN
    made_by: str = "operator"
    made_ms: int = 0

    def is_good(self, now_ms: int) -> bool:
        """Tell whether it may still be used, if nobody has."""
        return now_ms < self.expires_ms


class LinkStore(Protocol):
    """One-time links, by the hash of their secret."""

    def add_link(self, link: Link) -> None: ...
    def link(self, token_hash: bytes) -> Link | None:
        """Return a link that nobody has used, expired or not."""
        ...

    def redeem_link(self, token_hash: bytes, now_ms: int) -> Link | None:
        """Use it up and return it, once; None if unknown, used, revoked or expired."""
        ...

    def links_of(self, person_id: str) -> Sequence[Link]: ...
    def good_links(self, now_ms: int) -> Sequence[Link]:
        """Return everybody's links that nobody has used and that may still be used."""
        ...

    def revoke_links(self, person_id: str) -> int:
        """Make every unused link of a person worthless; return how many."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Toll:
    """What an attempt costs at one counter: so many at once, and one more each `each_ms`.

    Where there is no room, minor counters are forgotten before others.
    """

    counter: bytes
    at_once: int
    each_ms: int
    is_minor: bool = False


class DoorBook(Protocol):
    """Counters of what was tried, for every process, in bounded room."""

    def take(self, tolls: Sequence[Toll], now_ms: int) -> int:
        """Pay every toll and return 0; or pay none and return how many ms until all could be paid."""
        ...

    def give_back(self, tolls: Sequence[Toll]) -> None:
        """Undo what was paid: it was no attempt by somebody else."""
        ...

    def standing(self, counters: Sequence[bytes], now_ms: int) -> Mapping[bytes, bool]:
        """Tell of each counter whether anything was paid there lately."""
        ...


class Hasher(Protocol):
    """Makes of a password what may be kept, at a cost that makes guessing slow."""

    def hashed(self, password: str) -> str: ...
    def matches(self, encoded: str, password: str) -> bool: ...
    def is_outdated(self, encoded: str) -> bool:
        """Tell whether it was made at a lower cost than is set now."""
        ...
