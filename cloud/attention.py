"""What wants looking at although the service is well: what is set aside, or nobody's, or said by a gateway.

What a gateway says is its word: it is shown, and turns nothing red.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from cloud.ports import GatewayReader, QuarantineReader, Share, UnboundDevice, UnboundReader
from vitals.errors import StorageError

__all__ = ["SAID", "alarming", "ownerless", "wanting_attention"]


SAID: Final[Mapping[str, str]] = MappingProxyType(
    {
        "alarm.ledger-changed": (
            "{gateway}: it says that the ledger is not what it was: compare an export of it with "
            "`carewire ledger verify --head`, and keep that gateway's ledger-head.json"
        ),
        "alarm.trust-damaged": (
            "{gateway}: it says that it has lost whom it takes settings and models from, and takes none: "
            "see its disk, then docs/rollouts.md"
        ),
    }
)
"""By what a gateway's report counts; the pages of administrators have words of their own for each."""


def wanting_attention(
    quarantine: QuarantineReader, unbound: UnboundReader, gateways: GatewayReader
) -> tuple[str, ...]:
    """Return a sentence for each thing, with what to do; a store that cannot answer is told of elsewhere."""
    try:
        return (
            *map(_aside, quarantine.shares()),
            *map(ownerless, unbound.unbound_devices()),
            *(SAID[key].format(gateway=gateway) for gateway, key in alarming(gateways)),
        )
    except StorageError:
        return ()


def alarming(gateways: GatewayReader) -> Iterator[tuple[str, str]]:
    """Yield each gateway that says of itself that somebody has to look, and by which counter it says so."""
    for gateway in sorted(gateways.heard_gateways()):
        told = gateways.gateway_report(gateway)
        counted = {} if told is None else told[0].counters
        yield from ((gateway, key) for key in SAID if counted.get(key))


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
