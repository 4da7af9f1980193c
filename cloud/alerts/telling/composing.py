"""Finds the words for a message: in its reader's language, with the names of those who play a part."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from cloud.alerts.telling.history import history_of
from cloud.alerts.telling.notices import words_of_notice
from cloud.alerts.wording.messages import News, compose
from cloud.alerts.wording.quantities import Reader
from cloud.ports import (
    UNREADABLE,
    Alert,
    AlertState,
    ContactPoint,
    HandOff,
    Occasion,
    Patient,
    Person,
    Preferences,
    Words,
)
from vitals.clock import Clock

__all__ = ["Composer"]


class _Names(Protocol):
    def patient(self, patient_id: str) -> Patient | None: ...
    def person(self, person_id: str) -> Person | None: ...


class _Wants(Protocol):
    def of(self, person_ids: Collection[str]) -> Mapping[str, Preferences]: ...


class _Past(Protocol):
    def hand_offs_of_each(self, alert_ids: Collection[str]) -> Mapping[str, Sequence[HandOff]]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Composer:
    """The `Compose` of a running service.

    Open pages and one's own programs are told everything; what arrives by the servers of others, or on a
    screen that others may see, says how urgent it is and where to read on.
    """

    names: _Names
    wants: _Wants
    past: _Past
    clock: Clock

    def __call__(
        self, alerts: Sequence[Alert], person: Person, contact: ContactPoint | None, occasion: Occasion
    ) -> Words:
        """Return the words in which somebody is told by a way."""
        lead, *others = alerts
        reader = self._reader(lead, person, contact)
        if occasion is Occasion.UNTOLD:
            return words_of_notice(alerts, reader)
        like = tuple(one for one in others if _is_like(one, lead))
        news = News(
            occasion=occasion,
            now_ms=self.clock.wall_ms(),
            patient_name=_name(self.names.patient, lead.patient_id),
            taken_by=_name(self.names.person, lead.acknowledged_by),
            told=self._told(lead) if occasion is Occasion.ESCALATION and reader.wants_detail else (),
            others=like,
            more=len(others) - len(like),
        )
        return compose(lead, reader, news)

    def _reader(self, alert: Alert, person: Person, contact: ContactPoint | None) -> Reader:
        wants = self.wants.of([person.id]).get(person.id) or Preferences(person_id=person.id)
        return Reader(
            role=person.role,
            language=wants.language,
            glucose_unit=wants.glucose_unit,
            is_patient=person.patient_id == alert.patient_id,
            wants_detail=contact is None or contact.address.get("detail") is True,
        )

    def _told(self, alert: Alert) -> tuple[str, ...]:
        told = history_of(self.past.hand_offs_of_each([alert.id]).get(alert.id, ())).told
        return tuple(name for one in sorted(told) if (name := _name(self.names.person, one)))


def _name(find: Callable[[str], Patient | Person | None], whose: str | None) -> str | None:
    """Return a name; one that does not open any more keeps nobody from being told of an alert."""
    found = None if whose is None else find(whose)
    return None if found is None or found.display_name == UNREADABLE else found.display_name


def _is_like(other: Alert, lead: Alert) -> bool:
    """Tell whether what is said of `lead` holds of another: of whom it is, and whether it is over."""
    are_over = (other.state is AlertState.RESOLVED, lead.state is AlertState.RESOLVED)
    return other.patient_id == lead.patient_id and are_over[0] is are_over[1]
