"""Quarantine in an operator's hands: what was set aside in a series file, read, counted and given up."""

from collections.abc import Collection, Sequence

from cloud.ports import Discard, Discarded, Heap, QuarantinedRecord, SetAside, Share, Wanted
from cloud.storage.journal import discarded, set_aside
from cloud.storage.sqlite_file import SqliteFile

__all__ = ["SqliteQuarantine"]


class SqliteQuarantine:
    """The port Quarantine of one series file."""

    def __init__(self, file: SqliteFile) -> None:
        self._file = file

    def find(self, wanted: Wanted, *, after_id: int = 0, limit: int) -> Sequence[SetAside]:
        """Return the oldest `limit` of what is wanted with an id above `after_id`, oldest first."""
        with self._file.read() as connection:
            return set_aside.find(connection, wanted, after_id, limit)

    def newest(self, wanted: Wanted, *, limit: int) -> Sequence[SetAside]:
        """Return the newest `limit` of what is wanted, newest first."""
        with self._file.read() as connection:
            return set_aside.find_newest(connection, wanted, limit)

    def count(self, wanted: Wanted) -> int:
        """Count what is wanted."""
        with self._file.read() as connection:
            return set_aside.count(connection, wanted)

    def heaps(self, wanted: Wanted, *, limit: int) -> Sequence[Heap]:
        """Return how much of what is wanted is there, by gateway and reason, the largest `limit` first."""
        with self._file.read() as connection:
            return set_aside.read_heaps(connection, wanted, limit)

    def discard(self, entries: Collection[int], discard: Discard) -> Sequence[Discarded]:
        """Take entries out for good, and write down that it was done."""
        with self._file.write() as connection:
            return discarded.discard(connection, entries, discard)

    def discarded(self, limit: int) -> Sequence[Discarded]:
        """Return what was discarded last, newest first."""
        with self._file.read() as connection:
            return discarded.read_newest(connection, limit)

    def shares(self) -> Sequence[Share]:
        """Return how much of quarantine each gateway takes."""
        with self._file.read() as connection:
            return set_aside.read_shares(connection)

    def quarantined(self, limit: int) -> Sequence[QuarantinedRecord]:
        """Return the newest `limit`, newest first."""
        with self._file.read() as connection:
            return set_aside.read_newest(connection, limit)

    def quarantined_count(self) -> int:
        """Return how many are set aside."""
        with self._file.read() as connection:
            return set_aside.count(connection, Wanted())
