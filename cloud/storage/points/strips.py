"""Strips of waveform, by series and beginning, in half the bytes they came in.

Samples follow one another closely: their differences, low bytes before high ones, deflate to less than half.
A strip that does not get smaller is kept as it came.
"""

import zlib
from collections.abc import Iterable, Sequence
from enum import IntEnum
from sqlite3 import Connection
from typing import Final

import numpy as np

from cloud.ports import IdentifiedRecord, Span, Strip
from cloud.storage.points.series_numbers import Numbering, number_of
from vitals.errors import DamagedError
from vitals.records import Waveform

__all__ = ["Coding", "read_spans", "read_strips", "write_strips"]

_LEVEL: Final = 6

_UPSERT = """
INSERT INTO strip (series_id, t0_ms, lead, end_ms, rate_hz, scale, zero, coding, samples)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (series_id, t0_ms, lead) DO UPDATE SET end_ms = excluded.end_ms, rate_hz = excluded.rate_hz,
    scale = excluded.scale, zero = excluded.zero, coding = excluded.coding, samples = excluded.samples
"""
_LONGEST = "UPDATE series SET longest_strip_ms = ? WHERE id = ? AND longest_strip_ms < ?"
_STRIPS = """
SELECT series.device, series.kind,
    strip.t0_ms + ifnull(clock_run.shift_ms, 0) AS right_ms,
    strip.rate_hz, strip.coding, strip.samples, strip.scale, strip.zero, strip.lead
FROM series JOIN clock_run ON clock_run.id = series.clock_run JOIN strip ON strip.series_id = series.id
    AND strip.t0_ms > :from_ms - ifnull(clock_run.shift_ms, 0) - series.longest_strip_ms
    AND strip.t0_ms < :to_ms - ifnull(clock_run.shift_ms, 0)
WHERE series.patient_id = :patient AND series.kind = :kind
    AND strip.end_ms > :from_ms - ifnull(clock_run.shift_ms, 0)
ORDER BY right_ms, series.device, strip.lead
"""


_ENDS = """
SELECT strip.t0_ms + ifnull(clock_run.shift_ms, 0) AS right_ms, strip.end_ms + ifnull(clock_run.shift_ms, 0)
FROM series JOIN clock_run ON clock_run.id = series.clock_run JOIN strip ON strip.series_id = series.id
    AND strip.t0_ms > :from_ms - ifnull(clock_run.shift_ms, 0) - series.longest_strip_ms
    AND strip.t0_ms < :to_ms - ifnull(clock_run.shift_ms, 0)
WHERE series.patient_id = :patient AND series.kind = :kind
    AND strip.end_ms > :from_ms - ifnull(clock_run.shift_ms, 0)
ORDER BY right_ms
"""
_JOINED_MS: Final = 100
"""Strips less than this apart are of one span: a radio's clock is not finer than that."""


class Coding(IntEnum):
    """How the samples of a row are kept."""

    AS_THEY_CAME = 0
    DIFFERENCES = 1


def write_strips(connection: Connection, numbering: Numbering, items: Iterable[IdentifiedRecord]) -> None:
    """Write those records that are strips; one of the same lead and start takes the newer samples."""
    for item in items:
        if isinstance(item.record, Waveform):
            _write(connection, number_of(connection, numbering, item, item.record), item.record)


def read_strips(connection: Connection, patient_id: str, kind: str, span: tuple[int, int]) -> Sequence[Strip]:
    """Read the strips that overlap a half-open span, oldest first.

    Raises
    ------
    DamagedError
        If one of them is damaged.
    """
    asked = {"patient": patient_id, "kind": kind, "from_ms": span[0], "to_ms": span[1]}
    return tuple(
        Strip(
            device=device,
            kind=kind,
            t0_ms=t0_ms,
            rate_hz=rate_hz,
            samples=_uncoded(coding, samples),
            scale=scale,
            offset=zero,
            lead=lead,
        )
        for device, kind, t0_ms, rate_hz, coding, samples, scale, zero, lead in connection.execute(
            _STRIPS, asked
        )
    )


def read_spans(connection: Connection, patient_id: str, kind: str, within: Span) -> Sequence[Span]:
    """Read where in a span there are strips, oldest first; their samples stay where they are."""
    asked = {"patient": patient_id, "kind": kind, "from_ms": within.from_ms, "to_ms": within.to_ms}
    spans: list[Span] = []
    for t0_ms, end_ms in connection.execute(_ENDS, asked):
        from_ms, to_ms = max(t0_ms, within.from_ms), min(end_ms, within.to_ms)
        if spans and from_ms - spans[-1].to_ms < _JOINED_MS:
            spans[-1] = Span(spans[-1].from_ms, max(spans[-1].to_ms, to_ms))
        else:
            spans.append(Span(from_ms, to_ms))
    return spans


def _write(connection: Connection, series_id: int, strip: Waveform) -> None:
    length_ms = int(len(strip.samples) // 2 * 1000 / strip.rate_hz) + 1
    coding, samples = _coded(strip.samples)
    place = (series_id, strip.t0_ms, strip.lead, strip.t0_ms + length_ms)
    connection.execute(_UPSERT, (*place, strip.rate_hz, strip.scale, strip.offset, coding, samples))
    connection.execute(_LONGEST, (length_ms, series_id, length_ms))


def _coded(samples: bytes) -> tuple[Coding, bytes]:
    steps = np.diff(np.frombuffer(samples, "<i2"), prepend=np.int16(0))  # may wrap, and wraps back
    planes = steps.astype("<i2").view(np.uint8).reshape(-1, 2).T.tobytes()
    packed = zlib.compress(planes, _LEVEL)
    if len(packed) < len(samples):
        return Coding.DIFFERENCES, packed
    return Coding.AS_THEY_CAME, samples


def _uncoded(coding: int, kept: bytes) -> bytes:
    if coding == Coding.AS_THEY_CAME:
        return kept
    try:
        planes = np.frombuffer(zlib.decompress(kept), np.uint8)
    except zlib.error as error:
        raise DamagedError(
            f"a strip is damaged ({error}): restore the last backup; other strips can be read"
        ) from error
    steps = np.ascontiguousarray(planes.reshape(2, -1).T).view("<i2").reshape(-1)
    return np.cumsum(steps, dtype="<i2").tobytes()
