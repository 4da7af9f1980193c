"""ECG on millimetre paper as SVG, in millimetres: what a page without scripts shows, and what is printed.

Pure geometry; browsers take a CSS millimetre as 1/25.4 inch of 96 dots, printers as a millimetre.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from cloud.ecg.beats import Beat
from cloud.ecg.stretches import Stretch

__all__ = ["GAINS", "SPEEDS", "EcgRow", "Mark", "Setting", "ecg_row"]

SPEEDS: Final = (12.5, 25.0, 50.0)
"""mm a second; 25 is usual."""
GAINS: Final = (5.0, 10.0, 20.0)
"""mm a millivolt; 10 is usual."""
BASELINE: Final = 0.6
"""Where the middle of the signal lies, of the height: more room above it than below."""
_EDGE_MM: Final = 0.5
_LEAST_MISSING_MS: Final = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """How fast the paper runs and how tall a millivolt is."""

    speed_mm_s: float = 25.0
    gain_mm_mv: float = 10.0

    def x_mm(self, span_ms: float) -> float:
        """Return how far a stretch of time reaches."""
        return span_ms * self.speed_mm_s / 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A beat: `name` is usual, early, other, early-other or unknown; `rr_ms` to the beat before."""

    x: float
    name: str
    rr_ms: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EcgRow:
    """One row of paper: all in mm but times; `missing` are (x, width) without signal.

    `is_clipped`: some of the trace is taller than the paper, and is not drawn.
    """

    from_ms: int
    to_ms: int
    width: float
    height: float
    path: str
    missing: tuple[tuple[float, float], ...]
    marks: tuple[Mark, ...]
    is_clipped: bool


def ecg_row(
    stretches: Sequence[Stretch],
    beats: Iterable[Beat],
    span_ms: tuple[int, int],
    setting: Setting,
    height_mm: float,
) -> EcgRow:
    """Draw from <= t < to; the middle of the signal lies on the baseline."""
    from_ms, to_ms = span_ms
    parts = [part for one in stretches if (part := _part(one, from_ms, to_ms)) is not None]
    middle_mv = float(np.median(np.concatenate([mv for _, mv in parts]))) if parts else 0.0
    above = [setting.gain_mm_mv * (mv - middle_mv) for _, mv in parts]
    baseline = _baseline(above, height_mm)
    drawn = [
        (setting.x_mm(1) * (times_ms - from_ms), baseline - up)
        for (times_ms, _), up in zip(parts, above, strict=True)
    ]
    covered = [(times_ms[0], times_ms[-1]) for times_ms, _ in parts]
    return EcgRow(
        from_ms=from_ms,
        to_ms=to_ms,
        width=setting.x_mm(to_ms - from_ms),
        height=height_mm,
        path="".join(_path(x, y) for x, y in drawn),
        missing=tuple(
            (round(setting.x_mm(start - from_ms), 2), round(setting.x_mm(end - start), 2))
            for start, end in _missing(covered, from_ms, to_ms)
        ),
        marks=tuple(_mark(beat, from_ms, setting) for beat in beats if from_ms <= beat.t_ms < to_ms),
        is_clipped=any(bool((y < 0).any() or (y > height_mm).any()) for _, y in drawn),
    )


def _baseline(above: Sequence["_Numbers"], height_mm: float) -> float:
    """Return where the middle of the signal lies: moved up or down if that shows all of a tall one."""
    usual = BASELINE * height_mm
    if not above:
        return usual
    highest, lowest = max(float(up.max()) for up in above), min(float(up.min()) for up in above)
    least, most = highest + _EDGE_MM, height_mm + lowest - _EDGE_MM
    return usual if least > most else min(max(usual, least), most)


_Numbers = np.ndarray[tuple[int], np.dtype[np.float64]]


def _part(stretch: Stretch, from_ms: int, to_ms: int) -> tuple[_Numbers, _Numbers] | None:
    """Return times and mV of the samples of a stretch in from <= t < to."""
    edges = [*stretch.starts, len(stretch.ecg_mv)]
    times_ms = np.concatenate(
        [
            t0_ms + np.arange(stop - start) * (1000 / stretch.rate_hz)
            for t0_ms, start, stop in zip(stretch.starts_ms, edges, edges[1:], strict=False)
        ]
    )
    inside = (times_ms >= from_ms) & (times_ms < to_ms)
    return (times_ms[inside], stretch.ecg_mv[inside]) if inside.any() else None


def _path(x: _Numbers, y: _Numbers) -> str:
    """Return a line in hundredths of a millimetre, each point by its distance from the one before."""
    places = np.round(np.stack([x, y], axis=1) * 100).astype(int)
    first, steps = places[0], np.diff(places, axis=0)
    return f"M{first[0]} {first[1]}l" + " ".join(f"{dx} {dy}" for dx, dy in steps.tolist()) + "h0"


def _missing(
    covered: Sequence[tuple[float, float]], from_ms: float, to_ms: float
) -> Iterable[tuple[float, float]]:
    at_ms = from_ms
    for start, end in covered:
        if start - at_ms > _LEAST_MISSING_MS:
            yield at_ms, start
        at_ms = max(at_ms, end)
    if to_ms - at_ms > _LEAST_MISSING_MS:
        yield at_ms, to_ms


def _mark(beat: Beat, from_ms: int, setting: Setting) -> Mark:
    if beat.is_early is None or beat.is_other is None:
        name = "unknown"
    else:
        said = [word for word, is_so in (("early", beat.is_early), ("other", beat.is_other)) if is_so]
        name = "-".join(said) or "usual"
    rr_ms = None if beat.rr_ms is None else round(beat.rr_ms)
    return Mark(x=round(setting.x_mm(beat.t_ms - from_ms), 2), name=name, rr_ms=rr_ms)
