"""What wearables measured against what is kept of it: each sample is stored once, or stated as missing. Pure.

Times tell samples apart only roughly: the gateway reckons them from when notifications came. So a value is
looked for near its time, and a strip of a signal where its samples are those that were measured.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from carewire.accounting.alignment import Tolerance, aligned
from carewire.accounting.samples import Missing, Name, Samples, Strip

__all__ = ["Verdict", "reconcile", "reconcile_strips"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of everything measured under one name.

    `declared` is stated as missing, `lost` is neither stored nor stated, `invented` is stored and was never
    measured, or is stored twice. `lost_at_ms` names the first few of the lost.
    """

    name: Name
    made: int
    stored: int
    declared: int
    lost: int
    invented: int
    lost_at_ms: tuple[float, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether every sample is accounted for."""
        return not self.lost and not self.invented


def reconcile(
    name: Name,
    made: Samples,
    stored: Samples,
    missing: Sequence[Missing],
    tolerance: Tolerance,
) -> Verdict:
    """Compare single values, each stored one with a measured one of its size near its time.

    Those that the order of times leaves over may have changed places: they are looked for once more.
    """
    is_declared = _declared(name, made.t_ms, missing, tolerance.near_ms)
    places = aligned(made, stored, is_declared, tolerance)
    is_found = np.zeros(len(made), dtype=bool)
    is_found[places[places >= 0]] = True
    invented = 0
    for number in np.flatnonzero(places < 0):
        place = _elsewhere(made, is_found, (stored.t_ms[number], stored.value[number]), tolerance)
        if place is None:
            invented += 1
        else:
            is_found[place] = True
    return _verdict(name, made, is_found, is_declared, invented=invented)


def reconcile_strips(
    name: Name,
    made: Samples,
    stored: Sequence[Strip],
    missing: Sequence[Missing],
    tolerance: Tolerance,
) -> Verdict:
    """Compare a signal: each stored strip lies where its samples are those measured, nearest to its time."""
    is_found = np.zeros(len(made), dtype=bool)
    invented = 0
    for strip in stored:
        at = _place(made, strip, tolerance)
        if at is None:
            invented += len(strip.value)
            continue
        covered = slice(at, at + len(strip.value))
        invented += int(is_found[covered].sum())
        is_found[covered] = True
    declared = _declared(name, made.t_ms, missing, tolerance.near_ms)
    return _verdict(name, made, is_found, declared, invented=invented)


_MOST_NAMED = 5


def _elsewhere(
    made: Samples, is_found: NDArray[np.bool_], told: tuple[float, float], tolerance: Tolerance
) -> int | None:
    """Return the nearest measured value of that size that is still left over."""
    t_ms, value = told
    away_ms = np.abs(made.t_ms - t_ms)
    fits = ~is_found & (away_ms <= tolerance.near_ms) & (np.abs(made.value - value) <= tolerance.resolution)
    return int(np.argmin(np.where(fits, away_ms, np.inf))) if fits.any() else None


def _place(made: Samples, strip: Strip, tolerance: Tolerance) -> int | None:
    """Return at which measured sample a strip begins; `None`: nowhere near its time."""
    count, near_ms = len(strip.value), tolerance.near_ms
    first, last = np.searchsorted(made.t_ms, (strip.t0_ms - near_ms, strip.t0_ms + near_ms), side="left")
    near = made.value[first : last + count - 1]
    if len(near) < count:
        return None
    off = np.abs(sliding_window_view(near, count) - strip.value)
    fits: NDArray[np.bool_] = np.all(off <= tolerance.resolution, axis=1)
    if not fits.any():
        return None
    away_ms = np.abs(made.t_ms[first : first + len(fits)] - strip.t0_ms)
    return int(first) + int(np.argmin(np.where(fits, away_ms, np.inf)))


def _declared(
    name: Name, t_ms: NDArray[np.float64], missing: Sequence[Missing], near_ms: float
) -> NDArray[np.bool_]:
    """Return which moments lie in a gap that is stated."""
    is_declared = np.zeros(len(t_ms), dtype=bool)
    for gap in missing:
        if (gap.device, gap.kind) == (name.device, name.kind):
            is_declared |= (t_ms >= gap.from_ms - near_ms) & (t_ms <= gap.to_ms + near_ms)
    return is_declared


def _verdict(
    name: Name,
    made: Samples,
    is_found: NDArray[np.bool_],
    is_declared: NDArray[np.bool_],
    *,
    invented: int,
) -> Verdict:
    is_lost = ~is_found & ~is_declared
    return Verdict(
        name=name,
        made=len(made),
        stored=int(is_found.sum()),
        declared=int((is_declared & ~is_found).sum()),
        lost=int(is_lost.sum()),
        invented=invented,
        lost_at_ms=tuple(made.t_ms[is_lost][:_MOST_NAMED].tolist()),
    )
