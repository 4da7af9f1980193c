"""Whom the alerts of a patient can reach now, and by which ways."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from cloud.alerts.telling.policies import FIXED_POLICIES, STANDARD_POLICIES
from cloud.ports import (
    Alert,
    Channel,
    ContactPoint,
    EscalationPolicy,
    EscalationStep,
    Person,
    Preferences,
    Priority,
    Role,
    Whom,
)

__all__ = ["Circle", "Way"]

_ALL: Final[tuple[Channel, ...]] = tuple(Channel)


class Way(NamedTuple):
    """One way to one person: a contact point of theirs, or None: the pages they have open."""

    person: Person
    contact: ContactPoint | None

    @property
    def channel(self) -> Channel:
        """The channel it is of."""
        return Channel.IN_APP if self.contact is None else self.contact.channel

    @property
    def name(self) -> tuple[str, str | None]:
        """What tells it from every other."""
        return self.person.id, None if self.contact is None else self.contact.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Circle:
    """One patient's. `people` may see the patient now; `on_duty` are those of them who have the duty.

    `duty_until_ms` is when that may change. `is_duty_kept` tells whether there is a rota: where there is
    none and nobody took the duty, everybody has it, and nothing is missing.
    """

    people: tuple[Person, ...] = ()
    on_duty: frozenset[str] = frozenset()
    is_duty_kept: bool = False
    duty_until_ms: int | None = None
    policies: Mapping[Priority, EscalationPolicy] = field(default_factory=lambda: STANDARD_POLICIES)
    preferences: Mapping[str, Preferences] = field(default_factory=dict)
    contacts: Mapping[str, Sequence[ContactPoint]] = field(default_factory=dict)
    administrators: tuple[Person, ...] = ()

    @property
    def has_nobody_on_duty(self) -> bool:
        """Whether the duty is kept and nobody has it now."""
        return self.is_duty_kept and not self.on_duty

    def policy_for(self, alert: Alert) -> EscalationPolicy:
        """Return by which steps an alert is told."""
        return FIXED_POLICIES.get(alert.condition) or self.policies[alert.priority]

    def preferences_of(self, person_id: str) -> Preferences:
        """Return how somebody wants to be told."""
        return self.preferences.get(person_id) or Preferences(person_id=person_id)

    def whom(self, step: EscalationStep) -> tuple[Person, ...]:
        """Return whom a step tells; who has no duty tells everyone."""
        return tuple(one for one in self.people if self._is_told(one, step))

    def ways(
        self,
        people: Iterable[Person],
        channels: Collection[Channel] = _ALL,
        *,
        muted: bool = False,
    ) -> list[Way]:
        """Return the ways to these people by these channels; those they muted too if `muted`."""
        return [
            way
            for person in people
            for way in (Way(person, None), *(Way(person, one) for one in self.contacts.get(person.id, ())))
            if way.channel in channels
            and (muted or way.channel not in self.preferences_of(person.id).muted_channels)
        ]

    def ways_to_administrators(self) -> list[Way]:
        """Return by which ways those who run the service hear of it, wherever they are."""
        return [way for way in self.ways(self.administrators, muted=True) if way.contact is not None]

    def _is_told(self, person: Person, step: EscalationStep) -> bool:
        match step.whom:
            case Whom.EVERYONE:
                return True
            case Whom.ON_DUTY:
                return not self.on_duty or person.id in self.on_duty
            case Whom.NAMED:
                return person.id in step.person_ids
            case Whom.ADMINISTRATORS:
                return person.role is Role.ADMINISTRATOR
