"""Beginning a session once somebody proved who they are, staying signed in, signing out.

Hashes only reach the store. However somebody proves who they are, it ends in `Sessions.begin`.
"""

from dataclasses import dataclass
from typing import Final

import structlog

from cloud.access.tokens import Randomness, new_token, token_hash
from cloud.ports import (
    Deed,
    Directory,
    KeptSession,
    Ledger,
    LedgerNote,
    Limits,
    Person,
    SessionStore,
    SignInWay,
    Together,
)
from vitals.clock import Clock
from vitals.errors import StorageError

__all__ = ["HOUR_MS", "LINK_LIFE_MS", "SESSION_LIFE_MS", "SessionLives", "Sessions", "Viewer"]

_log = structlog.get_logger(__name__)

HOUR_MS: Final = 3_600_000
DAY_MS: Final = 24 * HOUR_MS
LINK_LIFE_MS: Final = 3 * DAY_MS
SESSION_LIFE_MS: Final = 30 * DAY_MS
USE_NOTED_EVERY_MS: Final = 60_000
"""How old the note of a session's last use may be: no write for every request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionLives:
    """How long a session lasts without a use, and at most; `kept` on a device of one's own."""

    idle_ms: int = 12 * HOUR_MS
    most_ms: int = 30 * DAY_MS
    kept_idle_ms: int = 30 * DAY_MS
    kept_most_ms: int = 180 * DAY_MS


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Somebody signed in, the hash of the secret that proves it, how they proved it, and when last.

    `limits` are those of a token made for a program; a person has none.
    """

    person: Person
    session: bytes
    way: SignInWay = SignInWay.LINK
    proved_ms: int | None = None
    limits: Limits | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sessions:
    """The sign-in service over a store of hashes."""

    store: SessionStore
    directory: Directory
    ledger: Ledger
    together: Together
    clock: Clock
    randomness: Randomness
    lives: SessionLives = SessionLives()

    def begin(self, person_id: str, way: SignInWay, *, device: str = "unknown", stays: bool = False) -> str:
        """Return the secret of a new session for somebody who proved just now who they are.

        `stays` is for a device of their own, which they do not want to sign in on again.
        """
        lives = self.lives
        idle_ms, most_ms = (
            (lives.kept_idle_ms, lives.kept_most_ms) if stays else (lives.idle_ms, lives.most_ms)
        )
        return self._begin(person_id, way, idle_ms=idle_ms, most_ms=most_ms, device=device)

    def issue(self, person_id: str, life_ms: int) -> str:
        """Return a secret that signs a person (or their program, as a bearer token) in."""
        return self._begin(person_id, SignInWay.LINK, idle_ms=life_ms, most_ms=life_ms)

    def invite(self, person_id: str) -> str:
        """Return the secret of a new one-time link for a person."""
        token = new_token(self.randomness)
        self.store.add_link(token_hash(token), person_id, self.clock.wall_ms() + LINK_LIFE_MS)
        return token

    def redeem(self, link_token: str, *, device: str = "unknown") -> str | None:
        """Use up a one-time link and return a session's secret; None if the link is no good."""
        with self.together():
            person_id = self.store.redeem_link(token_hash(link_token), self.clock.wall_ms())
            if person_id is None:
                return None
            return self.begin(person_id, SignInWay.LINK, device=device, stays=True)

    def viewer(self, session_token: str) -> Viewer | None:
        """Return who holds a session's secret, if it is still good."""
        return self._viewer(token_hash(session_token))

    def again(self, viewer: Viewer) -> Viewer | None:
        """Return a viewer as they are now; None if they are signed in no longer."""
        return self._viewer(viewer.session)

    def end(self, session_token: str) -> None:
        """Sign out: the secret is worthless from now on."""
        self.store.end_session(token_hash(session_token))

    def _begin(
        self, person_id: str, way: SignInWay, *, idle_ms: int, most_ms: int, device: str = "unknown"
    ) -> str:
        token, now_ms = new_token(self.randomness), self.clock.wall_ms()
        kept = KeptSession(
            token_hash=token_hash(token),
            person_id=person_id,
            way=way,
            began_ms=now_ms,
            proved_ms=now_ms,
            used_ms=now_ms,
            idle_ms=idle_ms,
            expires_ms=now_ms + most_ms,
            device=device,
        )
        note = LedgerNote(t_ms=now_ms, deed=Deed.SIGNED_IN, actor=person_id, about={"way": way.value})
        with self.together():
            self.store.add_session(kept)
            self.ledger.append(note)
        return token

    def _viewer(self, session: bytes) -> Viewer | None:
        now_ms = self.clock.wall_ms()
        kept = self.store.session(session)
        if kept is None or not kept.is_good(now_ms):
            return None
        person = self.directory.person(kept.person_id)
        if person is None:
            return None
        self._note_use(kept, now_ms)
        return Viewer(person=person, session=session, way=kept.way, proved_ms=kept.proved_ms)

    def _note_use(self, kept: KeptSession, now_ms: int) -> None:
        """Remember the use, if the last one noted is old; whatever the store says, they are let in."""
        if now_ms - kept.used_ms < USE_NOTED_EVERY_MS:
            return
        try:
            self.store.note_session_used(kept.token_hash, now_ms)
        except StorageError as error:
            _log.warning("sessions.use_not_noted", error=str(error))
