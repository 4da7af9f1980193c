"""`cloud.ports.Leases` as a test gives them; every partition, with epoch 0, unless it says otherwise."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from cloud.partitions import EVERY_PARTITION


@dataclass(slots=True)
class FakeLeases:
    epochs: dict[int, int] = field(default_factory=lambda: dict.fromkeys(EVERY_PARTITION, 0))

    def mine(self) -> Mapping[int, int]:
        return dict(self.epochs)

    def lost(self, partition: int) -> None:
        self.epochs.pop(partition, None)
