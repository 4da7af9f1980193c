"""What was ever brought back here, and up to which record each gateway's epochs went then.

It is a small file beside the databases, so that whoever finds records missing later can tell those that
were lost with an old disk from those that a gateway still owes.
"""

from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from cloud.backup.manifest import EpochRanges

__all__ = ["NAME", "Restoration", "append", "read"]

NAME: Final = "restorations.json"


class Restoration(Struct, frozen=True, kw_only=True):
    """A restore: of which moment the backup was, when it was brought back, how far each epoch went.

    `lost` is what gateways said then that they had been told is safe, and the backup lacks.
    """

    instant_ms: int
    restored_ms: int
    last_seqs: dict[str, dict[str, int]]
    lost: tuple[EpochRanges, ...] = ()


def read(data_dir: Path) -> tuple[Restoration, ...]:
    """Return every restore of this service, oldest first."""
    path = data_dir / NAME
    return msgspec.json.decode(path.read_bytes(), type=tuple[Restoration, ...]) if path.exists() else ()


def append(data_dir: Path, restoration: Restoration) -> None:
    """Remember one more."""
    fresh = data_dir / f"{NAME}.new"
    fresh.write_bytes(msgspec.json.encode((*read(data_dir), restoration)))
    fresh.replace(data_dir / NAME)
