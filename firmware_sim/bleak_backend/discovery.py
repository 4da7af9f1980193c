"""A peripheral's services, as bleak presents them."""

from collections.abc import Callable

from bleak.assigned_numbers import gatt_char_props_to_strs
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.descriptor import BleakGATTDescriptor
from bleak.backends.service import BleakGATTService, BleakGATTServiceCollection
from bleak.uuids import normalize_uuid_str
from bumble.core import UUID
from bumble.device import Peer
from bumble.gatt_client import ServiceProxy

__all__ = ["discover_services", "uuid_text"]


async def discover_services(
    peer: Peer, *, wanted: set[str] | None, max_write_octets: Callable[[], int]
) -> BleakGATTServiceCollection:
    """Ask the peripheral for its services, or only for those of the wanted UUIDs, and all that is in them."""
    collection = BleakGATTServiceCollection()
    for service in await peer.discover_services():
        if wanted is None or uuid_text(service.uuid) in wanted:
            await _add_service(service, collection, max_write_octets)
    return collection


def uuid_text(uuid: UUID) -> str:
    """Return the UUID as bleak spells it: 128 bits, lower case, with hyphens."""
    return normalize_uuid_str(uuid.to_hex_str("-"))


async def _add_service(
    proxy: ServiceProxy, collection: BleakGATTServiceCollection, max_write_octets: Callable[[], int]
) -> None:
    service = BleakGATTService(proxy, proxy.handle, uuid_text(proxy.uuid))
    collection.add_service(service)
    for characteristic_proxy in await proxy.discover_characteristics():
        characteristic = BleakGATTCharacteristic(
            characteristic_proxy,
            characteristic_proxy.handle,
            uuid_text(characteristic_proxy.uuid),
            list(gatt_char_props_to_strs(characteristic_proxy.properties)),
            max_write_octets,
            service,
        )
        collection.add_characteristic(characteristic)
        for descriptor_proxy in await characteristic_proxy.discover_descriptors():
            uuid = uuid_text(descriptor_proxy.type)
            collection.add_descriptor(
                BleakGATTDescriptor(descriptor_proxy, descriptor_proxy.handle, uuid, characteristic)
            )
