"""Looks again and again for what is new in the stores."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from cloud.stepping import Stepping

__all__ = ["LOOK_S", "Follower"]

LOOK_S: Final = 0.25
_TROUBLED_S: Final = 2.0


@dataclass(slots=True, kw_only=True)
class Follower:
    """Takes each of the `steps` every `LOOK_S`; a store in trouble is a trouble, and is tried again."""

    steps: tuple[Callable[[], None], ...]
    _stepping: Stepping = field(
        default_factory=lambda: Stepping(name="following", every_s=LOOK_S, troubled_s=_TROUBLED_S)
    )

    def run(self, stop: threading.Event) -> None:
        """Look until `stop` is set."""
        self._stepping.run(self._step, stop)

    def wake(self) -> None:
        """Look at once."""
        self._stepping.wake()

    def troubles(self) -> tuple[str, ...]:
        """Return what is not well, in words."""
        return self._stepping.troubles("live pages: they stand still")

    def _step(self) -> None:
        for step in self.steps:
            step()
