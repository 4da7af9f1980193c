"""A `cloud.ports.FactBook` in memory, which counts how often it is read."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from cloud.ports import FactNote
from vitals.errors import StorageError


@dataclass(slots=True)
class FakeFactBook:
    notes: list[FactNote] = field(default_factory=list)
    reads: int = 0
    is_away: bool = False
    trouble: StorageError | None = None

    def note(self, note: FactNote) -> FactNote:
        if self.trouble is not None:
            raise self.trouble
        numbered = replace(note, number=len(self.notes) + 1)
        self.notes.append(numbered)
        return numbered

    def of(self, patient_ids: Collection[str]) -> Mapping[str, Sequence[FactNote]]:
        self.reads += 1
        found: dict[str, list[FactNote]] = {}
        for note in self.notes:
            if note.patient_id in patient_ids:
                found.setdefault(note.patient_id, []).append(note)
        return found

    def revision(self) -> int:
        if self.is_away:
            raise StorageError("the database is away: start it")
        return len(self.notes)
