"""A `cloud.ports.PatientFeed` in memory."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from cloud.ports import PatientSlice


@dataclass(slots=True)
class FakePatientFeed:
    waiting: list[PatientSlice] = field(default_factory=list)

    def pending(self, limit: int) -> Sequence[PatientSlice]:
        return tuple(self.waiting[:limit])

    def done(self, message_ids: Iterable[str]) -> None:
        gone = set(message_ids)
        self.waiting = [one for one in self.waiting if one.message_id not in gone]
