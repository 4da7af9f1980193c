"""How long to wait before trying again: longer each time, never the same for two gateways."""

from random import Random
from typing import Final

__all__ = ["Backoff"]

_DOUBLINGS: Final = 16  # past this every longest pause has long been reached


class Backoff:
    """Pauses that double from `first_s` to `longest_s`, each cut by up to a half at random."""

    def __init__(self, *, first_s: float, longest_s: float, random: Random) -> None:
        self._first_s = first_s
        self._longest_s = longest_s
        self._random = random
        self._failures = 0

    def next_s(self) -> float:
        """Return how long to wait after one more failure, in seconds."""
        pause_s = min(self._longest_s, self._first_s * 2.0 ** min(self._failures, _DOUBLINGS))
        self._failures += 1
        return pause_s * self._random.uniform(0.5, 1.0)

    def reset(self) -> None:
        """Begin with the shortest pause again: the last attempt went well."""
        self._failures = 0
