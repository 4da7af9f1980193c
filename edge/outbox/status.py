"""What waits in the outbox and what became of the rest; also readable from another process."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from edge.outbox.lanes import Lane
from edge.outbox.schema import SEQ_SPAN, connect_read_only, key_of, refusal
from vitals.errors import StorageError


@dataclass(frozen=True, slots=True, kw_only=True)
class EpochStatus:
    """One epoch's account: made = held + stored + quarantined + lost."""

    epoch: str
    lane: Lane
    made: int
    held: int
    held_bytes: int
    stored: int
    quarantined: int
    lost: int
    oldest_ms: int | None = None
    """Effective time of the first record that waits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxStatus:
    """How much waits, since when, and the account of every epoch. `oldest_ms` is effective time."""

    records: int
    bytes: int
    oldest_ms: int | None
    epochs: tuple[EpochStatus, ...]

    @property
    def made(self) -> Mapping[str, int]:
        """The last seq given out in each epoch."""
        return {epoch.epoch: epoch.made for epoch in self.epochs}

    @property
    def acknowledged(self) -> int:
        """How many records the cloud has taken, stored or set aside."""
        return sum(epoch.stored + epoch.quarantined for epoch in self.epochs)


def status_of(connection: sqlite3.Connection) -> OutboxStatus:
    """Return the status as `connection` sees it."""
    rows = connection.execute(
        "SELECT number, name, lane, made, held, held_bytes, stored, quarantined, lost FROM epoch"
        " ORDER BY number"
    ).fetchall()
    epochs = tuple(
        EpochStatus(
            epoch=name,
            lane=Lane(lane),
            made=made,
            held=held,
            held_bytes=held_bytes,
            stored=stored,
            quarantined=quarantined,
            lost=lost,
            oldest_ms=_first_ms(connection, number) if held else None,
        )
        for number, name, lane, made, held, held_bytes, stored, quarantined, lost in rows
    )
    return OutboxStatus(
        records=sum(epoch.held for epoch in epochs),
        bytes=sum(epoch.held_bytes for epoch in epochs),
        oldest_ms=min((each.oldest_ms for each in epochs if each.oldest_ms is not None), default=None),
        epochs=epochs,
    )


def read_status(path: Path) -> OutboxStatus:
    """Read the status beside the running gateway, or after its end.

    Raises
    ------
    StorageError
        If there is no outbox at `path`, or it cannot be read.
    """
    with _reading(path) as connection:
        return status_of(connection)


def read_held(path: Path) -> dict[str, list[tuple[int, int]]]:
    """Return, for each epoch, the inclusive ranges of seqs that wait.

    Raises
    ------
    StorageError
        If there is no outbox at `path`, or it cannot be read.
    """
    with _reading(path) as connection:
        return _held(connection)


def read_gone(path: Path) -> dict[str, list[tuple[int, int]]]:
    """Return, for each epoch, the inclusive ranges of seqs that were given out and wait no more.

    The cloud said it has them, or they gave way to others and are declared as gaps.

    Raises
    ------
    StorageError
        If there is no outbox at `path`, or it cannot be read.
    """
    with _reading(path) as connection:
        held = _held(connection)
        made = {epoch.epoch: epoch.made for epoch in status_of(connection).epochs}
    return {epoch: list(_between(held[epoch], last)) for epoch, last in made.items()}


def _held(connection: sqlite3.Connection) -> dict[str, list[tuple[int, int]]]:
    names = dict(connection.execute("SELECT number, name FROM epoch").fetchall())
    islands = connection.execute(
        "SELECT min(key), max(key) FROM (SELECT key, key - row_number() OVER (ORDER BY key) AS island"
        " FROM record) GROUP BY island ORDER BY 1"
    ).fetchall()
    held: dict[str, list[tuple[int, int]]] = {name: [] for name in names.values()}
    for first, last in islands:
        held[names[first // SEQ_SPAN]].append((first % SEQ_SPAN, last % SEQ_SPAN))
    return held


def _between(held: Iterable[tuple[int, int]], last: int) -> Iterator[tuple[int, int]]:
    """Yield the ranges from 1 to `last` that are in none of `held`, which come in order."""
    following = 1
    for first, end in (*held, (last + 1, last + 1)):
        if first > following:
            yield following, first - 1
        following = end + 1


class _reading:  # noqa: N801 - used as a function
    """Open read-only and close again, saying what is wrong in our own words."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None

    def __enter__(self) -> sqlite3.Connection:
        if not self._path.exists():
            raise StorageError(f"no outbox at {self._path}: name the file of a gateway that has run")
        try:
            self._connection = connect_read_only(self._path)
            self._connection.execute("BEGIN")
        except sqlite3.Error as error:
            raise refusal(self._path, error) from error
        return self._connection

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if self._connection is not None:
            self._connection.close()
        if isinstance(error, sqlite3.Error):
            raise refusal(self._path, error) from error


def _first_ms(connection: sqlite3.Connection, epoch_number: int) -> int | None:
    row = connection.execute(
        "SELECT from_ms FROM record WHERE key BETWEEN ? AND ? ORDER BY key LIMIT 1",
        (key_of(epoch_number, 0), key_of(epoch_number + 1, 0) - 1),
    ).fetchone()
    return row[0] if row else None
