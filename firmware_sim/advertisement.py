"""What a wearable broadcasts: its name and the services by which a gateway knows what it is."""

from dataclasses import dataclass
from typing import Final

from bumble.core import UUID, AdvertisingData

__all__ = ["Advertisement"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Advertisement:
    """A name, and services by UUID."""

    name: str
    services: tuple[str, ...]

    def packets(self) -> tuple[bytes, bytes]:
        """Return advertising data and scan response; the name goes into the latter where room is short."""
        name = (AdvertisingData.COMPLETE_LOCAL_NAME, self.name.encode())
        flags = (AdvertisingData.FLAGS, _GENERAL_DISCOVERABLE_LE_ONLY)
        whole = bytes(AdvertisingData([flags, *self._lists(), name]))
        if len(whole) <= _MOST_OCTETS:
            return whole, b""
        return bytes(AdvertisingData([flags, *self._lists()])), bytes(AdvertisingData([name]))

    def _lists(self) -> list[tuple[int, bytes]]:
        by_length: dict[int, bytes] = {}
        for service in self.services:
            octets = _shortest(service)
            by_length[len(octets)] = by_length.get(len(octets), b"") + octets
        return [(_LISTS[length], octets) for length, octets in by_length.items()]


_GENERAL_DISCOVERABLE_LE_ONLY: Final = b"\x06"
_MOST_OCTETS: Final = 31
_BASE: Final = "-0000-1000-8000-00805f9b34fb"
_LISTS: Final = {
    2: AdvertisingData.COMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS,
    16: AdvertisingData.COMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS,
}


def _shortest(service: str) -> bytes:
    """Return a UUID little-endian: in 16 bits where it has so many on the Bluetooth base."""
    if service.startswith("0000") and service.endswith(_BASE):
        return int(service[4:8], 16).to_bytes(2, "little")
    return bytes(UUID(service).to_bytes())
