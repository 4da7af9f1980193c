"""The epochs of one file: an epoch is a lane's numbering, begun anew whenever numbers could be doubted."""

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from edge.outbox.lanes import LANES, Lane


@dataclass(frozen=True, slots=True, kw_only=True)
class Epoch:
    """One numbering of one lane; `number` places its records in the file."""

    number: int
    name: str
    lane: Lane


class Epochs:
    """All epochs of a file; the newest of each lane takes what is appended."""

    def __init__(self, rows: list[Epoch]) -> None:
        self._by_number = {epoch.number: epoch for epoch in rows}
        self._by_name = {epoch.name: epoch for epoch in rows}
        self._current = {epoch.lane: epoch for epoch in rows}

    @classmethod
    def load(cls, connection: sqlite3.Connection) -> "Epochs":
        """Read them from the file."""
        rows = connection.execute("SELECT number, name, lane FROM epoch ORDER BY number").fetchall()
        return cls([Epoch(number=number, name=name, lane=Lane(lane)) for number, name, lane in rows])

    @classmethod
    def begin(
        cls, connection: sqlite3.Connection, new_epoch: Callable[[str], str], *, renew: bool
    ) -> "Epochs":
        """Read them, and begin one for each lane that has none; for every lane if `renew`."""
        numbered = {epoch.lane for epoch in cls.load(connection)}
        for lane in LANES:
            if renew or lane not in numbered:
                connection.execute("INSERT INTO epoch (name, lane) VALUES (?, ?)", (new_epoch(lane), lane))
        return cls.load(connection)

    def __iter__(self) -> Iterator[Epoch]:
        return iter(self._by_number.values())

    def current(self, lane: Lane) -> Epoch:
        """Return the epoch that numbers what enters `lane` now."""
        return self._current[lane]

    def of(self, lane: Lane) -> Iterator[Epoch]:
        """Yield the lane's epochs, oldest first."""
        return (epoch for epoch in self if epoch.lane is lane)

    def numbered(self, number: int) -> Epoch:
        """Return the epoch whose records lie at `number`."""
        return self._by_number[number]

    def named(self, name: str) -> Epoch | None:
        """Return the epoch called `name`, or None: it belongs to another file."""
        return self._by_name.get(name)
