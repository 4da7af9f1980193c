"""A `cloud.ports.PatientBus` and the `PatientFeed` at its other end, in memory."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from cloud.partitions import EVERY_PARTITION, partition_of
from cloud.ports import PatientSlice


@dataclass(slots=True)
class FakePatientFeed:
    waiting: list[PatientSlice] = field(default_factory=list)

    def publish(self, slices: Iterable[PatientSlice]) -> None:
        for one in slices:
            if one.message_id not in {each.message_id for each in self.waiting}:
                self.waiting.append(one)

    def pending(self, limit: int, partitions: Collection[int] = EVERY_PARTITION) -> Sequence[PatientSlice]:
        theirs = (one for one in self.waiting if partition_of(one.patient_id) in partitions)
        return tuple(sorted(theirs, key=lambda one: not one.is_urgent)[:limit])

    def done(self, message_ids: Iterable[str]) -> None:
        gone = set(message_ids)
        self.waiting = [one for one in self.waiting if one.message_id not in gone]
