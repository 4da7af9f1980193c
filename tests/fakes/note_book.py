"""A `cloud.ports.NoteBook` in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from cloud.ports import ClinicalNote


@dataclass(slots=True)
class FakeNoteBook:
    notes: list[ClinicalNote] = field(default_factory=list)

    def write(self, note: ClinicalNote) -> ClinicalNote:
        self.notes.append(replace(note, number=len(self.notes) + 1))
        return self.notes[-1]

    def of(self, patient_id: str, limit: int) -> Sequence[ClinicalNote]:
        return tuple(one for one in reversed(self.notes) if one.patient_id == patient_id)[:limit]
