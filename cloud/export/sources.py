"""What an export reads: the ports that know something of one patient."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from cloud.early_warning.local_time import LocalTime
from cloud.ports import (
    AlertReader,
    Directory,
    FactBook,
    MessageBook,
    NoteBook,
    OccurrenceReader,
    Permissions,
    SeriesReader,
)

__all__ = ["Look", "Sources"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """That somebody did something to the record: by name if they are still known, what, when."""

    t_ms: int
    deed: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """The ports; `looks` returns what was done to a patient's record, newest first."""

    directory: Directory
    permissions: Permissions
    series: SeriesReader
    occurrences: OccurrenceReader
    alerts: AlertReader
    facts: FactBook
    notes: NoteBook
    messages: MessageBook
    looks: Callable[[str], Iterable[Look]]
    local: LocalTime
