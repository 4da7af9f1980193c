"""What the service stands on, for whoever runs it: no secret, and nobody's name."""

from collections.abc import Sequence
from dataclasses import dataclass

from cloud.ports import Beat

__all__ = ["BackupState", "Underpinnings"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupState:
    """Backups as the settings want them, and when the newest was taken; None: there is none that is seen."""

    every_h: float
    newest_ms: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Underpinnings:
    """The processes that live, and the stores, the broker, the keys and the backups they work with.

    `backups` is None where the settings name no folder for them; `has_own_keys`: the master key is a file
    here, and not given by the settings.
    """

    processes: Sequence[Beat]
    database: str
    series: str
    broker: str
    has_own_keys: bool
    backups: BackupState | None
