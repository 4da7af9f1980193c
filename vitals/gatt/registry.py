"""Every characteristic Carewire speaks, by UUID: a new one is a codec module and a row here."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol

from vitals.errors import UnknownCharacteristicError
from vitals.gatt import (
    battery,
    blood_pressure_measurement,
    body_composition_measurement,
    body_sensor_location,
    cgm_feature,
    cgm_measurement,
    cgm_session_run_time,
    cgm_session_start_time,
    cgm_specific_ops_control_point,
    cgm_status,
    current_time,
    date_time,
    device_information,
    glucose_measurement,
    glucose_measurement_context,
    heart_rate,
    heart_rate_control_point,
    pulse_oximeter_continuous,
    pulse_oximeter_spot_check,
    record_access_control_point,
    running_speed_cadence_measurement,
    signal_control_point,
    signal_stream,
    temperature_measurement,
    uuids,
    weight_measurement,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Codec:
    """How one characteristic's value is read and written."""

    name: str
    decode: Callable[[bytes], object]
    encode: Callable[[Any], bytes]


class _CodecModule(Protocol):
    """What the module of a characteristic offers."""

    NAME: str

    def decode(self, value: bytes, /) -> object: ...

    def encode(self, value: Any, /) -> bytes: ...  # noqa: ANN401 - each encodes its own type


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


def _of(module: _CodecModule) -> Codec:
    return Codec(name=module.NAME, decode=module.decode, encode=module.encode)


CODECS: Mapping[str, Codec] = MappingProxyType(
    {
        uuids.HEART_RATE_MEASUREMENT: _of(heart_rate),
        uuids.BODY_SENSOR_LOCATION: _of(body_sensor_location),
        uuids.HEART_RATE_CONTROL_POINT: _of(heart_rate_control_point),
        uuids.PLX_SPOT_CHECK_MEASUREMENT: _of(pulse_oximeter_spot_check),
        uuids.PLX_CONTINUOUS_MEASUREMENT: _of(pulse_oximeter_continuous),
        uuids.TEMPERATURE_MEASUREMENT: _of(temperature_measurement),
        uuids.INTERMEDIATE_TEMPERATURE: Codec(
            name=temperature_measurement.INTERMEDIATE_NAME,
            decode=temperature_measurement.decode_intermediate,
            encode=temperature_measurement.encode,
        ),
        uuids.BLOOD_PRESSURE_MEASUREMENT: _of(blood_pressure_measurement),
        uuids.INTERMEDIATE_CUFF_PRESSURE: Codec(
            name=blood_pressure_measurement.INTERMEDIATE_NAME,
            decode=blood_pressure_measurement.decode_intermediate,
            encode=blood_pressure_measurement.encode,
        ),
        uuids.GLUCOSE_MEASUREMENT: _of(glucose_measurement),
        uuids.GLUCOSE_MEASUREMENT_CONTEXT: _of(glucose_measurement_context),
        uuids.RECORD_ACCESS_CONTROL_POINT: _of(record_access_control_point),
        uuids.CGM_MEASUREMENT: _of(cgm_measurement),
        uuids.CGM_FEATURE: _of(cgm_feature),
        uuids.CGM_STATUS: _of(cgm_status),
        uuids.CGM_SESSION_START_TIME: _of(cgm_session_start_time),
        uuids.CGM_SESSION_RUN_TIME: _of(cgm_session_run_time),
        uuids.CGM_SPECIFIC_OPS_CONTROL_POINT: _of(cgm_specific_ops_control_point),
        uuids.WEIGHT_MEASUREMENT: _of(weight_measurement),
        uuids.BODY_COMPOSITION_MEASUREMENT: _of(body_composition_measurement),
        uuids.RSC_MEASUREMENT: _of(running_speed_cadence_measurement),
        uuids.CURRENT_TIME: _of(current_time),
        uuids.DATE_TIME: _of(date_time),
        uuids.BATTERY_LEVEL: _of(battery),
        uuids.SIGNAL_CONTROL_POINT: _of(signal_control_point),
        uuids.SIGNAL_DATA: _of(signal_stream),
        uuids.SYSTEM_ID: Codec(
            name=device_information.SYSTEM_ID_NAME,
            decode=device_information.decode_system_id,
            encode=device_information.encode_system_id,
        ),
        uuids.PNP_ID: Codec(
            name=device_information.PNP_ID_NAME,
            decode=device_information.decode_pnp_id,
            encode=device_information.encode_pnp_id,
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
