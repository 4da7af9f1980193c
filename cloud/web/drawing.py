"""Curves as SVG path data: pure geometry, so that a page without scripts shows them too."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Final, NamedTuple

from cloud.ports import Point

__all__ = ["Box", "Curve", "curve", "trace_paths"]

GAP_MS: Final = 15_000
"""Points further apart are not joined: what was not measured is not drawn."""
_STEPS_MISSED: Final = 2.5
"""The same of what comes more rarely, in steps between two points: one of them lost is no gap."""
_LEAST_SPAN: Final = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """The drawing's size, in SVG units."""

    width: float
    height: float
    margin: float = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """Values over time, ready to draw: `gaps` are (x, width) of stretches between points not joined.

    `low` and `high` are the extremes of the values themselves, `bottom` and `top` those of the drawing.
    """

    box: Box
    path: str
    gaps: tuple[tuple[float, float], ...]
    low: float
    high: float
    from_ms: int
    to_ms: int
    bottom: float
    top: float

    def x(self, t_ms: int) -> float:
        """Return the place of a time."""
        return round((t_ms - self.from_ms) / (self.to_ms - self.from_ms) * self.box.width, 1)

    def y(self, value: float) -> float:
        """Return the place of a value."""
        return _y(value, self.bottom, self.top, self.box)


def curve(
    points: Sequence[Point], from_ms: int, to_ms: int, box: Box, *, also: Sequence[float] = ()
) -> Curve | None:
    """Return the curve of `points` over a period, scaled to show `also` too; None without points.

    A point that is joined to none is a dot.
    """
    if not points:
        return None
    values = [point.value for point in points]
    bottom, top = _widened(min((*values, *also)), max((*values, *also)))
    scale_x = box.width / (to_ms - from_ms)
    placed = [
        _Placed(point.t_ms, (point.t_ms - from_ms) * scale_x, _y(point.value, bottom, top, box))
        for point in points
    ]
    gap_ms = _gap_ms(placed)
    return Curve(
        box=box,
        path=_path(placed, gap_ms),
        gaps=tuple(_gaps(placed, gap_ms)),
        low=min(values),
        high=max(values),
        from_ms=from_ms,
        to_ms=to_ms,
        bottom=bottom,
        top=top,
    )


def trace_paths(traces_uv: Sequence[Sequence[float]], box: Box) -> list[str]:
    """Return the path of each trace over the whole box, all at one scale; one without samples is empty."""
    every = [sample for trace in traces_uv for sample in trace]
    low, high = min(every, default=0.0), max(every, default=0.0)
    return [_trace_path(trace, low, max(high - low, 1.0), box) for trace in traces_uv]


def _trace_path(samples_uv: Sequence[float], low: float, span: float, box: Box) -> str:
    if not samples_uv:
        return ""
    inner = box.height - 2 * box.margin
    step = box.width / max(len(samples_uv) - 1, 1)
    return "M" + "L".join(
        f"{index * step:.1f} {box.height - box.margin - (sample - low) / span * inner:.1f}"
        for index, sample in enumerate(samples_uv)
    )


class _Placed(NamedTuple):
    t_ms: int
    x: float
    y: float


def _gap_ms(placed: Sequence[_Placed]) -> float:
    steps_ms = [after.t_ms - before.t_ms for before, after in pairwise(placed)]
    return max(GAP_MS, _STEPS_MISSED * median(steps_ms)) if steps_ms else GAP_MS


def _path(placed: Sequence[_Placed], gap_ms: float) -> str:
    joined = [False, *(after.t_ms - before.t_ms <= gap_ms for before, after in pairwise(placed)), False]
    return "".join(
        f"{'L' if to_last else 'M'}{point.x:.1f} {point.y:.1f}{'' if to_last or to_next else 'h0'}"
        for point, (to_last, to_next) in zip(placed, pairwise(joined), strict=True)
    )


def _gaps(placed: Sequence[_Placed], gap_ms: float) -> Iterable[tuple[float, float]]:
    for before, after in pairwise(placed):
        if after.t_ms - before.t_ms > gap_ms:
            yield round(before.x, 1), round(after.x - before.x, 1)


def _widened(low: float, high: float) -> tuple[float, float]:
    missing = max(0.0, _LEAST_SPAN - (high - low)) / 2
    return low - missing, high + missing


def _y(value: float, bottom: float, top: float, box: Box) -> float:
    share = (value - bottom) / (top - bottom)
    return round(box.height - box.margin - share * (box.height - 2 * box.margin), 1)
