"""Who has the duty: shifts that people took, and between them the weekly rota.

A shift with an end holds until then. One without holds until somebody takes over: by word, or because the
next slot of the rota begins. Slots are of the local clock, so they keep their hours when clocks change.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import Final

from cloud.early_warning.local_time import LocalTime
from cloud.ports import DutyShift, RotaSlot

__all__ = ["Duties", "Stretch", "duties_between"]

_DAY_MS: Final = 86_400_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """From `from_ms` until `until_ms` these have the duty: nobody in a hole, several where slots overlap."""

    from_ms: int
    until_ms: int
    person_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Slot:
    person_id: str
    from_ms: int
    until_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Duties:
    """A patient's shifts and slots around a time."""

    shifts: Sequence[DutyShift] = ()
    slots: Sequence[_Slot] = ()

    def at(self, now_ms: int) -> tuple[str, ...]:
        """Return the ids of those who have the duty at a moment."""
        shift = max((one for one in self.shifts if _covers(one, now_ms)), key=_begun, default=None)
        if shift is not None and (shift.until_ms is not None or not self._is_relieved(shift, now_ms)):
            return (shift.person_id,)
        return tuple(
            dict.fromkeys(one.person_id for one in self.slots if one.from_ms <= now_ms < one.until_ms)
        )

    def changes(self, from_ms: int, until_ms: int) -> Sequence[int]:
        """Return the moments between two at which the duty may pass on, in order."""
        ends = {one.from_ms for one in self.shifts} | {one.from_ms for one in self.slots}
        ends |= {one.until_ms for one in self.shifts if one.until_ms is not None}
        ends |= {one.until_ms for one in self.slots}
        return sorted(each for each in ends if from_ms < each < until_ms)

    def stretches(self, from_ms: int, until_ms: int) -> Sequence[Stretch]:
        """Return who has the duty when from one moment until another, without a gap between stretches."""
        bounds = [from_ms, *self.changes(from_ms, until_ms), until_ms]
        found: list[Stretch] = []
        for start_ms, end_ms in pairwise(bounds):
            who = self.at(start_ms)
            if found and found[-1].person_ids == who:
                start_ms = found.pop().from_ms  # noqa: PLW2901 - one stretch goes on
            found.append(Stretch(from_ms=start_ms, until_ms=end_ms, person_ids=who))
        return found

    def _is_relieved(self, shift: DutyShift, now_ms: int) -> bool:
        return any(shift.from_ms < one.from_ms <= now_ms for one in self.slots)


def duties_between(
    shifts: Sequence[DutyShift], slots: Sequence[RotaSlot], local: LocalTime, from_ms: int, until_ms: int
) -> Duties:
    """Return the duties that touch a time, and those of the week before it, which open shifts end at."""
    first = local.at(from_ms).date() - timedelta(days=8)
    days = [first + timedelta(days=number) for number in range((until_ms - from_ms) // _DAY_MS + 11)]
    laid = [
        _Slot(
            person_id=slot.person_id,
            from_ms=local.minute_ms(day, slot.from_minute),
            until_ms=local.minute_ms(day + timedelta(days=_nights(slot)), slot.until_minute),
        )
        for day in days
        for slot in slots
        if slot.weekday == day.isoweekday()
    ]
    return Duties(shifts=shifts, slots=sorted(laid, key=lambda one: (one.from_ms, one.person_id)))


def _nights(slot: RotaSlot) -> int:
    return 1 if slot.until_minute <= slot.from_minute else 0


def _covers(one: DutyShift, now_ms: int) -> bool:
    return one.from_ms <= now_ms and (one.until_ms is None or now_ms < one.until_ms)


def _begun(one: DutyShift) -> tuple[int, int, str]:
    return one.from_ms, one.made_ms, one.id
