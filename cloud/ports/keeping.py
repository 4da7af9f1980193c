"""What time and people's wishes do to what is stored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """For how many days each sort of data is kept; `None` is for ever.

    Of points, first the single values go, then what their minutes came to, then what their hours came to.
    """

    points_days: int | None = None
    minutes_days: int | None = None
    hours_days: int | None = None
    strips_days: int | None = None
    events_days: int | None = None
    reports_days: int | None = None
    quarantine_days: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BookRetention:
    """For how many days each sort of what is written down of running things is kept; `None` is for ever."""

    tellings_days: int | None = None
    commands_days: int | None = None
    silences_days: int | None = None
    sign_ins_days: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Expired:
    """How many rows of each sort one step let go. `is_through`: it came to the end, and begins again next."""

    rows: Mapping[str, int]
    is_through: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """How many rows of each sort were erased of one patient."""

    rows: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class WornDevice:
    """A device somebody wore: through which gateway it was heard last, from when to when (None: still)."""

    device: str
    gateway: str | None
    from_ms: int
    until_ms: int | None


class SeriesKeeping(Protocol):
    """Keeps stored data small, no longer than it may be, and forgets whom it must."""

    def close_hours(self, now_ms: int) -> int:
        """Pack some of the hours that are over; return how many, 0 when there is nothing to do now.

        Raises
        ------
        StorageError
            If the store cannot be read or written; nothing is lost by it.
        """
        ...

    def expire(self, now_ms: int, retention: Retention) -> Expired:
        """Let go of some of what is older than it is to be kept.

        Raises
        ------
        StorageError
            If the store cannot be written.
        """
        ...

    def forget(self, patient_id: str, worn: Sequence[WornDevice] = (), *, at_ms: int = 0) -> Forgotten:
        """Erase everything of one patient, so that no byte of it can be read from the disk any more.

        Nothing of them is taken in after that. What was set aside goes, too, where it names what they wore.

        Raises
        ------
        StorageError
            If something of it may still be there: do it again.
        """
        ...

    def troubles(self) -> tuple[str, ...]:
        """Return what is not well, in words."""
        ...
