"""A `cloud.ports.SessionStore` in memory."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class FakeSessionStore:
    links: dict[bytes, tuple[str, int]] = field(default_factory=dict)
    sessions: dict[bytes, tuple[str, int]] = field(default_factory=dict)

    def add_link(self, token_hash: bytes, person_id: str, expires_ms: int) -> None:
        self.links[token_hash] = (person_id, expires_ms)

    def redeem_link(self, token_hash: bytes, now_ms: int) -> str | None:
        person_id, expires_ms = self.links.pop(token_hash, (None, 0))
        return person_id if now_ms < expires_ms else None

    def add_session(self, token_hash: bytes, person_id: str, expires_ms: int) -> None:
        self.sessions[token_hash] = (person_id, expires_ms)

    def session_person(self, token_hash: bytes, now_ms: int) -> str | None:
        person_id, expires_ms = self.sessions.get(token_hash, (None, 0))
        return person_id if now_ms < expires_ms else None

    def end_session(self, token_hash: bytes) -> None:
        self.sessions.pop(token_hash, None)
