"""Whether backups are taken as often as they should be, for the health of the service."""

from dataclasses import dataclass
from typing import Final

from cloud.backup.shelf import Shelf
from cloud.config import BackupSettings
from cloud.underpinnings import BackupState
from vitals.clock import Clock

__all__ = ["BackupWatch"]

_GRACE: Final = 1.5
"""Of the time between backups: one that takes long, or begins late, is no trouble."""
_HOUR_MS: Final = 3_600_000
_AHEAD_MS: Final = _HOUR_MS
"""By so much another machine's clock, or one that was set back, may be ahead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupWatch:
    """Looks into the folder that the settings name; where they name none, nobody expects backups."""

    settings: BackupSettings
    clock: Clock
    since_ms: int

    def state(self) -> BackupState | None:
        """Return how backups stand; None: nobody expects any."""
        folder = self.settings.folder
        if folder is None:
            return None
        try:
            newest_ms = Shelf(folder=folder).newest_ms(self.clock.wall_ms() + _AHEAD_MS)
        except OSError:
            newest_ms = None
        return BackupState(every_h=self.settings.every_h, newest_ms=newest_ms)

    def troubles(self) -> tuple[str, ...]:
        """Return what is not well, in words."""
        folder = self.settings.folder
        if folder is None:
            return ()
        now_ms = self.clock.wall_ms()
        try:
            newest_ms = Shelf(folder=folder).newest_ms(now_ms + _AHEAD_MS)
        except OSError as error:
            return (
                f"backup: {folder} cannot be read ({error.strerror}): mount it, or correct backup.folder",
            )
        age_h = (now_ms - (self.since_ms if newest_ms is None else newest_ms)) / _HOUR_MS
        if age_h <= _GRACE * self.settings.every_h:
            return ()
        age = "there is none" if newest_ms is None else f"the newest is {age_h:.0f} h old"
        return (f"backup: {age} in {folder}: see why `carewire cloud backup` does not run",)
