"""The ports `cloud.ports.MessageBook` and `cloud.ports.ReadMarks` in memory."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from cloud.ports import PatientMessage
from vitals.errors import StorageError


@dataclass(slots=True)
class FakeMessageBook:
    messages: list[PatientMessage] = field(default_factory=list)
    read_to: dict[tuple[str, str], int] = field(default_factory=dict)
    trouble: StorageError | None = None

    def write(self, message: PatientMessage) -> PatientMessage:
        if self.trouble is not None:
            raise self.trouble
        self.messages.append(replace(message, number=len(self.messages) + 1))
        return self.messages[-1]

    def of(self, patient_id: str, limit: int) -> Sequence[PatientMessage]:
        return tuple(one for one in reversed(self.messages) if one.patient_id == patient_id)[:limit]

    def read(self, patient_id: str, person_id: str, number: int) -> None:
        at = patient_id, person_id
        self.read_to[at] = max(number, self.read_to.get(at, 0))

    def marks(self, patient_id: str) -> Mapping[str, int]:
        return {person: number for (of, person), number in self.read_to.items() if of == patient_id}

    def unread(self, person_id: str, patient_ids: Collection[str]) -> Mapping[str, int]:
        return Counter(
            one.patient_id
            for one in self.messages
            if one.patient_id in patient_ids
            and one.author_id != person_id
            and one.number > self.read_to.get((one.patient_id, person_id), 0)
        )
