"""Networks that have not seen a recording, so that even those trained on can be judged out of fold.

Beside the shipped artefact lie a few others, each trained without one part of the patients. ``folds.json``
knows by a digest of their content which recordings each of them has never seen: a recording of that part is
judged by that network, a stranger's by the one that ships.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import msgspec
import numpy as np
from numpy.typing import NDArray

from vitals.errors import ModelRejectedError

__all__ = ["FoldBook", "fold_of", "record_digest", "write_folds"]

_FOLDER: Final = "folds"
_DIGEST_LETTERS: Final = 12


def record_digest(*content: NDArray[np.generic] | bytes) -> str:
    """Name a recording by what is in it: the same wherever its file lies and whatever it is called."""
    digest = hashlib.sha256()
    for part in content:
        digest.update(part if isinstance(part, bytes) else np.ascontiguousarray(part).tobytes())
    return digest.hexdigest()[:_DIGEST_LETTERS]


def fold_of(patient: str, count: int) -> int:
    """Which of ``count`` parts a patient belongs to: the same on every machine."""
    return int.from_bytes(hashlib.sha256(patient.encode()).digest()[:8], "big") % count


class _Fold(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    artefact: str
    sha256: str
    unseen: str
    """Digests of the recordings it has never seen, one after the other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoldBook:
    """Which network may judge which recording; ``folds`` maps a digest to a part."""

    shipped: bytes
    artefacts: Sequence[bytes]
    folds: Mapping[str, int]

    @classmethod
    def load(cls, folder: Path, shipped: bytes) -> Self:
        """Read ``folds/`` of a model's folder; without it every recording is a stranger's.

        Raises
        ------
        ModelRejectedError
            It cannot be read, or a network is not the one it was written for.
        """
        path = folder / _FOLDER / "folds.json"
        if not path.is_file():
            return cls(shipped=shipped, artefacts=(), folds={})
        try:
            parts = msgspec.json.decode(path.read_bytes(), type=tuple[_Fold, ...])
        except msgspec.DecodeError as error:
            raise ModelRejectedError(
                f"{path} is no list of folds ({error}): train the model again"
            ) from error
        artefacts = [_unaltered(path.with_name(part.artefact), part.sha256) for part in parts]
        folds = {digest: place for place, part in enumerate(parts) for digest in _split(part.unseen)}
        return cls(shipped=shipped, artefacts=artefacts, folds=folds)

    def artefact_for(self, digest: str) -> bytes:
        """Return the network that has not seen a recording."""
        fold = self.folds.get(digest)
        return self.shipped if fold is None else self.artefacts[fold]

    def knows(self, digest: str) -> bool:
        """Whether the shipped network was trained on this recording."""
        return digest in self.folds


def write_folds(folder: Path, artefacts: Sequence[bytes], folds: Mapping[str, int]) -> None:
    """Write the networks of each part and which recordings (digest to part) they have never seen."""
    place = folder / _FOLDER
    place.mkdir(parents=True, exist_ok=True)
    parts = [
        _Fold(
            artefact=f"{index}.tflite",
            sha256=hashlib.sha256(artefact).hexdigest(),
            unseen="".join(sorted(digest for digest, fold in folds.items() if fold == index)),
        )
        for index, artefact in enumerate(artefacts)
    ]
    for part, artefact in zip(parts, artefacts, strict=True):
        (place / part.artefact).write_bytes(artefact)
    (place / "folds.json").write_bytes(msgspec.json.format(msgspec.json.encode(parts), indent=1) + b"\n")


def _unaltered(path: Path, sha256: str) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ModelRejectedError(f"{path} cannot be read: train the model again") from error
    if hashlib.sha256(content).hexdigest() != sha256:
        raise ModelRejectedError(f"{path} is not the network of its folds.json: train the model again")
    return content


def _split(digests: str) -> list[str]:
    return [digests[start : start + _DIGEST_LETTERS] for start in range(0, len(digests), _DIGEST_LETTERS)]
