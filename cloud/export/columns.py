"""Files of one kind and period, for programs: CSV and Parquet of one set of columns, written as read."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from cloud.early_warning.local_time import LocalTime
from cloud.export.csv_cells import lines, moments
from cloud.export.stretches import stretches
from cloud.ports import SeriesReader
from vitals.kinds import OBSERVATION_KINDS

__all__ = ["HEADER", "FileForm", "Wanted", "csv_pieces"]

HEADER: Final = ("time", "time_utc", "value", "unit", "quality_0_to_1", "device")
_PIECE_BYTES: Final = 1 << 16


class FileForm(StrEnum):
    """How a file is written; its value is what the file's name ends in."""

    CSV = "csv"
    PARQUET = "parquet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One kind over from <= t < to."""

    patient_id: str
    kind: str
    from_ms: int
    to_ms: int


def csv_pieces(reader: SeriesReader, local: LocalTime, wanted: Wanted) -> Iterator[bytes]:
    """Yield the CSV, some lines at a time.

    Raises
    ------
    StorageError
        If the store cannot answer: what came before is not all.
    """
    yield from _joined(lines(HEADER, _rows(reader, local, wanted)))


def _rows(reader: SeriesReader, local: LocalTime, wanted: Wanted) -> Iterator[Sequence[object]]:
    unit = OBSERVATION_KINDS[wanted.kind].unit_display
    for series in stretches(reader, wanted.patient_id, wanted.kind, (wanted.from_ms, wanted.to_ms)):
        for point in series.points:
            yield (*moments(local, point.t_ms), point.value, unit, point.quality, point.device)


def _joined(parts: Iterable[bytes]) -> Iterator[bytes]:
    waiting = bytearray()
    for part in parts:
        waiting += part
        if len(waiting) >= _PIECE_BYTES:
            yield bytes(waiting)
            waiting.clear()
    yield bytes(waiting)
