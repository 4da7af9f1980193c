"""Which of a wearable's stored records are in hand, and which are missing between them.

A record is known by its number and its own date together: a wearable with a new battery may count anew,
and what it then stores must not pass for what it told long ago.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import msgspec

from edge.clock import Stamp
from vitals.records import GapReason

__all__ = ["Hole", "RecordBook", "RecordMemory"]

GRACE_S: Final = 180.0
"""How long a record may still come after a later one: longer than a fetch takes."""
_KEPT: Final = 512


class RecordMemory(msgspec.Struct, frozen=True, kw_only=True):
    """What outlives the gateway: the last number, and the dates in ms of the newest records by number.

    `anew_at`: the number at which the wearable was found to count anew, until all before it is here.
    """

    last: int
    seen: dict[int, int]
    anew_at: int | None = None

    @property
    def next_from(self) -> int | None:
        """From which number on, itself included, records are to be asked for; `None`: all of them."""
        return self.last if self.anew_at is None else None


@dataclass(slots=True, kw_only=True)
class Hole:
    """Numbers that were passed over: `missed` records between two times, and why."""

    after: int
    before: int
    from_ms: int
    to_ms: int
    noticed_s: float
    reason: GapReason
    missed: int


class RecordBook:
    """One characteristic's records. Numbers rise by `step`; unknown, it is learned.

    Dates of one record may differ by `tolerance_ms`, where they are reckoned and not told.
    """

    def __init__(
        self, *, memory: RecordMemory | None = None, step: int | None = 1, tolerance_ms: int = 0
    ) -> None:
        self._seen: dict[int, int] = dict(memory.seen) if memory else {}
        self._last = memory.last if memory else None
        self._anew_at = memory.anew_at if memory else None
        self._step = step or _least_step(self._seen)
        self._tolerance_ms = tolerance_ms
        self._holes: list[Hole] = []
        self._link, self._anew_on = 0, -1
        self._reason = GapReason.GATEWAY_DOWN if memory else GapReason.FRAMES_MISSED

    def memory(self) -> RecordMemory | None:
        """Return what is to be kept; `None` before the first record."""
        if self._last is None:
            return None
        last = min((hole.after for hole in self._holes), default=self._last)
        return RecordMemory(last=last, seen=dict(self._seen), anew_at=self._anew_at)

    def is_newest(self, number: int) -> bool:
        """Tell whether no later record than this is known."""
        return number == self._last

    def take(self, number: int, *, dated_ms: int, t_ms: int, received: Stamp) -> bool:
        """Take note of a record, true at `t_ms`; return whether it is new."""
        last, known_ms = self._last, self._seen.get(number)
        if known_ms is not None and abs(known_ms - dated_ms) <= self._tolerance_ms:
            self._repeat(number)
            return False
        newest_ms = dated_ms if last is None else self._seen.get(last, dated_ms)
        self._keep(number, dated_ms)
        if last is None:
            self._last = number
        elif number > last:
            self._go_on(last, number, (newest_ms + t_ms - dated_ms, t_ms), received)
        elif number == last or dated_ms > newest_ms:
            self._count_anew(number)
        else:
            self._fill(number, t_ms)
        return True

    def connect(self) -> None:
        """Take note of a new link: what is asked for over it begins at `RecordMemory.next_from`."""
        self._link += 1

    def interrupt(self, reason: GapReason) -> None:
        """Take note that no record can come for now: the reason if any turns out to be missing."""
        self._reason = reason

    def due(self, now: Stamp) -> list[Hole]:
        """Return the holes that nothing came to fill in time, each once."""
        return self._take_out([hole for hole in self._holes if now.monotonic_s - hole.noticed_s >= GRACE_S])

    def flush(self) -> list[Hole]:
        """Return every hole: the last call before a stop."""
        return self._take_out(list(self._holes))

    def _take_out(self, holes: list[Hole]) -> list[Hole]:
        self._holes = [hole for hole in self._holes if hole not in holes]
        return holes

    def _keep(self, number: int, dated_ms: int) -> None:
        self._seen.pop(number, None)
        self._seen[number] = dated_ms
        while len(self._seen) > _KEPT:
            del self._seen[next(iter(self._seen))]

    def _repeat(self, number: int) -> None:
        """Take a record told again: over a link on which all were asked for, all before it came too."""
        self._last = max(number, self._last or number)
        if self._anew_at is not None and number >= self._anew_at and self._link != self._anew_on:
            self._anew_at = None

    def _count_anew(self, number: int) -> None:
        """Begin a numbering: what it had before `number` is not here yet, and has to be asked for."""
        self._last, self._anew_at, self._anew_on = number, number, self._link

    def _go_on(self, last: int, number: int, span_ms: tuple[int, int], received: Stamp) -> None:
        self._step = min(self._step or number - last, number - last)
        reason, self._reason, self._last = self._reason, GapReason.FRAMES_MISSED, number
        self._open(last, number, span_ms, received.monotonic_s, reason)

    def _open(
        self, after: int, before: int, span_ms: tuple[int, int], noticed_s: float, reason: GapReason
    ) -> None:
        missed = round((before - after) / (self._step or 1)) - 1
        if missed >= 1:
            self._holes.append(
                Hole(
                    after=after,
                    before=before,
                    from_ms=span_ms[0],
                    to_ms=span_ms[1],
                    noticed_s=noticed_s,
                    reason=reason,
                    missed=missed,
                )
            )

    def _fill(self, number: int, t_ms: int) -> None:
        """Let a record that came late make two holes of one, or none."""
        for hole in [hole for hole in self._holes if hole.after < number < hole.before]:
            self._holes.remove(hole)
            self._open(hole.after, number, (hole.from_ms, t_ms), hole.noticed_s, hole.reason)
            self._open(number, hole.before, (t_ms, hole.to_ms), hole.noticed_s, hole.reason)


def _least_step(seen: Mapping[int, int]) -> int | None:
    return min((later - earlier for earlier, later in pairwise(sorted(seen))), default=None)
