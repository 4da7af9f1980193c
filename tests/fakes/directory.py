"""A `cloud.ports.Directory` in memory."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from cloud.ports import Device, Patient, Person, Role, Worn


@dataclass(slots=True)
class FakeDirectory:
    patients: dict[str, Patient] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)
    grants: dict[tuple[str, str], tuple[int, int | None]] = field(default_factory=dict)
    bindings: list[tuple[str, str, int]] = field(default_factory=list)
    devices: dict[str, Device] = field(default_factory=dict)

    def patient(self, patient_id: str) -> Patient | None:
        return self.patients.get(patient_id)

    def patients_visible_to(self, person: Person, now_ms: int) -> Sequence[Patient]:
        visible = [each for each in self.patients.values() if self.may_see(person, each.id, now_ms)]
        return sorted(visible, key=lambda each: each.display_name)

    def add_patient(self, patient: Patient) -> None:
        self.patients[patient.id] = patient

    def bind(self, device: str, patient_id: str, from_ms: int) -> None:
        self.bindings.append((device, patient_id, from_ms))

    def patient_wearing(self, device: str, t_ms: int) -> str | None:
        worn = [each for each in self.bindings if each[0] == device and each[2] <= t_ms]
        return max(worn, key=lambda each: each[2])[1] if worn else None

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

    def grant(self, person_id: str, patient_id: str, from_ms: int, until_ms: int | None) -> None:
        self.grants[person_id, patient_id] = (from_ms, until_ms)

    def may_see(self, person: Person, patient_id: str, now_ms: int) -> bool:
        if person.patient_id == patient_id:
            return True
        from_ms, until_ms = self.grants.get((person.id, patient_id), (None, None))
        return from_ms is not None and from_ms <= now_ms and (until_ms is None or now_ms < until_ms)

    def people_who_may_see_each(
        self, patient_ids: Collection[str], now_ms: int
    ) -> Mapping[str, Sequence[Person]]:
        return {each: self.people_who_may_see(each, now_ms) for each in patient_ids}

    def administrators(self) -> Sequence[Person]:
        return [each for each in self.people.values() if each.role is Role.ADMINISTRATOR]

    def people_who_may_see(self, patient_id: str, now_ms: int) -> Sequence[Person]:
        return [each for each in self.people.values() if self.may_see(each, patient_id, now_ms)]
