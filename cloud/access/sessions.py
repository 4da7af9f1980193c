"""Signing in by one-time link, staying signed in, signing out. Hashes only reach the store."""

from dataclasses import dataclass

from cloud.access.tokens import Randomness, new_token, token_hash
from cloud.ports import Directory, Person, SessionStore
from vitals.clock import Clock

HOUR_MS = 3_600_000
LINK_LIFE_MS = 72 * HOUR_MS
SESSION_LIFE_MS = 30 * 24 * HOUR_MS


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Somebody signed in, and the hash of the secret that proves it."""

    person: Person
    session: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Sessions:
    """The sign-in service over a store of hashes."""

    store: SessionStore
    directory: Directory
    clock: Clock
    randomness: Randomness

    def invite(self, person_id: str) -> str:
        """Return the secret of a new one-time link for a person."""
        token = new_token(self.randomness)
        self.store.add_link(token_hash(token), person_id, self.clock.wall_ms() + LINK_LIFE_MS)
        return token

    def redeem(self, link_token: str) -> str | None:
        """Use up a one-time link and return a session's secret; None if the link is no good."""
        person_id = self.store.redeem_link(token_hash(link_token), self.clock.wall_ms())
        if person_id is None:
            return None
        return self.issue(person_id, SESSION_LIFE_MS)

    def issue(self, person_id: str, life_ms: int) -> str:
        """Return a secret that signs a person (or their program, as a bearer token) in."""
        token = new_token(self.randomness)
        self.store.add_session(token_hash(token), person_id, self.clock.wall_ms() + life_ms)
        return token

    def viewer(self, session_token: str) -> Viewer | None:
        """Return who holds a session's secret, if it is still good."""
        return self._viewer(token_hash(session_token))

    def may_still_see(self, viewer: Viewer, patient_ids: frozenset[str]) -> bool:
        """Tell whether a viewer is still signed in and still sees all of `patient_ids`."""
        now_ms = self.clock.wall_ms()
        current = self._viewer(viewer.session)
        return current is not None and all(
            self.directory.may_see(current.person, patient_id, now_ms) for patient_id in patient_ids
        )

    def end(self, session_token: str) -> None:
        """Sign out: the secret is worthless from now on."""
        self.store.end_session(token_hash(session_token))

    def _viewer(self, session: bytes) -> Viewer | None:
        person_id = self.store.session_person(session, self.clock.wall_ms())
        person = None if person_id is None else self.directory.person(person_id)
        return None if person is None else Viewer(person=person, session=session)
