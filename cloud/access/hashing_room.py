"""Room for a few passwords at once: a flood of log-ins takes neither the memory nor the threads of the rest.

Strangers share one place; devices that signed in before have one that no stranger can take.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, TypeVar

from cloud.access.errors import CrowdedError
from cloud.ports import Hasher

__all__ = ["HashingRoom", "Lane"]

T = TypeVar("T")

_MOST_WAITING: Final = 8
_PATIENCE_S: Final = 10.0


@dataclass(slots=True, kw_only=True)
class Lane:
    """One at a time, and so many who wait, each no longer than `patience_s`."""

    most_waiting: int = _MOST_WAITING
    patience_s: float = _PATIENCE_S
    _turn: threading.Lock = field(default_factory=threading.Lock)
    _waiting: threading.Semaphore = field(init=False)

    def __post_init__(self) -> None:
        self._waiting = threading.Semaphore(self.most_waiting + 1)

    def do(self, work: Callable[[], T]) -> T:
        """Do it when it is its turn.

        Raises
        ------
        CrowdedError
            If too many wait, or it takes too long.
        """
        if not self._waiting.acquire(blocking=False):
            raise _crowded()
        try:
            if not self._turn.acquire(timeout=self.patience_s):
                raise _crowded()
            try:
                return work()
            finally:
                self._turn.release()
        finally:
            self._waiting.release()


@dataclass(slots=True, kw_only=True)
class HashingRoom:
    """A hasher, and who may have it work when."""

    hasher: Hasher
    strangers: Lane = field(default_factory=Lane)
    known: Lane = field(default_factory=Lane)
    _nobodys: str | None = None

    def hashed(self, password: str) -> str:
        """Return what may be kept of a password that somebody chose who is let in already."""
        return self.known.do(lambda: self.hasher.hashed(password))

    def matches(self, encoded: str | None, password: str, *, is_known: bool) -> bool:
        """Tell whether a password is somebody's; for nobody's it is no, after as much work."""
        lane = self.known if is_known else self.strangers
        found = lane.do(lambda: self.hasher.matches(encoded or self._of_nobody(), password))
        return found and encoded is not None

    def is_outdated(self, encoded: str) -> bool:
        """Tell whether it was made at a lower cost than is set now."""
        return self.hasher.is_outdated(encoded)

    def prepare(self) -> None:
        """Make ahead what unknown names are compared with: the first of them would take twice as long."""
        self._of_nobody()

    def _of_nobody(self) -> str:
        if self._nobodys is None:
            self._nobodys = self.hasher.hashed("the password of nobody")
        return self._nobodys


def _crowded() -> CrowdedError:
    return CrowdedError("many people are signing in at this moment: try again in a few seconds")
