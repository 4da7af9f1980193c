"""When quarantine grows, somebody is told while there is still room."""

from typing import Final

from cloud.ports import QuarantineReader, Share
from vitals.errors import StorageError

__all__ = ["crowding"]

_TOLD_FROM: Final = 0.5


def crowding(quarantine: QuarantineReader) -> tuple[str, ...]:
    """Return a sentence for each gateway that has filled half of its room in quarantine, and what to do."""
    try:
        shares = quarantine.shares()
    except StorageError as error:
        return (f"quarantine: it cannot be looked at: {error}",)
    return tuple(_sentence(share) for share in shares if share.fullness >= _TOLD_FROM)


def _sentence(share: Share) -> str:
    return (
        f"quarantine: {share.fullness:.0%} of the room of gateway {share.gateway} is taken "
        f"({share.records:,} records, {share.size_bytes / 1e6:.0f} MB); when it is full, what cannot be read "
        "waits at the gateway: see `carewire cloud quarantine list`, then replay or discard"
    )
