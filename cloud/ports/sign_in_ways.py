"""The ways in that need no password of ours: passkeys, a hospital's own log-in, and programs' tokens."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from cloud.ports.people import Scope
from cloud.ports.sessions import Limits

__all__ = [
    "ApiToken",
    "ApiTokenBook",
    "Attempt",
    "AttemptBook",
    "Errand",
    "LinkedIdentity",
    "LinkedIdentityBook",
    "Passkey",
    "PasskeyBook",
]


class Errand(StrEnum):
    """What an attempt was begun for: what is begun for one is no good for another."""

    PASSKEY_ADDED = "passkey-added"
    PASSKEY_SIGN_IN = "passkey-sign-in"
    OPENID_LINKED = "openid-linked"
    OPENID_SIGN_IN = "openid-sign-in"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """Something begun in one browser, to be ended there once and soon.

    `key_hash` is the SHA-256 of a secret that only the browser has. `challenge` is what must come back,
    signed by a passkey or as the `state` of a provider. `nonce` comes back in what a provider signs, or is
    what an authenticator is to know the person by; `verifier` proves to a provider who began (PKCE).
    """

    key_hash: bytes
    errand: Errand
    challenge: bytes
    expires_ms: int
    nonce: str
    verifier: str
    person_id: str | None = None


class AttemptBook(Protocol):
    """What was begun and is not ended yet."""

    def begin(self, attempt: Attempt, now_ms: int) -> None:
        """Keep an attempt; forget those that have expired."""
        ...

    def take(self, key_hash: bytes, now_ms: int) -> Attempt | None:
        """Return an attempt that has not expired, and forget it: whoever asks again gets None."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Passkey:
    """The public half of a key somebody signs in with. `handle` is what authenticators know the person by.

    `count` is how often the key says it was used, 0 if it does not count. `refused_ms` is when a copy of it
    was noticed: since then it opens nothing.
    """

    id: bytes
    person_id: str
    handle: bytes
    public_key: bytes
    count: int
    label: str
    added_ms: int
    is_synced: bool
    used_ms: int | None = None
    refused_ms: int | None = None


class PasskeyBook(Protocol):
    """Everybody's passkeys."""

    def add_passkey(self, passkey: Passkey) -> bool:
        """Keep a new passkey; False if its id is known already, whoever's it is."""
        ...

    def passkey(self, passkey_id: bytes) -> Passkey | None: ...
    def passkeys_of(self, person_id: str) -> Sequence[Passkey]:
        """Return somebody's passkeys, oldest first."""
        ...

    def note_passkey_used(self, passkey_id: bytes, count: int, now_ms: int) -> bool:
        """Remember a use; False, and nothing is remembered, unless `count` rose or neither counts."""
        ...

    def refuse_passkey(self, passkey_id: bytes, now_ms: int) -> None:
        """Have a passkey open nothing from now on."""
        ...

    def remove_passkey(self, passkey_id: bytes, person_id: str) -> bool:
        """Forget a passkey of somebody's; False if they have none of that id."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedIdentity:
    """Who somebody is at an identity provider: its issuer and the subject together, and nothing else."""

    issuer: str
    subject: str
    person_id: str
    linked_ms: int
    used_ms: int | None = None


class LinkedIdentityBook(Protocol):
    """Who is who at identity providers."""

    def link(self, identity: LinkedIdentity) -> bool:
        """Keep a link; False if that identity is somebody's already, or that person another of the issuer."""
        ...

    def linked(self, issuer: str, subject: str) -> LinkedIdentity | None: ...
    def links_of(self, person_id: str) -> Sequence[LinkedIdentity]: ...
    def links(self) -> Sequence[LinkedIdentity]: ...
    def note_link_used(self, issuer: str, subject: str, now_ms: int) -> None: ...
    def unlink(self, person_id: str, issuer: str) -> bool:
        """Forget who somebody is at an issuer; False if that was not known."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiToken:
    """A program's way in, for somebody: never more than they may, and only `scopes` of it.

    With `patient_id`, of that patient alone. Its secret is known by the SHA-256 of it and by nothing else.
    """

    id: str
    token_hash: bytes
    person_id: str
    label: str
    scopes: frozenset[Scope]
    is_read_only: bool
    made_ms: int
    expires_ms: int
    patient_id: str | None = None
    used_ms: int | None = None
    revoked_ms: int | None = None

    def is_good(self, now_ms: int) -> bool:
        """Tell whether it still opens anything."""
        return self.revoked_ms is None and now_ms < self.expires_ms

    @property
    def limits(self) -> Limits:
        """How much less it may do than its person."""
        return Limits(scopes=self.scopes, read_only=self.is_read_only, patient_id=self.patient_id)


class ApiTokenBook(Protocol):
    """Everybody's tokens for programs."""

    def add_token(self, token: ApiToken) -> None: ...
    def token(self, token_hash: bytes) -> ApiToken | None: ...
    def tokens_of(self, person_id: str) -> Sequence[ApiToken]:
        """Return somebody's tokens, newest first, those that are worthless too."""
        ...

    def tokens(self) -> Sequence[ApiToken]:
        """Return everybody's, newest first."""
        ...

    def note_token_used(self, token_hash: bytes, now_ms: int) -> None: ...
    def revoke_token(self, token_id: str, now_ms: int, *, person_id: str | None = None) -> bool:
        """Make a token worthless for ever; False if it is already, or is not that person's."""
        ...
