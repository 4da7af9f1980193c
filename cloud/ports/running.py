"""Which settings, models and program each gateway says that it runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from cloud.ports.ledger import LedgerNote

__all__ = ["RunningBook", "RunningVersion"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningVersion:
    """What a gateway runs of a line, such as `model beats`, since the server first heard of it."""

    gateway: str
    line: str
    version: str
    since_ms: int


class RunningBook(Protocol):
    """What runs where, by what gateways say of themselves."""

    def running(self) -> Sequence[RunningVersion]:
        """Return every line of every gateway, by gateway and line."""
        ...

    def note_running(self, running: RunningVersion, note: LedgerNote) -> None:
        """Keep it in place of what ran before; that and the note happen together or not at all.

        Raises
        ------
        StorageError
            If it cannot be kept.
        """
        ...
