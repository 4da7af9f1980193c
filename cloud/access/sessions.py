"""Beginning a session once somebody proved who they are, staying signed in, signing out.

Hashes only reach the store. However somebody proves who they are, it ends in `Sessions.begin`.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import structlog

from cloud.access.errors import NotSignedInError
from cloud.access.tokens import Randomness, new_token, token_hash
from cloud.ports import (
    Account,
    AccountStore,
    Deed,
    Directory,
    KeptSession,
    Ledger,
    LedgerNote,
    Limits,
    Link,
    LinkKind,
    LinkStore,
    Person,
    SessionStore,
    SignInWay,
    Together,
)
from vitals.clock import Clock
from vitals.errors import StorageError

__all__ = [
    "DAY_MS",
    "HOUR_MS",
    "LINK_LIFE_MS",
    "SESSION_LIFE_MS",
    "SessionLives",
    "Sessions",
    "Viewer",
    "session_name",
]

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
    links: LinkStore
    accounts: AccountStore
    directory: Directory
    ledger: Ledger
    together: Together
    clock: Clock
    randomness: Randomness
    lives: SessionLives = SessionLives()

    def begin(
        self,
        person_id: str,
        way: SignInWay,
        *,
        device: str = "unknown",
        stays: bool = False,
        seen: Account | None = None,
    ) -> str:
        """Return the secret of a new session for somebody who proved just now who they are.

        `stays` is for a device of their own, which they do not want to sign in on again. `seen` is their
        account as it was when the proof was looked at: a password that was changed meanwhile lets nobody in.

        Raises
        ------
        NotSignedInError
            If their account was closed, or its password changed meanwhile.
        """
        lives = self.lives
        idle_ms, most_ms = (
            (lives.kept_idle_ms, lives.kept_most_ms) if stays else (lives.idle_ms, lives.most_ms)
        )
        return self._begin(person_id, way, idle_ms=idle_ms, most_ms=most_ms, device=device, seen=seen)

    def issue(self, person_id: str, life_ms: int) -> str:
        """Return a secret that signs a person (or their program, as a bearer token) in."""
        return self._begin(person_id, SignInWay.LINK, idle_ms=life_ms, most_ms=life_ms)

    def prove(self, session_token: str, way: SignInWay) -> str:
        """Return a new secret for a session whose person proved again who they are; the old one is worthless.

        Its life begins anew, so that whoever uses a device of their own is never cut off for good.

        Raises
        ------
        NotSignedInError
            If the session has ended meanwhile.
        """
        now_ms, token, old = self.clock.wall_ms(), new_token(self.randomness), token_hash(session_token)
        kept = self.store.session(old)
        if kept is None or not kept.is_good(now_ms):
            raise NotSignedInError("nobody is signed in any more: sign in again")
        life_ms = self.lives.kept_most_ms if self.stays(kept) else self.lives.most_ms
        renewed = replace(
            kept,
            token_hash=token_hash(token),
            way=way,
            proved_ms=now_ms,
            used_ms=now_ms,
            expires_ms=max(kept.expires_ms, now_ms + life_ms),
        )
        with self.together():
            if not self.store.end_session(old):
                raise NotSignedInError("nobody is signed in any more: sign in again")
            self.store.add_session(renewed)
            self.ledger.append(_signed_in(now_ms, kept.person_id, way, again="yes"))
        return token

    def kept(self, session_token: str) -> KeptSession | None:
        """Return what is kept of a session, by its secret."""
        return self.store.session(token_hash(session_token))

    def stays(self, kept: KeptSession) -> bool:
        """Tell whether a session is on a device of one's own."""
        return kept.idle_ms > self.lives.idle_ms

    def invite(self, person_id: str) -> str:
        """Return the secret of a new one-time link that signs a person in."""
        token, now_ms = new_token(self.randomness), self.clock.wall_ms()
        self.links.add_link(
            Link(
                token_hash=token_hash(token),
                person_id=person_id,
                expires_ms=now_ms + LINK_LIFE_MS,
                made_ms=now_ms,
            )
        )
        return token

    def redeem(self, link_token: str, *, device: str = "unknown") -> str | None:
        """Use up a one-time link and return a session's secret; None if the link is no good for that."""
        given = token_hash(link_token)
        found = self.links.link(given)
        if found is None or found.kind is not LinkKind.SIGN_IN:
            return None
        with self.together():
            link = self.links.redeem_link(given, self.clock.wall_ms())
            if link is None or self.accounts.account(link.person_id).closed_ms is not None:
                return None
            return self.begin(link.person_id, SignInWay.LINK, device=device, stays=True)

    def viewer(self, session_token: str) -> Viewer | None:
        """Return who holds a session's secret, if it is still good."""
        return self._viewer(token_hash(session_token))

    def again(self, viewer: Viewer) -> Viewer | None:
        """Return a viewer as they are now; None if they are signed in no longer."""
        return self._viewer(viewer.session)

    def end(self, session_token: str) -> None:
        """Sign out: the secret is worthless from now on."""
        self.store.end_session(token_hash(session_token))

    def open_sessions(self, person_id: str) -> Sequence[KeptSession]:
        """Return where somebody is signed in now, the device used last first."""
        now_ms = self.clock.wall_ms()
        return [kept for kept in self.store.sessions_of(person_id) if kept.is_good(now_ms)]

    def end_one(self, person_id: str, name: str) -> bool:
        """End one of somebody's sessions, by the name `session_name` gave it; False if there is none."""
        for kept in self.store.sessions_of(person_id):
            if session_name(kept) == name:
                self.store.end_session(kept.token_hash)
                return True
        return False

    def end_all(self, person_id: str, *, but: bytes | None = None) -> int:
        """End somebody's sessions everywhere, or everywhere else; return how many."""
        return self.store.end_sessions_of(person_id, but=but)

    def _begin(  # noqa: PLR0913 - the parts of a session
        self,
        person_id: str,
        way: SignInWay,
        *,
        idle_ms: int,
        most_ms: int,
        device: str = "unknown",
        seen: Account | None = None,
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
        seen = seen or self.accounts.account(person_id)
        with self.together():
            if not self.accounts.hold(seen):
                raise NotSignedInError("this account was closed or changed: sign in anew, or ask for a link")
            self.store.add_session(kept)
            self.ledger.append(_signed_in(now_ms, person_id, way))
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


def session_name(kept: KeptSession) -> str:
    """Return by what a session can be named to its owner: it tells nothing of the secret."""
    return hashlib.sha256(b"session name" + kept.token_hash).hexdigest()[:16]


def _signed_in(now_ms: int, person_id: str, way: SignInWay, **about: str) -> LedgerNote:
    return LedgerNote(t_ms=now_ms, deed=Deed.SIGNED_IN, actor=person_id, about={"way": way.value, **about})
