"""What is usual for one person at this time of day: median and spread over their own last weeks.

Hours of the day stand in 24 bins, each with one value a day (the hour's mean); what is usual at an hour is
said from its bin and its two neighbours, since nobody's day is tied to the clock. Median and median
absolute deviation bear up to half of wild values (Hampel, J Am Stat Assoc 1974;69:383-393).

Cold start: nothing is said before ``FEWEST_DAYS`` different days have a value there. Illness: flagged days
are kept and not learnt from, so that a slow fever does not become usual; after ``LONGEST_FLAGGED`` flagged
days in a row they count, since by then it is a new medicine or a new self. State: 28 days of 24 values, no
more.
"""

from dataclasses import dataclass, field
from typing import Final, Self

import msgspec
import numpy as np
from numpy.typing import NDArray

from vitals.errors import ValidationError

__all__ = ["FEWEST_DAYS", "KEPT_DAYS", "LONGEST_FLAGGED", "PersonalBaseline", "Usual"]

KEPT_DAYS: Final = 28
FEWEST_DAYS: Final = 7
LONGEST_FLAGGED: Final = 14

_HOURS: Final = 24
_NORMAL_PER_MAD: Final = 1.4826
"""Standard deviations of a normal distribution in one median absolute deviation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usual:
    """What is usual at an hour: median, spread (a standard deviation, if normal), days it is of."""

    median: float
    spread: float
    days: int

    def deviation(self, value: float) -> float:
        """How many spreads a value lies above the median."""
        return (value - self.median) / self.spread

    def range(self, width: float = 2.0) -> tuple[float, float]:
        """Where values within ``width`` spreads lie."""
        return self.median - width * self.spread, self.median + width * self.spread


class _State(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    least_spread: float
    days: list[int]
    flagged: list[int]
    values: list[list[float | None]]


@dataclass(slots=True)
class PersonalBaseline:
    """Learns one quantity of one person, hour by hour; days are numbered, as from 1970-01-01 local time.

    ``least_spread`` is the finest difference that can matter, in the quantity's unit: nobody is so steady
    that less than it is unusual.
    """

    least_spread: float
    _days: NDArray[np.int64] = field(default_factory=lambda: np.full(KEPT_DAYS, -1, dtype=np.int64))
    _values: NDArray[np.float64] = field(default_factory=lambda: np.full((KEPT_DAYS, _HOURS), np.nan))
    _flagged: set[int] = field(default_factory=set)

    def learn(self, day: int, hour: int, value: float) -> None:
        """Take the mean of an hour; one that comes again replaces it, one of a day long past is let go."""
        row = day % KEPT_DAYS
        if day < self._days[row]:
            return
        if day > self._days[row]:
            self._flagged.discard(int(self._days[row]))
            self._days[row] = day
            self._values[row] = np.nan
        self._values[row, hour] = value

    def flag(self, day: int) -> None:
        """Say that a day was not as usual: it is kept and not learnt from."""
        self._flagged.add(day)
        self._flagged = {each for each in self._flagged if each > max(self._flagged) - KEPT_DAYS}

    def usual(self, hour: int, *, before_day: int) -> Usual | None:
        """Return what is usual at an hour by the days before one; ``None`` in the cold start."""
        learnt = (self._days >= before_day - KEPT_DAYS) & (self._days < before_day) & ~self._held_back()
        hours = np.arange(hour - 1, hour + 2) % _HOURS
        around = self._values[learnt][:, hours]
        days = int(np.isfinite(around).any(axis=1).sum())
        if days < FEWEST_DAYS:
            return None
        median = float(np.nanmedian(around))
        spread = _NORMAL_PER_MAD * float(np.nanmedian(np.abs(around - median)))
        return Usual(median=median, spread=max(spread, self.least_spread), days=days)

    def to_bytes(self) -> bytes:
        """Return the state as JSON."""
        values = [[None if np.isnan(value) else float(value) for value in row] for row in self._values]
        return msgspec.json.encode(
            _State(
                least_spread=self.least_spread,
                days=self._days.tolist(),
                flagged=sorted(self._flagged),
                values=values,
            )
        )

    @classmethod
    def from_bytes(cls, content: bytes) -> Self:
        """Read what ``to_bytes`` wrote.

        Raises
        ------
        ValidationError
            It is no such state: begin anew, from the stored history.
        """
        try:
            state = msgspec.json.decode(content, type=_State)
            values = np.array(state.values, dtype=np.float64)
        except (msgspec.DecodeError, ValueError) as error:
            raise ValidationError(
                f"no state of a baseline ({error}): build it anew from the history"
            ) from error
        if values.shape != (KEPT_DAYS, _HOURS) or len(state.days) != KEPT_DAYS:
            raise ValidationError("a baseline of another size: build it anew from the history")
        return cls(state.least_spread, np.array(state.days, dtype=np.int64), values, set(state.flagged))

    def _held_back(self) -> NDArray[np.bool_]:
        """Which rows are flagged and not yet so long in a row that they are what is usual now."""
        return np.array(
            [int(day) in self._flagged and self._run_of(int(day)) <= LONGEST_FLAGGED for day in self._days]
        )

    def _run_of(self, day: int) -> int:
        """How many flagged days in a row a day is one of."""
        first = last = day
        while first - 1 in self._flagged:
            first -= 1
        while last + 1 in self._flagged:
            last += 1
        return last - first + 1
