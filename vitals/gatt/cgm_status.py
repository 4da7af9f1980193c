"""CGM Status (0x2AA9), Continuous Glucose Monitoring Service 1.0 section 3.3."""

from __future__ import annotations

from dataclasses import dataclass

from vitals.gatt import e2e_crc
from vitals.gatt.cgm_status_annunciation import KNOWN, SensorStatus
from vitals.gatt.octets import Octets, fitting

NAME = "CGM Status"


@dataclass(frozen=True, slots=True, kw_only=True)
class CgmStatus:
    """How the sensor is, `time_offset_min` after the session's start."""

    time_offset_min: int
    sensor_status: SensorStatus
    has_crc: bool = False


def decode(value: bytes) -> CgmStatus:
    """Decode a read value; reserved bits are ignored."""
    octets = Octets(NAME, value)
    time_offset_min = octets.uint(2, "Time Offset")
    status = SensorStatus(octets.uint(3, "CGM Status") & KNOWN)
    has_crc = e2e_crc.take_check_if_there(octets, value)
    octets.finish()
    return CgmStatus(time_offset_min=time_offset_min, sensor_status=status, has_crc=has_crc)


def encode(status: CgmStatus) -> bytes:
    """Encode a status; raise `ValueError` for an offset too large for its field."""
    offset = fitting(status.time_offset_min, 16, "Time Offset").to_bytes(2, "little")
    value = offset + status.sensor_status.to_bytes(3, "little")
    return e2e_crc.sealed(value) if status.has_crc else value
