"""Finds out, from the stores, whom the alerts of a patient can reach."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from cloud.alerts.telling.circle import Circle
from cloud.alerts.telling.duty import Duties, duties_between
from cloud.alerts.telling.policies import STANDARD_POLICIES
from cloud.early_warning.local_time import LocalTime
from cloud.ports import (
    Administrators,
    ContactPoint,
    DutyShift,
    Person,
    PolicyChange,
    Preferences,
    Rota,
    Scope,
)

__all__ = ["Circles"]

_LOOK_AHEAD_MS: Final = 86_400_000


class _People(Protocol):
    def people_who_may_see_each(
        self, patient_ids: Collection[str], scope: Scope, now_ms: int
    ) -> Mapping[str, Sequence[Person]]: ...


class _Policies(Protocol):
    def newest(self, patient_ids: Collection[str]) -> Mapping[str, PolicyChange]: ...


class _Duties(Protocol):
    def shifts_of(
        self, patient_ids: Collection[str], from_ms: int, to_ms: int
    ) -> Mapping[str, Sequence[DutyShift]]: ...
    def rotas_of(self, patient_ids: Collection[str]) -> Mapping[str, Rota]: ...


class _Preferences(Protocol):
    def of(self, person_ids: Collection[str]) -> Mapping[str, Preferences]: ...


class _Contacts(Protocol):
    def of(self, person_ids: Collection[str]) -> Mapping[str, Sequence[ContactPoint]]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Circles:
    """Joins what the stores say; a store that is not there says nothing, and standards hold."""

    people: _People
    local: LocalTime = field(default_factory=LocalTime)
    policies: _Policies | None = None
    duties: _Duties | None = None
    preferences: _Preferences | None = None
    contacts: _Contacts | None = None
    administrators: Administrators | None = None

    def of(self, patient_ids: Collection[str], now_ms: int) -> Mapping[str, Circle]:
        """Return the circle of each of these patients as it is now."""
        people = self.people.people_who_may_see_each(patient_ids, Scope.ALERTS, now_ms)
        administrators = tuple(self.administrators.administrators()) if self.administrators else ()
        everyone = {one.id for some in (*people.values(), administrators) for one in some}
        preferences = self.preferences.of(everyone) if self.preferences else {}
        contacts = self.contacts.of(everyone) if self.contacts else {}
        changes = self.policies.newest(patient_ids) if self.policies else {}
        duties = self._duties(patient_ids, now_ms)

        def circle(patient_id: str) -> Circle:
            theirs, change, duty = people.get(patient_id, ()), changes.get(patient_id), duties[patient_id]
            ahead = duty.changes(now_ms, now_ms + _LOOK_AHEAD_MS)
            return Circle(
                people=tuple(theirs),
                on_duty=frozenset(duty.at(now_ms)) & {one.id for one in theirs},
                is_duty_kept=bool(duty.slots),
                duty_until_ms=ahead[0] if ahead else None,
                policies=STANDARD_POLICIES if change is None else {**STANDARD_POLICIES, **change.policies},
                preferences=preferences,
                contacts=contacts,
                administrators=administrators,
            )

        return {each: circle(each) for each in patient_ids}

    def _duties(self, patient_ids: Collection[str], now_ms: int) -> Mapping[str, Duties]:
        if self.duties is None:
            return dict.fromkeys(patient_ids, Duties())
        until_ms = now_ms + _LOOK_AHEAD_MS
        shifts = self.duties.shifts_of(patient_ids, now_ms, until_ms)
        rotas = self.duties.rotas_of(patient_ids)
        return {
            each: duties_between(
                shifts.get(each, ()), rotas[each].slots if each in rotas else (), self.local, now_ms, until_ms
            )
            for each in patient_ids
        }
