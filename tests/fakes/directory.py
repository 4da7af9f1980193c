"""A `cloud.ports.Directory` in memory, and `Permissions` by the real rules over the relations in it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from cloud.access.gatekeeper import Gatekeeper
from cloud.ports import EVERYTHING, OPERATOR, Device, Patient, Person, Role, Scope, Wearing, Worn
from tests.fakes.relations import FakeRelations, a_grant


@dataclass(slots=True)
class FakeDirectory:
    patients: dict[str, Patient] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)
    bindings: list[tuple[str, str, int]] = field(default_factory=list)
    devices: dict[str, Device] = field(default_factory=dict)
    relations: FakeRelations = field(init=False)

    def __post_init__(self) -> None:
        self.relations = FakeRelations(people=self.people)

    def patient(self, patient_id: str) -> Patient | None:
        return self.patients.get(patient_id)

    def known_patients(self, patient_ids: Collection[str]) -> Sequence[Patient]:
        known = [one for one in self.patients.values() if one.id in set(patient_ids)]
        return sorted(known, key=lambda each: (each.display_name, each.id))

    def every_patient(self) -> Sequence[Patient]:
        return self.known_patients([*self.patients])

    def add_patient(self, patient: Patient) -> None:
        self.patients[patient.id] = patient

    def take_turn_at_wearing(self) -> None:
        """One at a time, as everything in a test."""

    def bind(self, device: str, patient_id: str, from_ms: int) -> None:
        self.bindings.append((device, patient_id, from_ms))

    def patient_wearing(self, device: str, t_ms: int) -> str | None:
        worn = [each for each in self.bindings if each[0] == device and each[2] <= t_ms]
        return max(worn, key=lambda each: each[2])[1] or None if worn else None

    def take_off(self, device: str, from_ms: int) -> None:
        self.bindings.append((device, "", from_ms))

    def wearings_of(self, devices: Collection[str]) -> Mapping[str, Sequence[Wearing]]:
        worn: dict[str, list[Wearing]] = {}
        for device, patient_id, from_ms in sorted(self.bindings, key=lambda each: each[2]):
            if device in set(devices):
                worn.setdefault(device, []).append(Wearing(from_ms=from_ms, patient_id=patient_id or None))
        return worn

    def every_device(self) -> Sequence[Device]:
        bound = {device: self.patient_wearing(device, 10**15) for device, _, _ in self.bindings}
        known = {**{name: a_device(name) for name in bound}, **self.devices}
        return [
            replace(known[name], patient_id=bound.get(name, known[name].patient_id)) for name in sorted(known)
        ]

    def worn_by(self, patient_id: str, from_ms: int, to_ms: int) -> Sequence[Worn]:
        bound = sorted((each for each in self.bindings if each[1] == patient_id), key=lambda each: each[2])
        return [
            Worn(device=device, from_ms=max(since_ms, from_ms), to_ms=to_ms)
            for device, _, since_ms in bound
            if since_ms < to_ms
        ]

    def devices_of(self, patient_id: str) -> Sequence[Device]:
        return [each for each in self.devices.values() if each.patient_id == patient_id]

    def devices_worn_by(self, patient_ids: Collection[str]) -> Mapping[str, Sequence[Device]]:
        return {each: devices for each in patient_ids if (devices := self.devices_of(each))}

    def wearers(self) -> Sequence[str]:
        return sorted({each.patient_id for each in self.devices.values() if each.patient_id is not None})

    def note_device(self, device: Device) -> None:
        self.devices[device.id] = device

    def add_person(self, person: Person) -> None:
        self.people[person.id] = person

    def person(self, person_id: str) -> Person | None:
        return self.people.get(person_id)

    def grant(
        self,
        person_id: str,
        patient_id: str,
        from_ms: int,
        until_ms: int | None,
        scopes: frozenset[Scope] = EVERYTHING,
    ) -> None:
        """Open scopes in place of what was open before: a short way for tests."""
        self.ungrant(person_id, patient_id)
        self.relations.give(a_grant(person_id, patient_id, from_ms, until_ms, scopes=scopes))

    def ungrant(self, person_id: str, patient_id: str) -> None:
        """Close what is open of a patient to a person."""
        for one in self.relations.grants_of(patient_id):
            if one.person_id == person_id:
                self.relations.revoke(one, 0, OPERATOR)

    def may_see(self, person: Person, patient_id: str, scope: Scope, now_ms: int) -> bool:
        return self._gatekeeper().may_see(person, patient_id, scope, now_ms)

    def people_who_may_see(self, patient_id: str, scope: Scope, now_ms: int) -> Sequence[Person]:
        return self._gatekeeper().people_who_may_see(patient_id, scope, now_ms)

    def people_who_may_see_each(
        self, patient_ids: Collection[str], scope: Scope, now_ms: int
    ) -> Mapping[str, Sequence[Person]]:
        return self._gatekeeper().people_who_may_see_each(patient_ids, scope, now_ms)

    def administrators(self) -> Sequence[Person]:
        return [each for each in self.people.values() if each.role is Role.ADMINISTRATOR]

    def _gatekeeper(self) -> Gatekeeper:
        return Gatekeeper(reader=self.relations, wall_ms=lambda: 0, monotonic_s=lambda: 0.0)


def a_device(name: str, gateway: str = "") -> Device:
    """Return a device that was bound and never heard."""
    return Device(
        id=name,
        gateway=gateway,
        patient_id=None,
        link=None,
        model=None,
        battery_percent=None,
        on_body=None,
        reported_ms=None,
        received_ms=None,
    )
