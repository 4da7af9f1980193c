"""Writes points until every line is stored or refused."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from cloud.storage.influx.answers import LinesRefusedError, ServerBusyError
from cloud.storage.influx.database import Database
from vitals.errors import StorageError

LINES_A_REQUEST = 5_000  # under 1 MB; the servers' own limits are 10 MB and more


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedLine:
    """A line the server takes neither in company nor alone: its place among those sent, and the reason."""

    place: int
    text: str
    reason: str


class LineWriter:
    """Writes lines to one database, and leaves a server alone for as long as it asked."""

    def __init__(self, database: Database, *, monotonic_s: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._monotonic_s = monotonic_s
        self._busy_until_s = float("-inf")

    def write(self, lines: Sequence[str]) -> Sequence[RefusedLine]:
        """Store every line; return those that were refused, all others are stored.

        Raises
        ------
        StorageError
            If the server cannot store them now; writing them again is harmless.
        """
        if not lines:
            return ()
        self._respect_wait()
        try:
            return tuple(_write_all(self._database, lines))
        except StorageError as error:
            if isinstance(error, ServerBusyError):
                self._busy_until_s = self._monotonic_s() + error.wait_s
            self.close()
            raise

    def close(self) -> None:
        """Let go of the server; the next write asks again which it is."""
        self._database.close()

    def _respect_wait(self) -> None:
        left_s = self._busy_until_s - self._monotonic_s()
        if left_s > 0:
            raise StorageError(
                f"{self._database.server} asked to be left alone for another {left_s:.0f} s: wait"
            )


def _write_all(database: Database, lines: Sequence[str]) -> Iterator[RefusedLine]:
    for start in range(0, len(lines), LINES_A_REQUEST):
        yield from _write_or_halve(database, lines, start, min(start + LINES_A_REQUEST, len(lines)))


def _write_or_halve(database: Database, lines: Sequence[str], start: int, end: int) -> Iterator[RefusedLine]:
    """Find the lines that are refused by halving: servers differ in what they store beside a bad line."""
    try:
        database.write("\n".join(lines[start:end]).encode())
    except LinesRefusedError as refusal:
        if end - start == 1:
            yield RefusedLine(place=start, text=lines[start], reason=str(refusal))
            return
        middle = (start + end) // 2
        yield from _write_or_halve(database, lines, start, middle)
        yield from _write_or_halve(database, lines, middle, end)
