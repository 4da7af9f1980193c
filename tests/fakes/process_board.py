"""A `cloud.ports.ProcessBoard`, `LeaseBook` and `PresenceBook` in memory; it can be made to fail."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from cloud.partitions import PARTITIONS
from cloud.ports import Beat, Lease
from vitals.errors import StorageError


@dataclass(slots=True)
class FakeProcessBoard:
    beats: dict[str, Beat] = field(default_factory=dict)
    held: dict[int, Lease] = field(default_factory=dict)
    online: dict[str, bool] = field(default_factory=dict)
    tellings: int = 0
    failing: bool = False

    def beat(self, own: Beat) -> Sequence[Beat]:
        if self.failing:
            raise StorageError("the disk is full: make room")
        self.beats[own.process_id] = own
        return tuple(self.beats.values())

    def take_down(self, process_id: str) -> None:
        self.beats.pop(process_id, None)
        for one in [lease for lease in self.held.values() if lease.holder == process_id]:
            self.held[one.partition] = replace(one, holder=None)

    def leases(self) -> Sequence[Lease]:
        return tuple(self.held.get(number, Lease(partition=number)) for number in range(PARTITIONS))

    def claim(self, found: Sequence[Lease], holder: str) -> Sequence[Lease]:
        same = [one for one in found if one.epoch == self.leases()[one.partition].epoch]
        taken = [Lease(partition=one.partition, epoch=one.epoch + 1, holder=holder) for one in same]
        self.held |= {one.partition: one for one in taken}
        return taken

    def release(self, held: Sequence[Lease]) -> None:
        for one in held:
            if self.leases()[one.partition].epoch == one.epoch:
                self.held[one.partition] = replace(one, holder=None)

    def tell(self, online: Mapping[str, bool]) -> None:
        self.tellings += 1
        self.online = dict(online)

    def told(self) -> Mapping[str, bool]:
        return dict(self.online)
