"""A feeder's own account of what it made, kept beside the outbox and independent of it.

A number is written down before its records go to the outbox and again once the outbox has them. What a
kill leaves with the first word alone is undecided: it may be there, whole, or not.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

__all__ = ["Book", "Written", "read_book"]

_BEGUN: Final = "b"
_KEPT: Final = "k"


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """Numbers of appends: those the outbox said it keeps, and those a kill or a full disk cut short."""

    kept: Sequence[int]
    undecided: Sequence[int]

    @property
    def last(self) -> int:
        """The last number begun, 0 before the first."""
        return max([*self.kept[-1:], *self.undecided[-1:]], default=0)


class Book:
    """The book of one feeder, open for writing. A kill costs nothing that was written."""

    def __init__(self, path: Path) -> None:
        """Go on after the last number begun."""
        self._next = read_book(path).last + 1
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)

    def begin(self) -> int:
        """Write down that the next append is begun; return its number."""
        number = self._next
        self._next += 1
        self._write(_BEGUN, number)
        return number

    def keep(self, number: int) -> None:
        """Write down that the outbox has it."""
        self._write(_KEPT, number)

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)

    def _write(self, word: str, number: int) -> None:
        os.write(self._file, f"{word}{number}\n".encode())


def read_book(path: Path) -> Written:
    """Read what a feeder wrote down; nothing if it never began."""
    lines = path.read_text(encoding="ascii").splitlines() if path.exists() else []
    kept = {int(line[1:]) for line in lines if line.startswith(_KEPT)}
    begun = {int(line[1:]) for line in lines if line.startswith(_BEGUN)}
    return Written(kept=sorted(kept), undecided=sorted(begun - kept))
