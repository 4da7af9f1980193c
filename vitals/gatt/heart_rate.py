"""Heart Rate Measurement (0x2A37), GATT Specification Supplement section 3, Heart Rate Service 1.0."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntFlag

from vitals.gatt.octets import Octets, fitting

NAME = "Heart Rate Measurement"


class SensorContact(Enum):
    """Whether the sensor touches skin, as far as it can tell."""

    NOT_SUPPORTED = "not-supported"
    NO_CONTACT = "no-contact"
    CONTACT = "contact"


@dataclass(frozen=True, slots=True, kw_only=True)
class HeartRateMeasurement:
    """One notification of a heart rate sensor; RR intervals run from the oldest to the newest."""

    heart_rate_bpm: int
    sensor_contact: SensorContact = SensorContact.NOT_SUPPORTED
    energy_expended_kj: int | None = None
    rr_intervals_ms: tuple[float, ...] = ()


def decode(value: bytes) -> HeartRateMeasurement:
    """Decode a notified value; the reserved bits of the flags are ignored, as the specification asks."""
    octets = Octets(NAME, value)
    flags = Flags(octets.uint(1, "Flags"))
    heart_rate_bpm = octets.uint(2 if Flags.HEART_RATE_VALUE_FORMAT in flags else 1, "Heart Rate Value")
    energy_expended_kj = octets.uint(2, "Energy Expended") if Flags.ENERGY_EXPENDED_PRESENT in flags else None
    rr_intervals_ms = _decode_rr_intervals(octets) if Flags.RR_INTERVAL_PRESENT in flags else ()
    octets.finish()
    return HeartRateMeasurement(
        heart_rate_bpm=heart_rate_bpm,
        sensor_contact=_SENSOR_CONTACT[flags & _CONTACT],
        energy_expended_kj=energy_expended_kj,
        rr_intervals_ms=rr_intervals_ms,
    )


def encode(measurement: HeartRateMeasurement) -> bytes:
    """Encode a value, the rate in 8 bits where it fits; RR intervals round to the nearest 1/1024 s."""
    flags = _CONTACT_FLAGS[measurement.sensor_contact]
    rate_octets = 1
    fields = b""
    if measurement.heart_rate_bpm > _UINT8_MAX:
        flags |= Flags.HEART_RATE_VALUE_FORMAT
        rate_octets = 2
    if measurement.energy_expended_kj is not None:
        flags |= Flags.ENERGY_EXPENDED_PRESENT
        fields += fitting(measurement.energy_expended_kj, 16, "Energy Expended").to_bytes(2, "little")
    if measurement.rr_intervals_ms:
        flags |= Flags.RR_INTERVAL_PRESENT
        fields += b"".join(map(_encode_rr_interval, measurement.rr_intervals_ms))
    rate = fitting(measurement.heart_rate_bpm, 16, "Heart Rate Value").to_bytes(rate_octets, "little")
    return bytes([flags]) + rate + fields


class Flags(IntFlag):
    """The Flags field; its three high bits are reserved for future use."""

    HEART_RATE_VALUE_FORMAT = 1 << 0
    SENSOR_CONTACT_DETECTED = 1 << 1
    SENSOR_CONTACT_SUPPORTED = 1 << 2
    ENERGY_EXPENDED_PRESENT = 1 << 3
    RR_INTERVAL_PRESENT = 1 << 4


_UINT8_MAX = 0xFF
_RR_TICKS_PER_S = 1024

_CONTACT = Flags.SENSOR_CONTACT_DETECTED | Flags.SENSOR_CONTACT_SUPPORTED
_SENSOR_CONTACT = {
    Flags(0): SensorContact.NOT_SUPPORTED,
    Flags.SENSOR_CONTACT_DETECTED: SensorContact.NOT_SUPPORTED,
    Flags.SENSOR_CONTACT_SUPPORTED: SensorContact.NO_CONTACT,
    _CONTACT: SensorContact.CONTACT,
}
_CONTACT_FLAGS = {
    SensorContact.NOT_SUPPORTED: Flags(0),
    SensorContact.NO_CONTACT: Flags.SENSOR_CONTACT_SUPPORTED,
    SensorContact.CONTACT: _CONTACT,
}


def _decode_rr_intervals(octets: Octets) -> tuple[float, ...]:
    count = max(1, (octets.remaining + 1) // 2)  # the flag promises one; an odd octet is half of another
    return tuple(octets.uint(2, "RR-Interval") * 1000 / _RR_TICKS_PER_S for _ in range(count))


def _encode_rr_interval(rr_interval_ms: float) -> bytes:
    ticks = round(rr_interval_ms * _RR_TICKS_PER_S / 1000)
    return fitting(ticks, 16, "RR-Interval in 1/1024 s").to_bytes(2, "little")
