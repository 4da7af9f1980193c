"""What a wearable keeps in its flash: numbered records, the oldest of which give way to the newest."""

from bisect import insort
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from vitals.gatt.date_time import DateTime
from vitals.gatt.record_access_control_point import Operator, Records

__all__ = ["Part", "Record", "RecordStore"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One characteristic's message of a record."""

    uuid: str
    message: object


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One act of measuring: taken at a second of life, at what the calendar showed, told in these parts."""

    number: int
    at_s: float
    stamp: DateTime
    parts: tuple[Part, ...]


class RecordStore:
    """Survives a reboot; keeps `capacity` records, in the order of their numbers."""

    def __init__(self, *, capacity: int = 500) -> None:
        self._capacity = capacity
        self._records: list[Record] = []
        self._counted = 0
        self._told: set[int] = set()

    def __len__(self) -> int:
        return len(self._records)

    @property
    def has_untold(self) -> bool:
        """Whether somebody has yet to fetch one."""
        return any(record.number not in self._told for record in self._records)

    @property
    def next_number(self) -> int:
        """The number of the next record, where records are counted."""
        return self._counted % _NUMBERS

    def add(self, record: Record) -> None:
        """Keep a record; one of the same number gives way to it."""
        self._records = [kept for kept in self._records if kept.number != record.number]
        insort(self._records, record, key=lambda kept: kept.number)
        del self._records[: -self._capacity]
        self._told.discard(record.number)
        self._counted += 1

    def mark_told(self, record: Record) -> None:
        """Note that the record was sent to somebody."""
        self._told.add(record.number)

    def select(self, records: Records) -> list[Record]:
        """Return the records that a request names, oldest first."""
        by_number = not records.bounds or isinstance(records.bounds[0], int)
        key = _by_number if by_number else _by_stamp
        bounds = [bound if isinstance(bound, int) else _moment(bound) for bound in records.bounds]
        return _SELECTIONS[records.operator](self._records, key, bounds)

    def delete(self, records: Records) -> int:
        """Forget the records that a request names; return how many those were."""
        doomed = self.select(records)
        self._records = [record for record in self._records if record not in doomed]
        return len(doomed)

    def clear(self) -> None:
        """Forget all."""
        self._records.clear()


_NUMBERS: Final = 1 << 16
Key = Callable[[Record], int]
Selection = Callable[[list[Record], Key, list[int]], list[Record]]


def _by_number(record: Record) -> int:
    return record.number


def _by_stamp(record: Record) -> int:
    return _moment(record.stamp)


def _moment(stamp: DateTime) -> int:
    """Return the stamp in ms; one that names no day comes before all others."""
    milliseconds = stamp.milliseconds()
    return -1 if milliseconds is None else milliseconds


_SELECTIONS: Final[Mapping[Operator, Selection]] = MappingProxyType(
    {
        Operator.ALL_RECORDS: lambda kept, _key, _bounds: list(kept),
        Operator.LESS_THAN_OR_EQUAL_TO: lambda kept, key, bounds: [
            one for one in kept if key(one) <= bounds[0]
        ],
        Operator.GREATER_THAN_OR_EQUAL_TO: lambda kept, key, bounds: [
            one for one in kept if key(one) >= bounds[0]
        ],
        Operator.WITHIN_RANGE_OF: lambda kept, key, bounds: [
            one for one in kept if bounds[0] <= key(one) <= bounds[1]
        ],
        Operator.FIRST_RECORD: lambda kept, _key, _bounds: kept[:1],
        Operator.LAST_RECORD: lambda kept, _key, _bounds: kept[-1:],
    }
)
