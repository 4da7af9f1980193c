"""What differs between wearers and their wearables, played upon rows of RR intervals while training.

A row that varies is no new patient, but a network that saw premature beats, lost beats, false beats and
silences in every patient cannot take them for fibrillation, nor learn one person's habits by heart.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

__all__ = ["VARIATIONS", "Row", "Variation", "varied"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """``(n,)`` intervals in ms, whether each is fibrillation, and how much it counts (0: not at all)."""

    rr_ms: NDArray[np.float64]
    is_af: NDArray[np.bool_]
    weight: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.rr_ms)

    def part(self, start: int, length: int) -> "Row":
        """Return a stretch of it."""
        chosen = slice(start, start + length)
        return Row(rr_ms=self.rr_ms[chosen], is_af=self.is_af[chosen], weight=self.weight[chosen])

    def without(self, places: NDArray[np.int64]) -> "Row":
        """Leave intervals out."""
        return Row(
            rr_ms=np.delete(self.rr_ms, places),
            is_af=np.delete(self.is_af, places),
            weight=np.delete(self.weight, places),
        )

    def with_before(self, places: NDArray[np.int64], rr_ms: NDArray[np.float64]) -> "Row":
        """Put intervals before others, that count as those do."""
        return Row(
            rr_ms=np.insert(self.rr_ms, places, rr_ms),
            is_af=np.insert(self.is_af, places, self.is_af[places]),
            weight=np.insert(self.weight, places, self.weight[places]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Variation:
    """One row of the table: the share of stretches it is played upon, and what it does."""

    name: str
    share: float
    play: Callable[[Row, Generator], Row]


def varied(row: Row, random: Generator) -> Row:
    """Cut a row into stretches of a few minutes and vary each by itself."""
    stretches, start = [], 0
    while start < len(row):
        length = int(random.integers(*_STRETCH))
        stretch = row.part(start, length)
        start += length
        for variation in VARIATIONS:
            if len(stretch) > _SHORTEST and random.random() < variation.share:
                stretch = variation.play(stretch, random)
        stretches.append(stretch)
    return Row(
        rr_ms=np.concatenate([stretch.rr_ms for stretch in stretches]),
        is_af=np.concatenate([stretch.is_af for stretch in stretches]),
        weight=np.concatenate([stretch.weight for stretch in stretches]),
    )


_STRETCH: Final = (150, 1500)
_SHORTEST: Final = 20


def _faster_or_slower(row: Row, random: Generator) -> Row:
    return replace(row, rr_ms=row.rr_ms * np.exp(random.normal(0.0, 0.1)))


def _ectopic(row: Row, random: Generator) -> Row:
    """Let beats of a rhythm that is no fibrillation come early, with a pause after them or without."""
    places = _premature(row, random)
    rr_ms = row.rr_ms.copy()
    prematurity = random.uniform(0.5, 0.92) + random.normal(0.0, random.uniform(0.0, 0.08), len(places))
    early_ms = rr_ms[places] * np.clip(prematurity, 0.35, 0.95)
    full_pause_ms = rr_ms[places] + rr_ms[places + 1] - early_ms
    is_compensated = random.random(len(places)) < random.choice([0.0, 1.0, random.random()])
    reset_ms = rr_ms[places + 1] * random.uniform(0.95, 1.15)
    rr_ms[places], rr_ms[places + 1] = early_ms, np.where(is_compensated, full_pause_ms, reset_ms)
    ectopic = replace(row, rr_ms=rr_ms)
    if random.random() < _COUPLETS_SHARE:
        second = places[random.random(len(places)) < random.uniform(0.05, 0.4)]
        second_ms = rr_ms[second] * random.uniform(0.9, 1.1, len(second))
        return ectopic.with_before(second + 1, second_ms)
    return ectopic


_COUPLETS_SHARE: Final = 0.3
_REGULAR_SHARE: Final = 0.5
_MOST_AT_RANDOM: Final = 0.2
"""More premature beats than these come in a pattern; at random they would be what fibrillation looks like."""


def _premature(row: Row, random: Generator) -> NDArray[np.int64]:
    """Where beats come early: every second to fourth, or now and then; never two in a row."""
    if random.random() < _REGULAR_SHARE:
        period = int(random.integers(2, 5))
        is_early = np.arange(len(row)) % period == random.integers(0, period)
        is_early &= random.random(len(row)) < random.uniform(0.6, 1.0)
    else:
        is_early = random.random(len(row)) < np.exp(random.uniform(np.log(0.01), np.log(_MOST_AT_RANDOM)))
    is_early &= ~row.is_af & np.append(~row.is_af[1:], [False])
    is_early[1:] &= ~is_early[:-1]
    return np.flatnonzero(is_early)


def _beats_missed(row: Row, random: Generator) -> Row:
    """Join two intervals here and there: the beat between them was not seen."""
    places = _some(len(row) - 1, random, most=0.03)
    places = places[np.diff(places, prepend=-2) > 1]
    rr_ms = row.rr_ms.copy()
    rr_ms[places + 1] += rr_ms[places]
    return replace(row, rr_ms=rr_ms).without(places)


def _beats_added(row: Row, random: Generator) -> Row:
    """Part an interval here and there: a beat was seen that was none."""
    places = _some(len(row), random, most=0.02)
    first_ms = row.rr_ms[places] * random.uniform(0.25, 0.75, len(places))
    rr_ms = row.rr_ms.copy()
    rr_ms[places] -= first_ms
    return replace(row, rr_ms=rr_ms).with_before(places, first_ms)


def _jittered(row: Row, random: Generator) -> Row:
    """Move each beat by a few milliseconds, as a pulse wave's foot is less sharp than an R peak."""
    beats_ms = random.normal(0.0, random.uniform(0.0, 10.0), len(row) + 1)
    return replace(row, rr_ms=row.rr_ms + np.diff(beats_ms))


