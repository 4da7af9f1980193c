"""The account of every epoch, put together from what is stored, set aside, discarded and declared.

Reading takes time in proportion to the ranges there are, and memory for no more than an account names of
them: a gateway that leaves a million holes fills no memory here.
"""

from collections.abc import Iterable, Iterator
from heapq import merge
from itertools import chain
from sqlite3 import Connection

from cloud.ports import MOST_RANGES, Counts, EpochAccount
from cloud.storage.journal import declared
from cloud.storage.journal.ranges import Range, Ranges, union

_EPOCHS = "SELECT id, gateway, epoch, duplicates FROM epoch ORDER BY gateway, epoch"
_STORED = "SELECT first_seq, last_seq FROM stored_range WHERE epoch_id = ? ORDER BY first_seq"
_BESIDE = (
    (
        "SELECT DISTINCT gateway, epoch FROM quarantine WHERE seq > 0",
        "SELECT seq, seq FROM quarantine WHERE gateway = ? AND epoch = ? AND seq > 0 ORDER BY seq",
    ),
    (
        "SELECT DISTINCT gateway, epoch FROM discarded WHERE seq > 0",
        "SELECT seq, seq FROM discarded WHERE gateway = ? AND epoch = ? AND seq > 0 ORDER BY seq",
    ),
)
"""Which epochs have anything set aside, and what; and the same of what is discarded."""


def read(connection: Connection) -> Iterator[EpochAccount]:
    """Account for every epoch ever seen, in order of gateway and epoch."""
    gaps = declared.read_all(connection)
    beside = [(set(connection.execute(epochs)), numbers) for epochs, numbers in _BESIDE]
    for epoch_id, gateway, epoch, duplicates in connection.execute(_EPOCHS):
        sources = [_of_sort(0, connection.execute(_STORED, (epoch_id,)))]
        for sort, (epochs, numbers) in enumerate(beside, 1):
            if (gateway, epoch) in epochs:
                sources.append(_of_sort(sort, connection.execute(numbers, (gateway, epoch))))
        stored, quarantined, discarded, missing = _tallied(sources)
        yield EpochAccount(
            gateway=gateway,
            epoch=epoch,
            stored=stored.ranges,
            quarantined=quarantined.ranges,
            discarded=discarded.ranges,
            missing=missing.ranges,
            duplicates=duplicates,
            counts=Counts(
                stored=stored.count,
                quarantined=quarantined.count,
                discarded=discarded.count,
                missing=missing.count,
            ),
            declared=gaps.get(epoch_id, ()),
        )


def read_taken(connection: Connection) -> Iterator[tuple[str, str, Ranges]]:
    """Read every number a gateway may have been told is safe: gateway, epoch, and all ranges of it."""
    for epoch_id, gateway, epoch, _ in connection.execute(_EPOCHS):
        beside = (numbers for _, numbers in _BESIDE)
        sources = [
            connection.execute(_STORED, (epoch_id,)),
            *(connection.execute(numbers, (gateway, epoch)) for numbers in beside),
        ]
        yield gateway, epoch, union(chain.from_iterable(sources))


class _Tally:
    """How many numbers there are of a sort, and the first ranges they make."""

    def __init__(self) -> None:
        self.count = 0
        self._ranges: list[Range] = []
        self._named_up_to = 0

    @property
    def ranges(self) -> Ranges:
        return tuple(self._ranges)

    def add(self, first: int, last: int) -> None:
        """Add a range that lies above all before it."""
        self.count += last - first + 1
        if self._ranges and self._named_up_to == first - 1:
            self._ranges[-1] = (self._ranges[-1][0], last)
        elif len(self._ranges) < MOST_RANGES:
            self._ranges.append((first, last))
        else:
            return
        self._named_up_to = last


def _of_sort(sort: int, ranges: Iterable[Range]) -> Iterator[tuple[int, int, int]]:
    return ((first, sort, last) for first, last in ranges)


def _tallied(sources: Iterable[Iterable[tuple[int, int, int]]]) -> tuple[_Tally, _Tally, _Tally, _Tally]:
    """Tally what is of each of the three sorts, and what is of none.

    A number of several counts for the first: what was discarded may have come again.
    """
    tallies = (_Tally(), _Tally(), _Tally())
    missing = _Tally()
    seen = 0
    for first, sort, last in merge(*sources):
        if first > seen + 1:
            missing.add(seen + 1, first - 1)
        if last > seen:
            tallies[sort].add(max(first, seen + 1), last)
            seen = last
    return (*tallies, missing)
