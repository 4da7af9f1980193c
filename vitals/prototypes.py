"""Windows that people labelled, and where each lies in a model's embedding: a file beside its manifest.

A judgement is explained by those nearest to it (Li et al., AAAI 2018: case-based reasoning): unlike a map of
what mattered where, they do not change from one run of the training to the next.
"""

from collections.abc import Iterable
from typing import Annotated, Final, Self

import msgspec
import numpy as np
from msgspec import Meta, Struct
from numpy.typing import NDArray

from vitals.errors import ModelRejectedError
from vitals.records import MOST_BEAT_POINTS, Microvolts, Prototype

__all__ = ["PROTOTYPES_FILE", "LabelledWindow", "PrototypeSet"]

PROTOTYPES_FILE: Final = "prototypes.json"
_MOST: Final = 200
_MOST_DIMENSIONS: Final = 256


class LabelledWindow(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One window: what people called it, its place, and its beat (or its median beat) in microvolts."""

    label: Annotated[str, Meta(min_length=1, max_length=40)]
    embedding: Annotated[list[float], Meta(min_length=1, max_length=_MOST_DIMENSIONS)]
    beat_uv: Annotated[list[Microvolts], Meta(max_length=MOST_BEAT_POINTS)] = []


class PrototypeSet(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every prototype of a model; `rate_hz` is that of their beats."""

    model: str
    rate_hz: Annotated[float, Meta(gt=0.0, le=10_000.0)]
    windows: Annotated[list[LabelledWindow], Meta(min_length=1, max_length=_MOST)]

    @classmethod
    def decode(cls, content: bytes) -> Self:
        """Read a set.

        Raises
        ------
        ModelRejectedError
            It is none, or its embeddings are not of one length.
        """
        try:
            found = msgspec.json.decode(content, type=cls)
        except msgspec.MsgspecError as error:
            raise ModelRejectedError(
                f"{PROTOTYPES_FILE} is none ({error}): export the model again"
            ) from error
        if len({len(window.embedding) for window in found.windows}) > 1:
            raise ModelRejectedError(
                f"{PROTOTYPES_FILE} has embeddings of several lengths: export the model again"
            )
        return found

    def nearest(self, embedding: NDArray[np.floating], count: int) -> list[Prototype]:
        """Return the `count` prototypes nearest to an ``(n,)`` embedding, the nearest first.

        None, if it is of another length than theirs: it is of another model.
        """
        places = np.array([window.embedding for window in self.windows])
        if embedding.shape != places.shape[1:]:
            return []
        distances = np.linalg.norm(places - embedding, axis=1)
        return [
            self._told(int(at), float(distances[at])) for at in np.argsort(distances, kind="stable")[:count]
        ]

    def _told(self, at: int, distance: float) -> Prototype:
        window = self.windows[at]
        return Prototype(label=window.label, distance=round(distance, 3), beat_uv=window.beat_uv)

    @classmethod
    def chosen(
        cls,
        model: str,
        windows: Iterable[LabelledWindow],
        *,
        rate_hz: float,
        per_label: int = 6,
    ) -> Self:
        """Choose of all windows, label by label, those that lie best among their own: medoids, far apart.

        The first is the medoid of its label; each further one is the window furthest from those chosen among
        the half that lies nearest to the medoid, so that no odd window stands for its label.
        """
        by_label: dict[str, list[LabelledWindow]] = {}
        for window in windows:
            by_label.setdefault(window.label, []).append(window)
        chosen = [window for rows in by_label.values() for window in _spread(rows, per_label)]
        return cls(model=model, rate_hz=rate_hz, windows=chosen)


def _spread(rows: list[LabelledWindow], count: int) -> list[LabelledWindow]:
    places = np.array([row.embedding for row in rows])
    from_middle = np.linalg.norm(places - np.median(places, axis=0), axis=1)
    central = np.argsort(from_middle, kind="stable")[: max(1, (len(rows) + 1) // 2)]
    picked = [int(central[0])]
    while len(picked) < min(count, len(central)):
        gaps = np.linalg.norm(places[central][:, None] - places[picked][None, :], axis=2).min(axis=1)
        picked.append(int(central[int(np.argmax(gaps))]))
    return [rows[at] for at in picked]
