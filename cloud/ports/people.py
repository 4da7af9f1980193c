"""Patients, their devices over time, and the people who may see them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Role(StrEnum):
    """What somebody is to the system; what they may see is decided by grants."""

    PATIENT = "patient"
    CAREGIVER = "caregiver"
    CLINICIAN = "clinician"
    ADMINISTRATOR = "administrator"


class Scope(StrEnum):
    """What of a patient a grant opens."""

    VITALS = "vitals"
    WAVEFORMS = "waveforms"
    ALERTS = "alerts"
    LOCATION = "location"
    GENOME = "genome"


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """A person who wears devices. `id` is the pseudonym used everywhere else."""

    id: str
    display_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A wearable as last reported, and whose it is now."""

    id: str
    gateway: str
    patient_id: str | None
    link: str | None
    model: str | None
    battery_percent: int | None
    on_body: bool | None
    reported_ms: int | None
    received_ms: int | None
    firmware: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Worn:
    """A device that somebody wore in from <= t < to."""

    device: str
    from_ms: int
    to_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who can sign in."""

    id: str
    display_name: str
    role: Role
    patient_id: str | None = None


class Directory(Protocol):
    """Patients, their devices over time, and the people who can sign in."""

    def patient(self, patient_id: str) -> Patient | None: ...
    def known_patients(self, patient_ids: Collection[str]) -> Sequence[Patient]:
        """Return those of them who are known, by name."""
        ...

    def every_patient(self) -> Sequence[Patient]:
        """Return every patient, by name."""
        ...

    def add_patient(self, patient: Patient) -> None: ...
    def bind(self, device: str, patient_id: str, from_ms: int) -> None:
        """From `from_ms` on, what `device` measures is `patient_id`'s; ends an earlier binding."""
        ...

    def take_off(self, device: str, from_ms: int) -> None:
        """From `from_ms` on, what `device` measures is nobody's; ends an earlier binding."""
        ...

    def patient_wearing(self, device: str, t_ms: int) -> str | None: ...
    def worn_by(self, patient_id: str, from_ms: int, to_ms: int) -> Sequence[Worn]:
        """Return which devices a patient wore in from <= t < to, and from when to when of it."""
        ...

    def devices_of(self, patient_id: str) -> Sequence[Device]: ...
    def devices_worn_by(self, patient_ids: Collection[str]) -> Mapping[str, Sequence[Device]]:
        """Return the devices of each of these patients; nothing for who wears none."""
        ...

    def every_device(self) -> Sequence[Device]:
        """Return every device that ever reported or was ever worn, by id, with who wears it now."""
        ...

    def wearers(self) -> Sequence[str]:
        """Return every patient who wears a device now, whether it was ever heard or not."""
        ...

    def note_device(self, device: Device) -> None:
        """Remember the newest report of a device."""
        ...

    def add_person(self, person: Person) -> None: ...
    def person(self, person_id: str) -> Person | None: ...
