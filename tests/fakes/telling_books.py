"""The books of what people set about being told, in memory; none of them wakes anybody."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from cloud.ports import DutyShift, PolicyChange, Preferences, Rota, Silence


@dataclass(slots=True)
class FakePolicyBook:
    changes: list[PolicyChange] = field(default_factory=list)

    def add(self, change: PolicyChange) -> None:
        self.changes.append(change)

    def newest(self, patient_ids: Collection[str]) -> Mapping[str, PolicyChange]:
        return {one.patient_id: one for one in self.changes if one.patient_id in patient_ids}

    def of(self, patient_id: str, limit: int) -> Sequence[PolicyChange]:
        return [one for one in reversed(self.changes) if one.patient_id == patient_id][:limit]


@dataclass(slots=True)
class FakeDutyBook:
    shifts: dict[str, DutyShift] = field(default_factory=dict)
    rotas: dict[str, Rota] = field(default_factory=dict)

    def take(self, shift: DutyShift) -> None:
        for one in list(self.shifts.values()):
            if one.patient_id == shift.patient_id and _covers(one, shift.from_ms):
                self.shifts[one.id] = replace(one, until_ms=shift.from_ms)
        self.shifts[shift.id] = shift

    def end(self, shift: DutyShift, until_ms: int, by: str) -> None:
        del by
        one = self.shifts.get(shift.id)
        if one is not None and (one.until_ms is None or one.until_ms > until_ms):
            self.shifts[shift.id] = replace(one, until_ms=until_ms)

    def shifts_of(
        self, patient_ids: Collection[str], from_ms: int, to_ms: int
    ) -> Mapping[str, Sequence[DutyShift]]:
        found: dict[str, list[DutyShift]] = {}
        for one in sorted(self.shifts.values(), key=lambda one: one.from_ms):
            touches = one.from_ms < to_ms and (one.until_ms is None or one.until_ms > from_ms)
            if one.patient_id in patient_ids and touches:
                found.setdefault(one.patient_id, []).append(one)
        return found

    def set_rota(self, rota: Rota) -> None:
        self.rotas[rota.patient_id] = rota

    def rotas_of(self, patient_ids: Collection[str]) -> Mapping[str, Rota]:
        return {each: rota for each, rota in self.rotas.items() if each in patient_ids}


@dataclass(slots=True)
class FakeSilenceBook:
    silences: dict[str, Silence] = field(default_factory=dict)

    def add(self, silence: Silence) -> None:
        self.silences[silence.id] = silence

    def end(self, silence_id: str, by: str, now_ms: int) -> None:
        one = self.silences.get(silence_id)
        if one is not None and one.ended_ms is None and one.until_ms > now_ms:
            self.silences[silence_id] = replace(one, ended_ms=now_ms, ended_by=by)

    def silence(self, silence_id: str) -> Silence | None:
        return self.silences.get(silence_id)

    def of(self, patient_id: str, limit: int) -> Sequence[Silence]:
        found = [one for one in self.silences.values() if one.patient_id == patient_id]
        return sorted(found, key=lambda one: -one.made_ms)[:limit]

    def in_force(self, now_ms: int) -> Sequence[Silence]:
        return [
            one
            for one in self.silences.values()
            if one.from_ms <= now_ms < one.until_ms and one.ended_ms is None
        ]


@dataclass(slots=True)
class FakePreferenceBook:
    preferences: dict[str, Preferences] = field(default_factory=dict)

    def put(self, preferences: Preferences) -> None:
        self.preferences[preferences.person_id] = preferences

    def of(self, person_ids: Collection[str]) -> Mapping[str, Preferences]:
        return {each: found for each, found in self.preferences.items() if each in person_ids}


def _covers(one: DutyShift, now_ms: int) -> bool:
    return one.from_ms <= now_ms and (one.until_ms is None or now_ms < one.until_ms)
