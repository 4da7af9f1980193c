"""The newest version of each model that ever judged here, so that nobody can bring back an older one."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from vitals.errors import StorageError

__all__ = ["ModelVersions"]

_FIRST: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelVersions:
    """A small file; without it, or where it cannot be read, any signed version will do."""

    path: Path

    def newest(self, name: str) -> int:
        """Return the newest version that ran here; 1 for a model that never did."""
        return self._read().get(name, _FIRST)

    def note(self, versions: dict[str, int]) -> None:
        """Remember what runs now, beside what ran before.

        Raises
        ------
        StorageError
            The disk refuses: until the next start an older model may come back.
        """
        before = self._read()
        now = before | {name: max(version, before.get(name, _FIRST)) for name, version in versions.items()}
        if now == before:
            return
        fresh = self.path.with_suffix(".new")
        try:
            fresh.write_bytes(msgspec.json.encode(now))
            fresh.replace(self.path)
        except OSError as error:
            raise StorageError(
                f"{self.path} cannot be written ({error}), so that an older model may come back: check it"
            ) from error

    def _read(self) -> dict[str, int]:
        try:
            return msgspec.json.decode(self.path.read_bytes(), type=dict[str, int])
        except (OSError, msgspec.MsgspecError):
            return {}
