"""A `cloud.ports.BurdenReader` over lists."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from cloud.ports import AlertCourse, Courses, Telling


@dataclass(slots=True)
class FakeBurdenReader:
    alerts: list[AlertCourse] = field(default_factory=list)
    told: list[Telling] = field(default_factory=list)

    def courses(self, patient_ids: Collection[str], from_ms: int, to_ms: int, limit: int) -> Courses:
        found = [
            one for one in self.alerts if one.patient_id in patient_ids and from_ms <= one.raised_ms < to_ms
        ]
        found.sort(key=lambda one: one.raised_ms)
        kept = found[max(0, len(found) - limit) :]
        return Courses(courses=kept, omitted=len(found) - len(kept))

    def tellings(
        self, patient_ids: Collection[str], from_ms: int, to_ms: int, limit: int
    ) -> Sequence[Telling]:
        theirs = {one.id for one in self.courses(patient_ids, from_ms, to_ms, len(self.alerts)).courses}
        found = [one for one in self.told if one.alert_id in theirs]
        return found[max(0, len(found) - limit) :]
