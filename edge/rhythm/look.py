"""What a watch of the ECG is shown, and what it must be able to do."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from edge.streams.windows import EcgRing
from vitals.records import AnyRecord

__all__ = ["EcgWatch", "Look"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Look:
    """The last seconds of one unbroken lead, whenever a watch is due.

    `wall_ms` gives the time of a sample by its place; `noticed_ms` is when the newest samples arrived;
    `quality` is that of the last few seconds, from 0 to 1, or `None` before it could be told.
    """

    ring: EcgRing
    wall_ms: Callable[[int], int]
    noticed_ms: int
    quality: float | None


class EcgWatch(Protocol):
    """Follows something of one heart; what it knows outlives gaps in the signal, so an episode does too."""

    @property
    def window_s(self) -> float:
        """How much of an unbroken lead there must be before the first look."""
        ...

    @property
    def hop_s(self) -> float:
        """How long from one look to the next."""
        ...

    def restart(self, rate_hz: float) -> None:
        """Begin anew at sample 0 of an unbroken lead of this rate, as after a gap."""
        ...

    def step(self, look: Look) -> Sequence[AnyRecord]:
        """Judge what the ring holds now."""
        ...
