"""What belongs to nobody, given to who wore the device when it was measured."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from cloud.ports.accounts import UnboundReader
from cloud.ports.ingest import Wearing


@dataclass(frozen=True, slots=True, kw_only=True)
class Adopted:
    """How much that belonged to nobody was given away."""

    points: int
    strips: int
    events: int
    gaps: int


class UnboundKeeper(UnboundReader, Protocol):
    """Gives away what belongs to nobody. It may be used beside whoever ingests."""

    def adopt(self, device: str, wearings: Sequence[Wearing]) -> Adopted:
        """Give what a device measured under nobody to who wore it then; none of it is judged for alerts.

        Raises
        ------
        ConfigurationError
            If this store cannot give points away.
        StorageError
            If it cannot be done now: what was given stays given, ask again for the rest.
        """
        ...
