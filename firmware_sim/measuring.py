"""What a wearable measures, when, and what becomes of a reading: the rows that models are made of."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from math import floor

from firmware_sim.moment import Moment
from firmware_sim.record_store import Part

__all__ = ["LeadRow", "MeasurementRow", "PartRow", "Telling"]


class Telling(Enum):
    """When a reading is told."""

    AT_ONCE = "at-once"
    """To who listens; nobody else hears of it."""
    UNTIL_HEARD = "until-heard"
    """As soon as somebody listens, and again until that is confirmed."""
    ON_REQUEST = "on-request"
    """Over the Record Access Control Point."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartRow:
    """A characteristic and the message it tells; `None`: there is nothing to tell."""

    uuid: str
    measure: Callable[[Moment], object | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadRow:
    """What is told on the way to a measurement, each second of `lasts_s`, to who listens; never kept."""

    uuid: str
    lasts_s: float
    measure: Callable[[Moment, float], object]
    """Given how many seconds are left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasurementRow:
    """One kind of measurement: its parts, at `first_s` of life and every `every_s` from then on."""

    parts: tuple[PartRow, ...]
    first_s: float = 1.0
    every_s: float = 1.0
    telling: Telling = Telling.AT_ONCE
    is_recorded: bool = False
    """Numbered and kept in flash, for whoever asks the Record Access Control Point."""
    is_numbered_by_minute: bool = False
    """A record's number is the minute of its session, not a count."""
    lead: LeadRow | None = None

    def due(self, from_s: float, to_s: float) -> Iterator[float]:
        """Yield the seconds, after `from_s` and until `to_s`, at which it is measured."""
        for turn in _turns(from_s - self.first_s, to_s - self.first_s, self.every_s):
            yield self.first_s + turn * self.every_s

    def leading(self, from_s: float, to_s: float) -> Iterator[tuple[float, float]]:
        """Yield whole seconds on the way to a measurement, each with how many are left."""
        if self.lead is None:
            return
        lasts_s = self.lead.lasts_s
        for due_s in self.due(from_s, to_s + lasts_s):
            for left_s in range(int(lasts_s), 0, -1):
                if from_s < due_s - left_s <= to_s:
                    yield due_s - left_s, float(left_s)

    def measure(self, moment: Moment) -> tuple[Part, ...]:
        """Return what is measured; nothing if there is nothing to tell."""
        told = ((row.uuid, row.measure(moment)) for row in self.parts)
        return tuple(Part(uuid=uuid, message=message) for uuid, message in told if message is not None)


def _turns(after_s: float, to_s: float, every_s: float) -> range:
    return range(max(0, floor(after_s / every_s) + 1), floor(to_s / every_s) + 1)
