"""A bedside score as a table: rows of bands, and what a set of measurements earns on them.

A measurement that is missing or too old never counts as zero: its row may earn anything from its least to
its most points, and the score is the range from the one sum to the other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from math import floor, inf
from typing import Final

__all__ = ["Band", "Consciousness", "Measured", "PartScore", "Row", "ScoreRange", "row", "score_of"]

_SAME_STEP: Final = 6
"""Decimals to which a value in steps is taken, so that 36.1 / 0.1 is 361 and no less."""


class Consciousness(IntEnum):
    """ACVPU; NEWS2 scores all but ``ALERT`` alike."""

    ALERT = 0
    CONFUSED = 1
    VOICE = 2
    PAIN = 3
    UNRESPONSIVE = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A value in its row's unit, and how old it is."""

    value: float
    age_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """The points of values up to and including ``upto``, from the band below it."""

    upto: float
    points: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One parameter of a score: bands in rising order, the last without an end.

    A value is rounded to ``resolution``, half up, before it is looked up: the charts leave no gap between
    36.0 and 36.1.
    """

    key: str
    display: str
    ucum: str
    resolution: float
    bands: tuple[Band, ...]

    @property
    def least(self) -> int:
        """The fewest points the row can give."""
        return min(band.points for band in self.bands)

    @property
    def most(self) -> int:
        """The most points the row can give."""
        return max(band.points for band in self.bands)

    def points(self, value: float) -> int:
        """Return the points of a value in the row's unit."""
        step = floor(round(value / self.resolution, _SAME_STEP) + 0.5)
        return next(
            band.points
            for band in self.bands
            if band.upto == inf or step <= round(band.upto / self.resolution)
        )


def row(key: str, display: str, ucum: str, resolution: float, *bands: tuple[float | None, int]) -> Row:
    """Return a row from (last value, points) pairs; the last pair's value is ``None``."""
    return Row(
        key=key,
        display=display,
        ucum=ucum,
        resolution=resolution,
        bands=tuple(Band(upto=inf if upto is None else upto, points=points) for upto, points in bands),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PartScore:
    """What one parameter gives: ``lowest`` to ``highest`` points, the same where it was measured."""

    key: str
    display: str
    ucum: str
    measured: Measured | None
    is_current: bool
    lowest: int
    highest: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreRange:
    """A score as far as it is known: the true one lies in ``lowest`` to ``highest``."""

    name: str
    parts: tuple[PartScore, ...]

    @property
    def lowest(self) -> int:
        """The score if all that is missing were normal."""
        return sum(part.lowest for part in self.parts)

    @property
    def highest(self) -> int:
        """The score if all that is missing were at its worst."""
        return sum(part.highest for part in self.parts)

    @property
    def missing(self) -> tuple[PartScore, ...]:
        """The parts without a current measurement."""
        return tuple(part for part in self.parts if not part.is_current)

    @property
    def oldest_ms(self) -> int | None:
        """Age of the oldest measurement that counts; ``None`` where none does."""
        return max((p.measured.age_ms for p in self.parts if p.measured and p.is_current), default=None)


def score_of(
    name: str,
    choices: Sequence[tuple[Row, ...]],
    measured: Mapping[str, Measured],
    *,
    current_for_ms: int,
) -> ScoreRange:
    """Score measurements by rows; each choice is the rows that may apply, one where it is certain."""
    return ScoreRange(
        name=name, parts=tuple(_part(rows, measured.get(rows[0].key), current_for_ms) for rows in choices)
    )


def _part(rows: tuple[Row, ...], measured: Measured | None, current_for_ms: int) -> PartScore:
    is_current = measured is not None and measured.age_ms <= current_for_ms
    if measured is not None and is_current:
        points = [row.points(measured.value) for row in rows]
        lowest, highest = min(points), max(points)
    else:
        lowest, highest = min(row.least for row in rows), max(row.most for row in rows)
    return PartScore(
        key=rows[0].key,
        display=rows[0].display,
        ucum=rows[0].ucum,
        measured=measured,
        is_current=is_current,
        lowest=lowest,
        highest=highest,
    )
