"""A process drops the keys that another destroyed: whoever was erased is gone from the memory of all."""

from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["DestroyedKeys"]


@dataclass(slots=True, kw_only=True)
class DestroyedKeys:
    """Looks once the epoch of the relations has moved, as it does with every erasure; a chore of each beat.

    The epoch is read first: what comes after it is looked for again.
    """

    epoch: Callable[[], int]
    drop: Callable[[], int]
    _seen: int | None = None

    def step(self, _beaten_s: float) -> None:
        """Drop what is destroyed, if anything may be."""
        epoch = self.epoch()
        if epoch != self._seen:
            self.drop()
            self._seen = epoch
