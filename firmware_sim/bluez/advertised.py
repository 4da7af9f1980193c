"""What an advertisement says, as the properties of `org.bluez.Device1`."""

from collections.abc import Iterator
from typing import Any

from bumble.core import AdvertisingData
from bumble.device import Advertisement
from dbus_fast import Variant

from firmware_sim.bluez.uuid_text import uuid_text

__all__ = ["advertised_properties", "advertised_uuids"]

_SERVICE_LISTS = (
    AdvertisingData.INCOMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS,
    AdvertisingData.COMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS,
    AdvertisingData.INCOMPLETE_LIST_OF_32_BIT_SERVICE_CLASS_UUIDS,
    AdvertisingData.COMPLETE_LIST_OF_32_BIT_SERVICE_CLASS_UUIDS,
    AdvertisingData.INCOMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS,
    AdvertisingData.COMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS,
)
_SERVICE_DATA = (
    AdvertisingData.SERVICE_DATA_16_BIT_UUID,
    AdvertisingData.SERVICE_DATA_32_BIT_UUID,
    AdvertisingData.SERVICE_DATA_128_BIT_UUID,
)


def advertised_uuids(advertisement: Advertisement) -> set[str]:
    """Return the services it lists."""
    return {uuid_text(uuid) for listed in _fields(advertisement, *_SERVICE_LISTS) for uuid in listed}


def advertised_properties(advertisement: Advertisement) -> dict[str, Any]:
    """Return what it says besides its services; what it does not say is left out."""
    names = list(
        _fields(advertisement, AdvertisingData.COMPLETE_LOCAL_NAME, AdvertisingData.SHORTENED_LOCAL_NAME)
    )
    makers = dict(_fields(advertisement, AdvertisingData.MANUFACTURER_SPECIFIC_DATA))
    services = dict(_fields(advertisement, *_SERVICE_DATA))
    said: dict[str, Any] = {"RSSI": int(advertisement.rssi)}
    if names:
        said |= {"Name": names[0], "Alias": names[0]}
    if makers:
        said["ManufacturerData"] = {maker: Variant("ay", bytes(data)) for maker, data in makers.items()}
    if services:
        said["ServiceData"] = {uuid_text(uuid): Variant("ay", bytes(data)) for uuid, data in services.items()}
    return said


def _fields(advertisement: Advertisement, *types: AdvertisingData.Type) -> Iterator[Any]:
    return (value for kind in types for value in advertisement.data.get_all(kind))
