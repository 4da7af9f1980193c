"""What wants looking at although the service is well: what was set aside, and what belongs to nobody."""

from cloud.ports import QuarantineReader, Share, UnboundDevice, UnboundReader
from vitals.errors import StorageError

__all__ = ["ownerless", "wanting_attention"]


def wanting_attention(quarantine: QuarantineReader, unbound: UnboundReader) -> tuple[str, ...]:
    """Return a sentence for each thing, with what to do; a store that cannot answer is told of elsewhere."""
    try:
        return (*map(_aside, quarantine.shares()), *map(ownerless, unbound.unbound_devices()))
    except StorageError:
        return ()


def ownerless(device: UnboundDevice) -> str:
    """Return what is to be said of a device that measured while nobody was bound to it."""
    return (
        f"{device.device} (through {device.gateway}): {device.records:,} records belong to nobody and nobody "
        f"sees them: `carewire cloud device bind {device.device} PATIENT --since TIME`, then `device adopt`"
    )


def _aside(share: Share) -> str:
    return (
        f"{share.gateway}: {share.records:,} records are set aside: `carewire cloud quarantine list`, "
        "then replay or discard"
    )
