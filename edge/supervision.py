"""Whether every part of the gateway still moves: a table of deadlines, and who has missed theirs.

A part says so each time it comes round (`mark`), or says how long a piece of work lasts (`working`).
Whoever keeps the gateway alive asks who is late; while anybody is, the watchdog is not fed.

A disk that hangs is treated with patience, for an SD card may rest for many seconds: after
`SLOW_DISK_S` an alarm is raised and life goes on in memory; only after the disk's own deadline is the
gateway ended. The parts that wait for the disk are not held to theirs meanwhile.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

__all__ = ["DEADLINES", "SLOW_DISK_S", "Deadline", "Late", "Part", "Supervision"]

SLOW_DISK_S: Final = 10.0
"""How long a write may take before somebody is told."""
_OVERSLEPT_S: Final = 15.0
"""A look this long after the one before: the whole process stood still, and no part is to blame."""


class Part(StrEnum):
    """What must keep moving."""

    LOOP = "event-loop"
    INTAKE = "intake"
    DELIVERY = "delivery"
    DELIVERY_WATCH = "delivery-watch"
    UPLINK = "uplink"
    RADIO = "radio"
    HOST_WATCH = "host-watch"
    DISK = "disk"
    START = "start"
    STOP = "stop"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """One row: how long a part may go without a sign, in real seconds."""

    part: Part
    within_s: float
    waits_for_disk: bool = False


DEADLINES: Final[Mapping[Part, Deadline]] = MappingProxyType(
    {
        row.part: row
        for row in (
            Deadline(part=Part.LOOP, within_s=20.0),
            Deadline(part=Part.INTAKE, within_s=60.0, waits_for_disk=True),
            Deadline(part=Part.DELIVERY, within_s=60.0, waits_for_disk=True),
            Deadline(part=Part.DELIVERY_WATCH, within_s=60.0, waits_for_disk=True),
            Deadline(part=Part.UPLINK, within_s=180.0),  # names that nobody resolves take minutes to fail
            Deadline(part=Part.RADIO, within_s=300.0),  # a scan, a connection and its requests, all slow
            Deadline(part=Part.HOST_WATCH, within_s=120.0, waits_for_disk=True),
            Deadline(part=Part.DISK, within_s=180.0),
            Deadline(part=Part.START, within_s=900.0),  # salvaging a large outbox from a slow card
            Deadline(part=Part.STOP, within_s=60.0),
        )
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Late:
    """A part that has not moved for longer than it may."""

    part: Part
    still_s: float
    within_s: float


class Supervision:
    """Keeps when each part last moved. Safe to use from several threads."""

    def __init__(
        self, *, monotonic_s: Callable[[], float], deadlines: Mapping[Part, Deadline] = DEADLINES
    ) -> None:
        """`monotonic_s` is real time: patience does not depend on the clock's speed."""
        self._now_s = monotonic_s
        self._deadlines = deadlines
        self._lock = threading.Lock()
        self._marked_s: dict[Part, float] = {}
        self._disk_late_s = float("-inf")
        self._looked_s = monotonic_s()

    def mark(self, part: Part) -> None:
        """Take note that `part` moves; from its first mark on it must."""
        with self._lock:
            self._marked_s[part] = self._now_s()

    def marker(self, part: Part) -> Callable[[], None]:
        """Return what a part calls each time it comes round; it is expected from now on."""
        self.mark(part)
        return lambda: self.mark(part)

    def forget(self, part: Part) -> None:
        """Expect nothing more of `part`: it has ended as it should."""
        with self._lock:
            self._marked_s.pop(part, None)

    @contextmanager
    def working(self, part: Part) -> Iterator[None]:
        """Expect the block to end in time; one at a time for each part."""
        self.mark(part)
        try:
            yield
        finally:
            self.forget(part)

    def late(self) -> tuple[Late, ...]:
        """Return who has missed the deadline, the longest over it first."""
        with self._lock:
            now_s = self._now_s()
            self._forgive_a_standstill(now_s)
            if self._disk_still_s(now_s) >= SLOW_DISK_S:
                self._disk_late_s = now_s
            found = [
                Late(part=part, still_s=still_s, within_s=row.within_s)
                for part, marked_s in self._marked_s.items()
                if (row := self._deadlines[part])
                and (still_s := now_s - self._counted_from(row, marked_s)) >= row.within_s
            ]
        return tuple(sorted(found, key=lambda late: late.within_s - late.still_s))

    def disk_still_s(self) -> float:
        """Return for how many seconds the present work on the disk has not returned; 0 without any."""
        with self._lock:
            return self._disk_still_s(self._now_s())

    def _disk_still_s(self, now_s: float) -> float:
        return now_s - self._marked_s.get(Part.DISK, now_s)

    def _counted_from(self, row: Deadline, marked_s: float) -> float:
        return max(marked_s, self._disk_late_s) if row.waits_for_disk else marked_s

    def _forgive_a_standstill(self, now_s: float) -> None:
        still_s = now_s - self._looked_s
        self._looked_s = now_s
        if still_s > _OVERSLEPT_S:
            self._marked_s = {part: marked_s + still_s for part, marked_s in self._marked_s.items()}
