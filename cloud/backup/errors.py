"""What can be wrong with a backup."""

from vitals.errors import StorageError


class BackupError(StorageError):
    """A backup could not be taken, read or brought back; what was there before is untouched."""


class DamagedBackupError(BackupError):
    """An archive is torn or altered: it is not what was written."""
