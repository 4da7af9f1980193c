"""K of N: what one window says is an oddity; what most of the last ones say begins or ends an episode.

A window speaks for an episode, against it, or for neither side, as one that was not judged. So one odd window
never raises an event, what wavers between the sides makes no row of them, and poor signal neither begins nor
ends anything.
"""

from collections import deque
from dataclasses import dataclass
from enum import Enum
from typing import Final

__all__ = ["Hold", "Said", "Vote"]

_FORGOTTEN_MS: Final = 120_000
"""A window from before a long gap, or from before the clock was set, says nothing of now."""


class Vote(Enum):
    """What a window says of an episode."""

    FOR = "for"
    NEITHER = "neither"
    AGAINST = "against"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One window's vote, and how strong it was where that can be told."""

    from_ms: int
    to_ms: int
    vote: Vote
    probability: float | None = None

    @property
    def middle_ms(self) -> int:
        """The likeliest time of a change that this window is the first to show."""
        return (self.from_ms + self.to_ms) // 2


class Hold:
    """Follows one condition of one wearer; `onset` and `end` are K of the last N windows."""

    def __init__(self, *, onset: tuple[int, int], end: tuple[int, int]) -> None:
        self._rules = {False: (Vote.FOR, *onset), True: (Vote.AGAINST, *end)}
        self._recent: deque[Said] = deque(maxlen=max(onset[1], end[1]))
        self.is_open = False

    @property
    def is_rising(self) -> bool:
        """Whether something speaks for an episode that has not begun."""
        return not self.is_open and any(said.vote is Vote.FOR for said in self._recent)

    def step(self, said: Said) -> list[Said]:
        """Take the next window; return those that agree to a change, oldest first, where they suffice."""
        self._recent.append(said)
        wanted, fewest, among = self._rules[self.is_open]
        agreeing = [
            earlier
            for earlier in list(self._recent)[-among:]
            if earlier.vote is wanted and abs(said.to_ms - earlier.to_ms) <= _FORGOTTEN_MS
        ]
        return agreeing if said.vote is wanted and len(agreeing) >= fewest else []

    def turn(self) -> None:
        """Begin the episode, or end it; what led to it counts no more."""
        self.is_open = not self.is_open
        self._recent.clear()