def _in_1024ths(row: Row, _: Generator) -> Row:
    """Round to the 1/1024 s of the Heart Rate Measurement."""
    return replace(row, rr_ms=np.round(row.rr_ms * 1.024) / 1.024)


def _silent(row: Row, random: Generator) -> Row:
    """Let some runs of intervals be unknown, as when notifications are lost."""
    rr_ms = row.rr_ms.copy()
    for start in random.integers(0, len(row), int(random.integers(1, 4))):
        rr_ms[start : start + int(random.integers(1, 25))] = np.nan
    return replace(row, rr_ms=rr_ms)


def _mute(row: Row, random: Generator) -> Row:
    """Let nothing be known for some minutes: what nobody knows is not called fibrillation."""
    start, length = int(random.integers(0, len(row))), int(random.integers(100, 600))
    rr_ms, is_af = row.rr_ms.copy(), row.is_af.copy()
    rr_ms[start : start + length] = np.nan
    is_af[start + _STILL_NEAR : start + length - _STILL_NEAR] = False
    return replace(row, rr_ms=rr_ms, is_af=is_af)


_STILL_NEAR: Final = 40
"""So near to what is known the rhythm may be told from it."""


def _some(count: int, random: Generator, *, most: float) -> NDArray[np.int64]:
    share = np.exp(random.uniform(np.log(0.001), np.log(most)))
    return np.flatnonzero(random.random(count) < share)


VARIATIONS: Final = (
    Variation(name="faster or slower", share=1.0, play=_faster_or_slower),
    Variation(name="ectopic beats", share=0.5, play=_ectopic),
    Variation(name="beats missed", share=0.35, play=_beats_missed),
    Variation(name="beats added", share=0.25, play=_beats_added),
    Variation(name="jitter", share=0.4, play=_jittered),
    Variation(name="1/1024 s", share=0.3, play=_in_1024ths),
    Variation(name="silence", share=0.3, play=_silent),
    Variation(name="long silence", share=0.1, play=_mute),
)
