"""A history of any length, read in stretches that can be held."""

from collections.abc import Iterator
from typing import Final

from cloud.ports import Series, SeriesReader

__all__ = ["POINTS_AT_ONCE", "stretches"]

POINTS_AT_ONCE: Final = 50_000


def stretches(reader: SeriesReader, patient_id: str, kind: str, span_ms: tuple[int, int]) -> Iterator[Series]:
    """Yield all points of a half-open span, oldest first: what is more than may be held, in halves.

    Raises
    ------
    StorageError
        If the store cannot answer.
    """
    from_ms, to_ms = span_ms
    series = reader.observations(patient_id, kind, from_ms, to_ms, POINTS_AT_ONCE)
    if series.omitted and to_ms - from_ms > 1:
        middle_ms = (from_ms + to_ms) // 2
        yield from stretches(reader, patient_id, kind, (from_ms, middle_ms))
        yield from stretches(reader, patient_id, kind, (middle_ms, to_ms))
        return
    yield series
