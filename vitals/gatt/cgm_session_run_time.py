"""CGM Session Run Time (0x2AAB), Continuous Glucose Monitoring Service 1.0 section 3.5."""

from __future__ import annotations

from dataclasses import dataclass

from vitals.gatt import e2e_crc
from vitals.gatt.octets import Octets, fitting

NAME = "CGM Session Run Time"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRunTime:
    """How long a sensor can be expected to work."""

    hours: int
    has_crc: bool = False


def decode(value: bytes) -> SessionRunTime:
    """Decode a read value."""
    octets = Octets(NAME, value)
    hours = octets.uint(2, "CGM Session Run Time")
    has_crc = e2e_crc.take_check_if_there(octets, value)
    octets.finish()
    return SessionRunTime(hours=hours, has_crc=has_crc)


def encode(run_time: SessionRunTime) -> bytes:
    """Encode a run time; raise `ValueError` beyond 65,535 hours."""
    value = fitting(run_time.hours, 16, "CGM Session Run Time").to_bytes(2, "little")
    return e2e_crc.sealed(value) if run_time.has_crc else value
