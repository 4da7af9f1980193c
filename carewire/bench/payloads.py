"""What is going to be sent, made before the clock starts: in a file, since it may not fit into memory."""

import mmap
from collections.abc import Iterable
from typing import IO

__all__ = ["Payloads"]


class Payloads:
    """Payloads by number, in a file that is mapped into memory."""

    def __init__(self, file: IO[bytes], payloads: Iterable[bytes]) -> None:
        """Write `payloads`, of which there is at least one, to a new binary file."""
        self._ends = [0]
        for payload in payloads:
            file.write(payload)
            self._ends.append(self._ends[-1] + len(payload))
        file.flush()
        self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)

    def __len__(self) -> int:
        return len(self._ends) - 1

    def __getitem__(self, number: int) -> bytes:
        if number >= len(self):
            raise IndexError(number)
        return self._map[self._ends[number] : self._ends[number + 1]]

    @property
    def mean_bytes(self) -> int:
        """How large they are on average."""
        return self._ends[-1] // len(self)
