"""A `cloud.ports.NoteBook` in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from cloud.ports import ClinicalNote
from vitals.errors import StorageError


@dataclass(slots=True)
class FakeNoteBook:
    notes: list[ClinicalNote] = field(default_factory=list)
    trouble: StorageError | None = None

    def write(self, note: ClinicalNote) -> ClinicalNote:
        if self.trouble is not None:
            raise self.trouble
        self.notes.append(replace(note, number=len(self.notes) + 1))
        return self.notes[-1]

    def of(self, patient_id: str, limit: int) -> Sequence[ClinicalNote]:
        return tuple(one for one in reversed(self.notes) if one.patient_id == patient_id)[:limit]
