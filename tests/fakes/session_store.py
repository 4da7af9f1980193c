"""A `cloud.ports.SessionStore` in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from cloud.ports import KeptSession, SignInWay


@dataclass(slots=True)
class FakeSessionStore:
    sessions: dict[bytes, KeptSession] = field(default_factory=dict)

    def add_session(self, session: KeptSession) -> None:
        self.sessions[session.token_hash] = session

    def session(self, token_hash: bytes) -> KeptSession | None:
        return self.sessions.get(token_hash)

    def sessions_of(self, person_id: str) -> Sequence[KeptSession]:
        mine = [kept for kept in self.sessions.values() if kept.person_id == person_id]
        return sorted(mine, key=lambda kept: (-kept.used_ms, -kept.began_ms, kept.token_hash))

    def note_session_used(self, token_hash: bytes, used_ms: int) -> None:
        self.sessions[token_hash] = replace(self.sessions[token_hash], used_ms=used_ms)

    def end_session(self, token_hash: bytes) -> bool:
        return self.sessions.pop(token_hash, None) is not None

    def end_sessions_of(self, person_id: str, *, but: bytes | None = None) -> int:
        ended = [kept.token_hash for kept in self.sessions_of(person_id) if kept.token_hash != but]
        for token_hash in ended:
            del self.sessions[token_hash]
        return len(ended)


def a_session(token_hash: bytes, person_id: str, **more: Any) -> KeptSession:
    """Return a session begun at 0 that lasts an hour, used or not, unless told."""
    told: dict[str, Any] = {
        "way": SignInWay.PASSWORD,
        "began_ms": 0,
        "proved_ms": 0,
        "used_ms": 0,
        "idle_ms": 3_600_000,
        "expires_ms": 3_600_000,
    }
    return KeptSession(token_hash=token_hash, person_id=person_id, **(told | more))
