"""Programs that speak for somebody: a token each, with less than its person may, for a time.

What its person may do bounds it at every use, not only when it was made: whatever they lose, it has lost.
"""

import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from cloud.access.api_token_form import is_api_token, new_api_token
from cloud.access.sessions import Viewer
from cloud.access.tokens import Randomness, token_hash
from cloud.ports import (
    AccountStore,
    ApiToken,
    ApiTokenBook,
    Deed,
    Directory,
    Ledger,
    LedgerNote,
    Permissions,
    Person,
    Scope,
    SignInWay,
    Together,
)
from vitals.clock import Clock
from vitals.errors import CarewireError, StorageError

__all__ = ["LONGEST_LIFE_MS", "MOST_TOKENS", "Programs", "TokenWish", "TokenWishError"]

_log = structlog.get_logger(__name__)

DAY_MS: Final = 24 * 3_600_000
LONGEST_LIFE_MS: Final = 366 * DAY_MS
MOST_TOKENS: Final = 20
USE_NOTED_EVERY_MS: Final = 60_000
"""How old the note of a token's last use may be: no write for every request."""


class TokenWishError(CarewireError):
    """A token cannot be made as wished; the message says what to change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenWish:
    """What a program is to be let do, and for how long."""

    label: str
    scopes: frozenset[Scope]
    life_ms: int
    is_read_only: bool = True
    patient_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Programs:
    """Makes tokens, knows programs by them, and revokes them; hashes only reach the store."""

    book: ApiTokenBook
    directory: Directory
    accounts: AccountStore
    permissions: Permissions
    ledger: Ledger
    together: Together
    clock: Clock
    randomness: Randomness
    new_id: Callable[[], str]

    def make(self, person: Person, wish: TokenWish, *, actor: str | None = None) -> tuple[str, ApiToken]:
        """Return a new token's secret, which is shown once, and what is kept of it.

        Raises
        ------
        TokenWishError
            If it would open nothing, last too long or be one too many, or is for a patient who is not theirs.
        """
        now_ms = self.clock.wall_ms()
        self._refuse(person, wish, now_ms)
        secret = new_api_token(self.randomness)
        token = ApiToken(
            id=self.new_id(),
            token_hash=token_hash(secret),
            person_id=person.id,
            label=wish.label,
            scopes=wish.scopes,
            is_read_only=wish.is_read_only,
            made_ms=now_ms,
            expires_ms=now_ms + wish.life_ms,
            patient_id=wish.patient_id,
        )
        with self.together():
            self.book.add_token(token)
            self._note(actor or person.id, token, "token-made")
        return secret, token

    def of(self, person: Person) -> Sequence[ApiToken]:
        """Return somebody's tokens, newest first, those that are worthless too."""
        return self.book.tokens_of(person.id)

    def viewer(self, secret: str) -> Viewer | None:
        """Return for whom a program speaks that has this secret; None if it is no good, or not any more."""
        return self.still(token_hash(secret)) if is_api_token(secret) else None

    def still(self, secret_hash: bytes) -> Viewer | None:
        """Return the same by the hash of the secret, as it is known of a program that is being answered."""
        token, now_ms = self.book.token(secret_hash), self.clock.wall_ms()
        if (
            token is None
            or not hmac.compare_digest(token.token_hash, secret_hash)
            or not token.is_good(now_ms)
        ):
            return None
        person = self.directory.person(token.person_id)
        if person is None or self.accounts.account(person.id).closed_ms is not None:
            return None
        self._note_use(token, now_ms)
        return Viewer(person=person, session=token.token_hash, way=SignInWay.TOKEN, limits=token.limits)

    def revoke(self, token_id: str, *, person: Person | None, actor: str) -> bool:
        """Make a token worthless from its next request on, and end what it is being sent within a second.

        False if it is already, or is none of `person`'s; without one, whoever's it is.
        """
        owner = None if person is None else person.id
        with self.together():
            was_good = self.book.revoke_token(token_id, self.clock.wall_ms(), person_id=owner)
            if was_good:
                about = {"what": "token-revoked", "token": token_id} | ({"person": owner} if owner else {})
                self.ledger.append(
                    LedgerNote(t_ms=self.clock.wall_ms(), deed=Deed.ACCOUNT_CHANGED, actor=actor, about=about)
                )
        return was_good

    def _refuse(self, person: Person, wish: TokenWish, now_ms: int) -> None:
        if not wish.scopes:
            raise TokenWishError("a token without a scope opens nothing: choose at least one")
        if not 0 < wish.life_ms <= LONGEST_LIFE_MS:
            raise TokenWishError("a token lasts a year at most: choose an end within one")
        if sum(token.is_good(now_ms) for token in self.of(person)) >= MOST_TOKENS:
            raise TokenWishError(f"there are {MOST_TOKENS} tokens already: revoke one that is not used")
        if wish.patient_id is not None and not self._opens(person, wish.patient_id, wish.scopes, now_ms):
            raise TokenWishError("that patient is not open to you: choose another, or none")

    def _opens(self, person: Person, patient_id: str, scopes: frozenset[Scope], now_ms: int) -> bool:
        return any(self.permissions.may_see(person, patient_id, scope, now_ms) for scope in scopes)

    def _note_use(self, token: ApiToken, now_ms: int) -> None:
        """Remember the use, if the last one noted is old; whatever the store says, the program is let in."""
        if token.used_ms is not None and 0 <= now_ms - token.used_ms < USE_NOTED_EVERY_MS:
            return
        try:
            self.book.note_token_used(token.token_hash, now_ms)
        except StorageError as error:
            _log.warning("programs.use_not_noted", token=token.id, error=type(error).__name__)

    def _note(self, actor: str, token: ApiToken, what: str) -> None:
        about = {
            "what": what,
            "token": token.id,
            "person": token.person_id,
            "scopes": " ".join(sorted(token.scopes)),
        }
        self.ledger.append(
            LedgerNote(
                t_ms=self.clock.wall_ms(),
                deed=Deed.ACCOUNT_CHANGED,
                actor=actor,
                patient_id=token.patient_id,
                about=about,
            )
        )
