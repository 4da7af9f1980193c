"""CGM Measurement (0x2AA7), Continuous Glucose Monitoring Service 1.0 section 3.1.

A notification holds one record or several, each led by its own size, which counts all its octets. An
E2E-CRC stands behind a record if the size leaves room for one.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntFlag
from typing import Final

from vitals.gatt import e2e_crc
from vitals.gatt.cgm_status_annunciation import KNOWN, SensorStatus
from vitals.gatt.octets import Octets, fitting
from vitals.gatt.sfloat import Quantity, put_sfloat, take_sfloat

NAME = "CGM Measurement"


@dataclass(frozen=True, slots=True, kw_only=True)
class CgmRecord:
    """Glucose in interstitial fluid, `time_offset_min` after the session's start."""

    glucose_mg_dl: Quantity
    time_offset_min: int
    sensor_status: SensorStatus | None = None
    """`None`: not told; a device tells only the octets that are not 0."""
    trend_mg_dl_min: Quantity | None = None
    quality_percent: Quantity | None = None
    has_crc: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CgmMeasurement:
    """One notification, oldest record first."""

    records: tuple[CgmRecord, ...]


class Flags(IntFlag):
    """The Flags field; bits 2 to 4 are reserved for future use."""

    TREND = 1 << 0
    QUALITY = 1 << 1
    WARNING_OCTET = 1 << 5
    CALIBRATION_AND_TEMPERATURE_OCTET = 1 << 6
    STATUS_OCTET = 1 << 7


def decode(value: bytes) -> CgmMeasurement:
    """Decode a notified value; raise `DecodeError` where a size or an E2E-CRC does not agree."""
    octets = Octets(NAME, value)
    records = [_take_record(octets, value)]
    while octets.remaining:
        records.append(_take_record(octets, value))
    return CgmMeasurement(records=tuple(records))


def encode(measurement: CgmMeasurement) -> bytes:
    """Encode records; raise `ValueError` for none, or a number too large for its field."""
    if not measurement.records:
        raise ValueError("a CGM measurement has at least one record")
    return b"".join(map(_encode_record, measurement.records))


_STATUS_OCTETS: Final = (
    (Flags.STATUS_OCTET, 0),
    (Flags.CALIBRATION_AND_TEMPERATURE_OCTET, 8),
    (Flags.WARNING_OCTET, 16),
)
"""In wire order: which flag announces an octet, and where it goes in the 24 bits."""


def _take_record(octets: Octets, value: bytes) -> CgmRecord:
    start = len(value) - octets.remaining
    stop = start + octets.uint(1, "Size")
    flags = Flags(octets.uint(1, "Flags"))
    glucose_mg_dl = take_sfloat(octets, "CGM Glucose Concentration")
    time_offset_min = octets.uint(2, "Time Offset")
    status = _take_status(octets, flags)
    trend = take_sfloat(octets, "CGM Trend Information") if Flags.TREND in flags else None
    quality = take_sfloat(octets, "CGM Quality") if Flags.QUALITY in flags else None
    at = len(value) - octets.remaining
    if stop not in {at, at + e2e_crc.OCTETS}:
        octets.reject(f"a Size of {at - start} octets, two more with an E2E-CRC, and not {stop - start}")
    if stop > at:
        e2e_crc.take_check(octets, value[start:at])
    return CgmRecord(
        glucose_mg_dl=glucose_mg_dl,
        time_offset_min=time_offset_min,
        sensor_status=status,
        trend_mg_dl_min=trend,
        quality_percent=quality,
        has_crc=stop > at,
    )


def _take_status(record: Octets, flags: Flags) -> SensorStatus | None:
    announced = [(flag, shift) for flag, shift in _STATUS_OCTETS if flag in flags]
    if not announced:
        return None
    bits = sum(record.uint(1, "Sensor Status Annunciation") << shift for _, shift in announced)
    return SensorStatus(bits & KNOWN)


def _encode_record(record: CgmRecord) -> bytes:
    flags = Flags(0)
    fields = put_sfloat(record.glucose_mg_dl)
    fields += fitting(record.time_offset_min, 16, "Time Offset").to_bytes(2, "little")
    for flag, shift in _STATUS_OCTETS:
        octet = (record.sensor_status or 0) >> shift & 0xFF
        if octet or (record.sensor_status == 0 and flag is Flags.STATUS_OCTET):
            flags |= flag
            fields += bytes([octet])
    if record.trend_mg_dl_min is not None:
        flags |= Flags.TREND
        fields += put_sfloat(record.trend_mg_dl_min, resolution=0.1)
    if record.quality_percent is not None:
        flags |= Flags.QUALITY
        fields += put_sfloat(record.quality_percent)
    size = 2 + len(fields) + (e2e_crc.OCTETS if record.has_crc else 0)
    octets = bytes([size, flags]) + fields
    return e2e_crc.sealed(octets) if record.has_crc else octets
