"""The Device Information Service's characteristics: UTF-8 strings, System ID (0x2A23), PnP ID (0x2A50)."""

from __future__ import annotations

from dataclasses import dataclass

from vitals.gatt.octets import Octets, fitting

SYSTEM_ID_NAME = "System ID"
PNP_ID_NAME = "PnP ID"


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemId:
    """An EUI-64: 40 bits of the manufacturer's choosing, 24 bits assigned to the organisation."""

    manufacturer_identifier: int
    organizationally_unique_identifier: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PnpId:
    """Who made the device (source 1: Bluetooth SIG, 2: USB), which product it is, in which version (BCD)."""

    vendor_id_source: int
    vendor_id: int
    product_id: int
    product_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StringCharacteristic:
    """A codec for a characteristic that is one UTF-8 string to the end of its value."""

    name: str

    def decode(self, value: bytes) -> str:
        """Decode a read value; the NUL padding some firmware adds is not part of the string."""
        try:
            return value.decode().rstrip("\0")
        except UnicodeDecodeError as error:
            Octets(self.name, value).reject(f"UTF-8, broken at offset {error.start}")

    def encode(self, text: str) -> bytes:
        """Encode a string; raise `ValueError` if it ends in NUL, which no reader would give back."""
        if text.endswith("\0"):
            raise ValueError(f"{self.name} cannot end in NUL: readers take it for padding")
        return text.encode()


MANUFACTURER_NAME = StringCharacteristic(name="Manufacturer Name String")
MODEL_NUMBER = StringCharacteristic(name="Model Number String")
SERIAL_NUMBER = StringCharacteristic(name="Serial Number String")
HARDWARE_REVISION = StringCharacteristic(name="Hardware Revision String")
FIRMWARE_REVISION = StringCharacteristic(name="Firmware Revision String")
SOFTWARE_REVISION = StringCharacteristic(name="Software Revision String")


def decode_system_id(value: bytes) -> SystemId:
    """Decode a read value; both parts are little-endian."""
    octets = Octets(SYSTEM_ID_NAME, value)
    system_id = SystemId(
        manufacturer_identifier=octets.uint(5, "Manufacturer Identifier"),
        organizationally_unique_identifier=octets.uint(3, "Organizationally Unique Identifier"),
    )
    octets.finish()
    return system_id


def encode_system_id(system_id: SystemId) -> bytes:
    """Encode a System ID; raise `ValueError` for a part too large for its field."""
    manufacturer = fitting(system_id.manufacturer_identifier, 40, "Manufacturer Identifier")
    organization = fitting(
        system_id.organizationally_unique_identifier, 24, "Organizationally Unique Identifier"
    )
    return manufacturer.to_bytes(5, "little") + organization.to_bytes(3, "little")


def decode_pnp_id(value: bytes) -> PnpId:
    """Decode a read value."""
    octets = Octets(PNP_ID_NAME, value)
    pnp_id = PnpId(
        vendor_id_source=octets.uint(1, "Vendor ID Source"),
        vendor_id=octets.uint(2, "Vendor ID"),
        product_id=octets.uint(2, "Product ID"),
        product_version=octets.uint(2, "Product Version"),
    )
    octets.finish()
    return pnp_id


def encode_pnp_id(pnp_id: PnpId) -> bytes:
    """Encode a PnP ID; raise `ValueError` for a part too large for its field."""
    words = {"Vendor ID": pnp_id.vendor_id, "Product ID": pnp_id.product_id}
    words["Product Version"] = pnp_id.product_version
    source = bytes([fitting(pnp_id.vendor_id_source, 8, "Vendor ID Source")])
    return source + b"".join(fitting(word, 16, name).to_bytes(2, "little") for name, word in words.items())
