"""The one place that says who may do what, by relations as they are now or were a moment ago.

A change made in this process is in force at once (`refresh`), one made in another as soon as the epoch is
looked at again. While the store is away the last picture holds for a stated time; then nobody may anything.
"""

import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import structlog

from cloud.access.relations import Decision, Need, Picture
from cloud.ports import Basis, Limits, Person, RelationReader, Scope
from vitals.errors import StorageError

__all__ = ["CLOSED_AFTER_S", "LOOK_EVERY_S", "Gatekeeper", "RelationsUnknownError"]

LOOK_EVERY_S: Final = 0.25
"""How old a picture may be before the store is asked whether it still holds."""
CLOSED_AFTER_S: Final = 5.0
"""How long the last picture holds while the store does not answer."""
_LONG_AGO_S: Final = float("-inf")
_STANDING: Final = frozenset(Basis) - {Basis.GLASS}
_log = structlog.get_logger(__name__)


class RelationsUnknownError(StorageError):
    """Who may see what cannot be read now, so nobody may see anything."""


@dataclass(slots=True, kw_only=True)
class Gatekeeper:
    """Decides from memory; any thread may ask. The port Permissions."""

    reader: RelationReader
    wall_ms: Callable[[], int]
    monotonic_s: Callable[[], float]
    look_every_s: float = LOOK_EVERY_S
    closed_after_s: float = CLOSED_AFTER_S
    _picture: Picture | None = None
    _known_s: float = _LONG_AGO_S
    _tried_s: float = _LONG_AGO_S
    _changes: int = 0
    _trouble: str | None = None
    _looking: threading.Lock = field(default_factory=threading.Lock)

    def decide(
        self, person_id: str, patient_id: str, need: Need, now_ms: int, limits: Limits | None = None
    ) -> Decision:
        """Decide whether a person may do what needs this of a patient, and say why.

        Raises
        ------
        RelationsUnknownError
            If the relations were last known too long ago.
        """
        return self._current().decide(person_id, patient_id, need, now_ms, limits)

    def patients_open_to(
        self, person_id: str, need: Need, now_ms: int, limits: Limits | None = None
    ) -> Mapping[str, Decision]:
        """Return every patient with whom a person may do what needs this, and what of each is open."""
        picture = self._current()
        decided = {
            patient_id: picture.decide(person_id, patient_id, need, now_ms, limits)
            for patient_id in picture.patients_tied_to(person_id)
        }
        return {patient_id: decision for patient_id, decision in decided.items() if decision.is_allowed}

    def may_see(self, person: Person, patient_id: str, scope: Scope, now_ms: int) -> bool:
        """Tell whether a scope of a patient is open to a person."""
        return self.decide(person.id, patient_id, Need(scopes=frozenset({scope})), now_ms).is_allowed

    def people_who_may_see(self, patient_id: str, scope: Scope, now_ms: int) -> Sequence[Person]:
        """Return everyone to whom a scope of a patient is open, by id, but who broke the glass."""
        return self.people_who_may_see_each([patient_id], scope, now_ms).get(patient_id, ())

    def people_who_may_see_each(
        self, patient_ids: Collection[str], scope: Scope, now_ms: int
    ) -> Mapping[str, Sequence[Person]]:
        """Return them for each of these patients; nothing for one to whom nobody is tied."""
        picture, need = self._current(), Need(scopes=frozenset({scope}), bases=_STANDING)

        def may(person: Person, patient_id: str) -> bool:
            return picture.decide(person.id, patient_id, need, now_ms).is_allowed

        found = {
            each: [one for one in picture.people_tied_to(each) if may(one, each)] for each in patient_ids
        }
        return {patient_id: people for patient_id, people in found.items() if people}

    def people_who_may(self, patient_id: str, need: Need, now_ms: int) -> Sequence[Person]:
        """Return everyone who may do what needs this of a patient, by id."""
        picture = self._current()
        return [
            one
            for one in picture.people_tied_to(patient_id)
            if picture.decide(one.id, patient_id, need, now_ms).is_allowed
        ]

    def refresh(self) -> None:
        """Look again before the next decision: something was changed here."""
        self._changes += 1
        self._known_s = _LONG_AGO_S

    def troubles(self) -> tuple[str, ...]:
        """Return what is not well: relations that cannot be read."""
        trouble = self._trouble
        return () if trouble is None else (f"access: {trouble}",)

    def _current(self) -> Picture:
        """Return a picture that holds, or none is returned."""
        picture, age_s = self._picture, self.monotonic_s() - self._known_s
        if picture is not None and age_s < self.look_every_s:
            return picture
        must_wait = picture is None or age_s >= self.closed_after_s
        if not self._looking.acquire(blocking=must_wait):
            return self._still_held()  # another thread looks already
        try:
            self._look()
        finally:
            self._looking.release()
        return self._still_held()

    def _look(self) -> None:
        now_s, changes = self.monotonic_s(), self._changes
        if now_s - max(self._known_s, self._tried_s if self._trouble else _LONG_AGO_S) < self.look_every_s:
            return  # another thread did, while this one waited
        self._tried_s = now_s
        try:
            if self._picture is None or self.reader.epoch() != self._picture.epoch:
                self._picture = Picture.of(self.reader.related(self.wall_ms()))
        except StorageError as error:
            if self._trouble is None:
                _log.warning("access.relations_unknown", error=str(error))
            self._trouble = f"who may see what cannot be read: {error}"
            return
        self._trouble = None
        if changes == self._changes:
            self._known_s = now_s

    def _still_held(self) -> Picture:
        picture = self._picture
        if picture is None or (self._trouble and self.monotonic_s() - self._known_s >= self.closed_after_s):
            raise RelationsUnknownError(
                "who may see what cannot be read now, so nobody may: try again when the database answers"
            )
        return picture
