"""The simulator's book: everything its wearables measured, and whether it was sent, a line of JSON each.

| field      | what it is                                                                               |
|------------|------------------------------------------------------------------------------------------|
| `device`   | the wearable's Bluetooth address                                                         |
| `uuid`     | the characteristic                                                                       |
| `sequence` | the frame's or record's number, `null` where there is none                               |
| `lived_s`  | when it was taken, in seconds of the wearer's life; of a stretch of samples, its first's |
| `wall_ms`  | when that truly was, whatever the wearable's clock says                                  |
| `sent`     | whether the value went out unspoiled to somebody who had subscribed                      |
| `values`   | the message as its codec reads it; of samples, counts by channel                         |

What is kept until somebody fetches it has a line when it is taken and another each time it is sent. Samples
that nobody listened to have a line too, without a sequence.
"""

from dataclasses import dataclass
from io import FileIO
from pathlib import Path

import msgspec

from vitals.errors import ConfigurationError

__all__ = ["Book", "Entry"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line."""

    device: str
    uuid: str
    sequence: int | None
    lived_s: float
    wall_ms: float
    sent: bool
    values: object


class Book:
    """Written to `path`, line by line; without a path nothing is kept."""

    def __init__(self, path: Path | None) -> None:
        self._file = None if path is None else _opened(path)
        self._encoder = msgspec.json.Encoder()

    @property
    def is_kept(self) -> bool:
        """Whether anything is written down."""
        return self._file is not None

    def write(self, entry: Entry) -> None:
        """Add a line."""
        if self._file is not None:
            self._file.write(self._encoder.encode(entry) + b"\n")

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()


def _opened(path: Path) -> FileIO:
    try:
        return path.open("wb", buffering=0)
    except OSError as error:
        raise ConfigurationError(f"the book {path} cannot be written ({error}): name another file") from error
