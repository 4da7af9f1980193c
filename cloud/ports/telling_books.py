"""Who keeps what people set about being told: policies, duties, silences, preferences.

Whatever is written down here makes the alerts it may concern due to be looked at, in the same transaction.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from cloud.ports.people import Person
from cloud.ports.telling import DutyShift, PolicyChange, Preferences, RotaSlot, Silence


@dataclass(frozen=True, slots=True, kw_only=True)
class Rota:
    """A patient's weekly duties from `made_ms` on, by whom they were set. No slots: no rota."""

    patient_id: str
    slots: tuple[RotaSlot, ...]
    author_id: str
    made_ms: int


class PolicyBook(Protocol):
    """Every change of a patient's escalation there ever was."""

    def add(self, change: PolicyChange) -> None:
        """Write a change down; it stands in place of the one before."""
        ...

    def newest(self, patient_ids: Collection[str]) -> Mapping[str, PolicyChange]:
        """Return the change in force of each of these patients; nothing for who has none."""
        ...

    def of(self, patient_id: str, limit: int) -> Sequence[PolicyChange]:
        """Return a patient's changes, newest first."""
        ...


class DutyBook(Protocol):
    """Who looks after whom, and when."""

    def take(self, shift: DutyShift) -> None:
        """Write a shift down; whatever shift of the patient goes on into it ends where it begins."""
        ...

    def end(self, shift: DutyShift, until_ms: int, by: str) -> None:
        """Have a shift end sooner than it would, and write that down; one that is over stays as it is."""
        ...

    def shifts_of(
        self, patient_ids: Collection[str], from_ms: int, to_ms: int
    ) -> Mapping[str, Sequence[DutyShift]]:
        """Return each one's shifts that touch from <= t < to, by their start; nothing for who has none."""
        ...

    def set_rota(self, rota: Rota) -> None:
        """Write a rota down; it stands in place of the one before."""
        ...

    def rotas_of(self, patient_ids: Collection[str]) -> Mapping[str, Rota]:
        """Return the rota in force of each of these patients; nothing for who has none."""
        ...


class SilenceBook(Protocol):
    """Every silence there ever was."""

    def add(self, silence: Silence) -> None: ...
    def end(self, silence_id: str, by: str, now_ms: int) -> None:
        """Take a silence back; one that is over stays as it was."""
        ...

    def silence(self, silence_id: str) -> Silence | None: ...
    def of(self, patient_id: str, limit: int) -> Sequence[Silence]:
        """Return a patient's silences, newest first."""
        ...

    def in_force(self, now_ms: int) -> Sequence[Silence]:
        """Return everybody's that hold something back now."""
        ...


class PreferenceBook(Protocol):
    """How people want to be told."""

    def put(self, preferences: Preferences) -> None:
        """Write somebody's preferences down, in place of those before."""
        ...

    def of(self, person_ids: Collection[str]) -> Mapping[str, Preferences]:
        """Return those of each of these people; nothing for who never chose."""
        ...


class Administrators(Protocol):
    """Who runs the service: the last to be told that somebody's alerts reach nobody."""

    def administrators(self) -> Sequence[Person]: ...
