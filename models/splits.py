"""Part records into train, validation and test by a hash of their name: the same on every machine."""

import hashlib
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["SPLIT_DESCRIPTION", "split_of", "splits_of"]

_SHARES: Final = (("test", 0.15), ("validation", 0.30), ("train", 1.0))
SPLIT_DESCRIPTION: Final = (
    "by record (one per patient), SHA-256 of its name: 70 % train, 15 % validation, 15 % test"
)


def split_of(record: str) -> str:
    """Which part a record belongs to: ``train``, ``validation`` or ``test``."""
    place = int.from_bytes(hashlib.sha256(record.encode()).digest()[:8], "big") / 2**64
    return next(name for name, below in _SHARES if place < below)


def splits_of(records: NDArray[np.str_]) -> NDArray[np.str_]:
    """``split_of`` for each of ``(n,)`` records."""
    return np.array([split_of(str(record)) for record in records])
