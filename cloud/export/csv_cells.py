"""CSV that a spreadsheet opens and does nothing with: no cell is taken for a formula. Pure."""

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Final

from cloud.early_warning.local_time import LocalTime

__all__ = ["lines", "moments", "name_in_a_file"]

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
_LONGEST_NAME: Final = 60


def lines(header: Iterable[str], rows: Iterable[Iterable[object]]) -> Iterator[bytes]:
    """Yield a table as UTF-8 lines of CSV (RFC 4180), the header first; a missing value is an empty cell."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(header)
    yield b"\xef\xbb\xbf" + buffer.getvalue().encode()
    for row in rows:
        buffer.seek(0)
        buffer.truncate()
        writer.writerow([_cell(value) for value in row])
        yield buffer.getvalue().encode()


def moments(local: LocalTime, t_ms: int | None) -> tuple[str, str]:
    """Return a moment where the patient lives, with its offset, and in UTC; two empty cells for none.

    A time no calendar has is told by its number alone.
    """
    if t_ms is None:
        return "", ""
    try:
        there, utc = local.at(t_ms), datetime.fromtimestamp(t_ms / 1000, UTC)
    except (OverflowError, ValueError, OSError):
        return "", f"{t_ms} ms after 1970"
    return (
        there.isoformat(timespec="milliseconds"),
        utc.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    )


def name_in_a_file(text: str) -> str:
    """Return what of a text any file system takes for a name."""
    kept = "".join(one if one.isascii() and (one.isalnum() or one in "-_") else "-" for one in text)
    return kept.strip("-")[:_LONGEST_NAME] or "unnamed"


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float | int):
        return repr(value)
    text = str(value).replace("\0", "")
    return f"'{text}" if text.startswith(_FORMULA) else text
