"""Whether a message may still go when its turn comes: it may have waited, and much can change meanwhile."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from cloud.alerts.telling.errands import Errand, Failed
from cloud.ports import (
    AlertReader,
    AlertState,
    ContactBook,
    Directory,
    Message,
    Occasion,
    Permissions,
    Role,
    Scope,
)
from vitals.clock import Clock
from vitals.errors import StorageError

__all__ = ["Leave"]

_NOT_THEIRS: Final = "this person may not be told of the patient any more"
_NOT_THERE: Final = "this way was removed"
_NOT_SO: Final = "meanwhile somebody took it on, or it was over"
_NOT_KNOWN: Final = "whether it may be told cannot be read now: see the log"
_UNTAKEN: Final = frozenset({AlertState.ACTIVE, AlertState.LATCHED})
_WHILE: Final[Mapping[Occasion, frozenset[AlertState]]] = MappingProxyType(
    {
        Occasion.ONSET: _UNTAKEN,
        Occasion.ESCALATION: _UNTAKEN,
        Occasion.UNTOLD: _UNTAKEN | {AlertState.ACKNOWLEDGED},
        Occasion.REMINDER: frozenset({AlertState.ACKNOWLEDGED}),
    }
)
"""In which states of an alert it is still to be told; on other occasions, in any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave:
    """Asked right before each attempt, of the stores as they are then."""

    people: Directory
    permissions: Permissions
    contacts: ContactBook
    alerts: AlertReader
    clock: Clock

    def __call__(self, errand: Errand) -> Failed | None:
        """Return why a message is not to go; None: it is."""
        try:
            why = self._why_not(errand)
        except StorageError:
            return Failed(error=_NOT_KNOWN, is_withheld=True)
        return None if why is None else Failed(error=why, is_final=True, is_withheld=True)

    def _why_not(self, errand: Errand) -> str | None:
        message = errand.message
        if not self._is_theirs(errand):
            return _NOT_THEIRS
        if not self._is_there(message):
            return _NOT_THERE
        return None if self._is_so(errand) else _NOT_SO

    def _is_theirs(self, errand: Errand) -> bool:
        person, now_ms = self.people.person(errand.message.person.id), self.clock.wall_ms()
        if person is None:
            return False
        if errand.message.occasion is Occasion.UNTOLD:
            return person.role is Role.ADMINISTRATOR
        patients = {one.patient_id for one in errand.alerts}
        return all(self.permissions.may_see(person, each, Scope.ALERTS, now_ms) for each in patients)

    def _is_there(self, message: Message) -> bool:
        theirs = self.contacts.of([message.person.id]).get(message.person.id, ())
        return message.contact is None or message.contact.id in {one.id for one in theirs}

    def _is_so(self, errand: Errand) -> bool:
        states = _WHILE.get(errand.message.occasion)
        found = (self.alerts.alert(one.id) for one in errand.alerts)
        return states is None or any(one is not None and one.state in states for one in found)
