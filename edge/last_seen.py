"""Until when each wearable's samples are safe, kept on disk: what a restarted gateway owes a gap for."""

from collections.abc import Mapping
from pathlib import Path

import msgspec
import structlog

from vitals.errors import StorageError

__all__ = ["LastSeen"]

_log = structlog.get_logger()


class LastSeen:
    """A small file, replaced whole each time.

    It is written after the records it speaks of are durable and is not flushed itself: after a power
    cut it may be older than they are, and the gap then claims a little too much, never too little.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> dict[str, int]:
        """Return the last time in ms by device; nothing if there is no file or it makes no sense."""
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=dict[str, int])
        except FileNotFoundError:
            return {}
        except (OSError, msgspec.DecodeError) as error:
            _log.warning("last_seen.unreadable", file=self._path.name, error=str(error))
            return {}

    def save(self, seen_until_ms: Mapping[str, int]) -> None:
        """Keep the last time in ms by device.

        Raises
        ------
        StorageError
            The disk refuses.
        """
        fresh = self._path.with_suffix(".new")
        try:
            fresh.write_bytes(msgspec.json.encode(dict(seen_until_ms)))
            fresh.replace(self._path)
        except OSError as error:
            raise StorageError(
                f"{self._path} cannot be written ({error}): check the gateway's disk"
            ) from error
