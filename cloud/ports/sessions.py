"""Who is signed in, how they proved who they are, and what may be kept of it: hashes, never secrets."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from cloud.ports.people import Scope

__all__ = ["KeptSession", "Limits", "SessionStore", "SignInWay"]


class SignInWay(StrEnum):
    """How somebody proved who they are."""

    LINK = "link"
    PASSWORD = "password"  # noqa: S105 - the word, no secret
    PASSWORD_AND_TOTP = "password-and-totp"  # noqa: S105 - the words, no secret
    RECOVERY_CODE = "recovery-code"
    PASSKEY = "passkey"
    OPENID = "openid"
    TOKEN = "token"  # noqa: S105 - the word, no secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much less a token may do than the person who made it; a person has none.

    With `patient_id`, of every other patient it may do nothing.
    """

    scopes: frozenset[Scope]
    read_only: bool = True
    patient_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptSession:
    """A session as it is kept: good until `expires_ms`, if `idle_ms` never pass without a use.

    `proved_ms` is when its person last proved who they are; `device` says in words what they use.
    """

    token_hash: bytes
    person_id: str
    way: SignInWay
    began_ms: int
    proved_ms: int
    used_ms: int
    idle_ms: int
    expires_ms: int
    device: str = "unknown"

    def is_good(self, now_ms: int) -> bool:
        """Tell whether its secret still signs anybody in."""
        return now_ms < min(self.expires_ms, self.used_ms + self.idle_ms)


class SessionStore(Protocol):
    """Sessions, by the SHA-256 of their secret."""

    def add_session(self, session: KeptSession) -> None: ...
    def session(self, token_hash: bytes) -> KeptSession | None:
        """Return a session that was not ended, whether it is still good or not."""
        ...

    def sessions_of(self, person_id: str) -> Sequence[KeptSession]:
        """Return every session of a person, the one used last first."""
        ...

    def note_session_used(self, token_hash: bytes, used_ms: int) -> None: ...
    def end_session(self, token_hash: bytes) -> bool:
        """End a session; False: there is none such."""
        ...

    def end_sessions_of(self, person_id: str, *, but: bytes | None = None) -> int:
        """End every session of a person, but that one; return how many."""
        ...
