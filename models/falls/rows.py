"""What the network is taught: every labelled blow as it was, and a few times as it might have been."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.falls.examples import Blows, tensors_of
from models.falls.variation import varied
from models.plan import Progress

__all__ = ["Copies", "Rows"]

_VARIED_COPIES: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Tensors ``(n, *shape)`` by name, whether each row is a fall, and which part of the people it is of."""

    tensors: dict[str, NDArray[np.float32]]
    is_fall: NDArray[np.bool_]
    parts: NDArray[np.int64]

    def where(self, chosen: NDArray[np.bool_]) -> "Rows":
        """Keep the chosen rows."""
        return Rows(
            tensors={name: rows[chosen] for name, rows in self.tensors.items()},
            is_fall=self.is_fall[chosen],
            parts=self.parts[chosen],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Copies:
    """The same rows several times over; the first copy is unchanged."""

    copies: tuple[Rows, ...]

    @property
    def is_fall(self) -> NDArray[np.bool_]:
        """Whether each row is a fall, in every copy."""
        return self.copies[0].is_fall

    @property
    def parts(self) -> NDArray[np.int64]:
        """Which part of the people each row is of."""
        return self.copies[0].parts

    @classmethod
    def of(cls, blows: Blows, parts: Mapping[str, int], *, seed: int, progress: Progress) -> "Copies":
        """Measure the labelled blows, and what five other sensors, places and people would have felt."""
        taught = blows.where(blows.is_taught)
        random = np.random.default_rng(seed)
        of_row = np.array([parts[person] for person in taught.people.tolist()], dtype=np.int64)
        copies = []
        for copy in range(1 + _VARIED_COPIES):
            progress("varying the blows", 0.25 * copy / (1 + _VARIED_COPIES))
            surrounds = [varied(each, random) if copy else each for each in taught.surround_g]
            copies.append(Rows(tensors=tensors_of(surrounds), is_fall=taught.is_fall, parts=of_row))
        return cls(copies=tuple(copies))

    def where(self, chosen: NDArray[np.bool_]) -> "Copies":
        """Keep the chosen rows of every copy."""
        return Copies(copies=tuple(copy.where(chosen) for copy in self.copies))

    def stacked(self) -> dict[str, NDArray[np.float32]]:
        """Return the tensors of all copies, one copy after the other."""
        names = self.copies[0].tensors
        return {name: np.concatenate([copy.tensors[name] for copy in self.copies]) for name in names}
