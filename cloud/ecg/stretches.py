"""Strips of one lead of one device, put together where nothing is missing between them."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from cloud.ports import Strip

__all__ = [
    "JOINED_STEPS",
    "Source",
    "Stretch",
    "main_source",
    "overlapping",
    "sources",
    "stretches",
]

JOINED_STEPS: Final = 3.0
"""So many steps between two samples may lie between two strips that are one signal."""


class Source(NamedTuple):
    """What a strip was measured by; written `device.lead`."""

    device: str
    lead: str

    def __str__(self) -> str:
        """Return it as addresses name it."""
        return f"{self.device}.{self.lead}"

    @classmethod
    def read(cls, text: str) -> Self:
        """Return the source that an address names."""
        device, _, lead = text.partition(".")
        return cls(device, lead)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stretch:
    """An unbroken signal: ``(n,) float64`` mV at `rate_hz`.

    `starts` are the places at which a strip begins, `starts_ms` their times: each strip was stamped anew.
    """

    rate_hz: float
    ecg_mv: NDArray[np.float64]
    starts: tuple[int, ...]
    starts_ms: tuple[int, ...]

    @property
    def from_ms(self) -> int:
        """When its first sample was taken."""
        return self.starts_ms[0]

    @property
    def to_ms(self) -> float:
        """When the sample after its last would have been."""
        return self.t_ms(len(self.ecg_mv))

    def t_ms(self, place: int) -> float:
        """Return when the sample at a place was taken."""
        strip = bisect_right(self.starts, place) - 1
        return self.starts_ms[strip] + (place - self.starts[strip]) * 1000 / self.rate_hz


def _source_of(strip: Strip) -> Source:
    """Return what a strip was measured by."""
    return Source(strip.device, strip.lead)


def overlapping(strips: Iterable[Strip], from_ms: int, to_ms: int) -> list[Strip]:
    """Return those strips of which something lies in from <= t < to."""
    return [strip for strip in strips if strip.t0_ms < to_ms and _end_ms(strip) > from_ms]


def sources(strips: Iterable[Strip]) -> Sequence[Source]:
    """Return what strips were measured by, the one there is most of first."""
    length_s: Counter[Source] = Counter()
    for strip in strips:
        length_s[_source_of(strip)] += round(1000 * len(strip.samples) / strip.rate_hz)
    return [source for source, _ in sorted(length_s.items(), key=lambda each: (-each[1], each[0]))]


def main_source(strips: Iterable[Strip], asked: Source | None = None) -> Source | None:
    """Return the source that is asked for if there is anything of it, else the one there is most of."""
    found = sources(strips)
    return asked if asked in found else next(iter(found), None)


def stretches(strips: Iterable[Strip], source: Source) -> Sequence[Stretch]:
    """Put strips of one source, oldest first, together; one that overlaps what is there is cut short."""
    runs: list[list[Strip]] = []
    for strip in strips:
        if _source_of(strip) != source or not strip.samples:
            continue
        if runs and _follows(runs[-1][-1], strip):
            runs[-1].append(strip)
        elif not runs or strip.t0_ms >= _end_ms(runs[-1][-1]):
            runs.append([strip])
    return [_stretch(run) for run in runs]


def _follows(before: Strip, strip: Strip) -> bool:
    step_ms = 1000 / strip.rate_hz
    is_near = abs(strip.t0_ms - _end_ms(before)) <= JOINED_STEPS * step_ms
    return is_near and strip.rate_hz == before.rate_hz


def _end_ms(strip: Strip) -> float:
    return strip.t0_ms + len(strip.samples) / 2 * 1000 / strip.rate_hz


def _stretch(run: Sequence[Strip]) -> Stretch:
    rows = [np.frombuffer(strip.samples, "<i2") * strip.scale + strip.offset for strip in run]
    starts = np.cumsum([0, *(len(row) for row in rows[:-1])])
    return Stretch(
        rate_hz=run[0].rate_hz,
        ecg_mv=np.concatenate(rows).astype(np.float64),
        starts=tuple(starts.tolist()),
        starts_ms=tuple(strip.t0_ms for strip in run),
    )
