"""The heart's trace around the beginning of an event: as much as fits the width of a sheet at 25 mm/s."""

from collections.abc import Iterable
from typing import Final

import numpy as np

from cloud.ports import SeriesReader, Strip
from cloud.reports.contents import Trace

__all__ = ["AFTER_MS", "BEFORE_MS", "SHOWN_MS", "traces"]

SHOWN_MS: Final = 7_200
"""180 mm at 25 mm/s: an A4 sheet within its margins."""
BEFORE_MS: Final = 2_000
AFTER_MS: Final = SHOWN_MS - BEFORE_MS
_ECG: Final = "ecg"


def traces(series: SeriesReader, patient_id: str, at_ms: int) -> tuple[Trace, ...]:
    """Return what is kept of the best kept lead around a moment, piece by piece: gaps stay gaps.

    Raises
    ------
    StorageError
        If the store cannot answer.
    """
    from_ms, to_ms = at_ms - BEFORE_MS, at_ms + AFTER_MS
    found = series.waveforms(patient_id, _ECG, from_ms, to_ms)
    cut = [(strip, _cut(strip, from_ms, to_ms)) for strip in found]
    by_lead: dict[tuple[str, str], list[Trace]] = {}
    for strip, trace in cut:
        if len(trace.values):
            by_lead.setdefault((strip.device, strip.lead), []).append(trace)
    return tuple(max(by_lead.values(), key=_lasting_s)) if by_lead else ()


def _cut(strip: Strip, from_ms: int, to_ms: int) -> Trace:
    step_ms = 1_000 / strip.rate_hz
    values = np.frombuffer(strip.samples, "<i2").astype(np.float32) * strip.scale + strip.offset
    first = max(0, int(np.ceil((from_ms - strip.t0_ms) / step_ms)))
    last = max(first, int(np.ceil((to_ms - strip.t0_ms) / step_ms)))
    return Trace(
        t0_ms=round(strip.t0_ms + first * step_ms),
        rate_hz=strip.rate_hz,
        lead=strip.lead,
        values=values[first:last].astype(np.float32),
    )


def _lasting_s(pieces: Iterable[Trace]) -> float:
    return sum(len(each.values) / each.rate_hz for each in pieces)
