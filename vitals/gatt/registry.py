"""Every characteristic Carewire speaks, by UUID: a new one is a codec module and a row here."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from vitals.errors import UnknownCharacteristicError
from vitals.gatt import (
    battery,
    body_sensor_location,
    device_information,
    ecg_control_point,
    ecg_stream,
    heart_rate,
    heart_rate_control_point,
    uuids,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Codec:
    """How one characteristic's value is read and written."""

    name: str
    decode: Callable[[bytes], object]
    encode: Callable[[Any], bytes]


def decode(uuid: str, value: bytes) -> object:
    """Decode a characteristic's value to the type its module defines; the UUID is 128 bits, in either case.

    Raises `UnknownCharacteristicError` for a UUID not in `CODECS` and `DecodeError` for a malformed value.
    """
    codec = CODECS.get(uuid.lower())
    if codec is None:
        raise UnknownCharacteristicError(
            f"No codec is registered for characteristic {uuid}: add its module and a row to CODECS, "
            "or do not subscribe to it"
        )
    return codec.decode(value)


CODECS: Mapping[str, Codec] = MappingProxyType(
    {
        uuids.HEART_RATE_MEASUREMENT: Codec(
            name=heart_rate.NAME, decode=heart_rate.decode, encode=heart_rate.encode
        ),
        uuids.BODY_SENSOR_LOCATION: Codec(
            name=body_sensor_location.NAME,
            decode=body_sensor_location.decode,
            encode=body_sensor_location.encode,
        ),
        uuids.HEART_RATE_CONTROL_POINT: Codec(
            name=heart_rate_control_point.NAME,
            decode=heart_rate_control_point.decode,
            encode=heart_rate_control_point.encode,
        ),
        uuids.BATTERY_LEVEL: Codec(name=battery.NAME, decode=battery.decode, encode=battery.encode),
        uuids.ECG_CONTROL_POINT: Codec(
            name=ecg_control_point.NAME, decode=ecg_control_point.decode, encode=ecg_control_point.encode
        ),
        uuids.ECG_DATA: Codec(name=ecg_stream.NAME, decode=ecg_stream.decode, encode=ecg_stream.encode),
        uuids.SYSTEM_ID: Codec(
            name=device_information.SYSTEM_ID_NAME,
            decode=device_information.decode_system_id,
            encode=device_information.encode_system_id,
        ),
        **{
            uuid: Codec(name=text.name, decode=text.decode, encode=text.encode)
            for uuid, text in (
                (uuids.MANUFACTURER_NAME, device_information.MANUFACTURER_NAME),
                (uuids.MODEL_NUMBER, device_information.MODEL_NUMBER),
                (uuids.SERIAL_NUMBER, device_information.SERIAL_NUMBER),
                (uuids.HARDWARE_REVISION, device_information.HARDWARE_REVISION),
                (uuids.FIRMWARE_REVISION, device_information.FIRMWARE_REVISION),
                (uuids.SOFTWARE_REVISION, device_information.SOFTWARE_REVISION),
            )
        },
    }
)
