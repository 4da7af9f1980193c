"""Until when each wearable's samples are safe, kept on disk: what a restarted gateway owes a gap for.

A kind of one device is spelled `DEVICE/KIND`; a device alone, as earlier versions wrote, is its ECG.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec
import structlog

from vitals.errors import StorageError

__all__ = ["LastSeen", "key_of", "kinds_of"]

_log = structlog.get_logger()

_BETWEEN: Final = "/"


def key_of(device: str, kind: str) -> str:
    """Return how a kind of one device is spelled."""
    return f"{device}{_BETWEEN}{kind}"


def kinds_of(device: str, seen_until_ms: Mapping[str, int]) -> dict[str, int]:
    """Return what is known of one device, by kind."""
    start = key_of(device, "")
    return {key.removeprefix(start): t_ms for key, t_ms in seen_until_ms.items() if key.startswith(start)}


class LastSeen:
    """A small file, replaced whole each time.

    It is written after the records it speaks of are durable and is not flushed itself: after a power
    cut it may be older than they are, and the gap then claims a little too much, never too little.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> dict[str, int]:
        """Return the last time in ms by device and kind; nothing if the file is missing or makes no sense."""
        try:
            kept = msgspec.json.decode(self._path.read_bytes(), type=dict[str, int])
        except FileNotFoundError:
            return {}
        except (OSError, msgspec.DecodeError) as error:
            _log.warning("last_seen.unreadable", file=self._path.name, error=str(error))
            return {}
        return {key if _BETWEEN in key else key_of(key, "ecg"): t_ms for key, t_ms in kept.items()}

    def save(self, seen_until_ms: Mapping[str, int]) -> None:
        """Keep the last time in ms by device and kind.

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
