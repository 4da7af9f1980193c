"""RSC Measurement (0x2A53), Running Speed and Cadence Service 1.0 section 3.1."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntFlag
from typing import Final

from vitals.gatt.octets import Octets, fitting

NAME = "RSC Measurement"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningSpeedCadence:
    """How fast, in how many steps a minute, and what came together since the sensor was reset."""

    speed_m_s: float
    cadence_steps_min: int
    stride_length_m: float | None = None
    total_distance_m: float | None = None
    is_running: bool = False


class Flags(IntFlag):
    """The Flags field; its five high bits are reserved for future use."""

    STRIDE_LENGTH = 1 << 0
    TOTAL_DISTANCE = 1 << 1
    RUNNING = 1 << 2


def decode(value: bytes) -> RunningSpeedCadence:
    """Decode a notified value; reserved bits are ignored."""
    octets = Octets(NAME, value)
    flags = Flags(octets.uint(1, "Flags"))
    measurement = RunningSpeedCadence(
        speed_m_s=octets.uint(2, "Instantaneous Speed") / _SPEED_STEPS_A_M_S,
        cadence_steps_min=octets.uint(1, "Instantaneous Cadence"),
        stride_length_m=(
            octets.uint(2, "Instantaneous Stride Length") / _STRIDE_STEPS_A_M
            if Flags.STRIDE_LENGTH in flags
            else None
        ),
        total_distance_m=(
            octets.uint(4, "Total Distance") / _DISTANCE_STEPS_A_M if Flags.TOTAL_DISTANCE in flags else None
        ),
        is_running=Flags.RUNNING in flags,
    )
    octets.finish()
    return measurement


def encode(measurement: RunningSpeedCadence) -> bytes:
    """Encode a measurement to the nearest steps; raise `ValueError` for a number too large for its field."""
    flags = Flags.RUNNING if measurement.is_running else Flags(0)
    speed = round(measurement.speed_m_s * _SPEED_STEPS_A_M_S)
    fields = fitting(speed, 16, "Instantaneous Speed in 1/256 m/s").to_bytes(2, "little")
    fields += bytes([fitting(measurement.cadence_steps_min, 8, "Instantaneous Cadence")])
    if measurement.stride_length_m is not None:
        flags |= Flags.STRIDE_LENGTH
        stride = round(measurement.stride_length_m * _STRIDE_STEPS_A_M)
        fields += fitting(stride, 16, "Instantaneous Stride Length in cm").to_bytes(2, "little")
    if measurement.total_distance_m is not None:
        flags |= Flags.TOTAL_DISTANCE
        distance = round(measurement.total_distance_m * _DISTANCE_STEPS_A_M)
        fields += fitting(distance, 32, "Total Distance in dm").to_bytes(4, "little")
    return bytes([flags]) + fields


_SPEED_STEPS_A_M_S: Final = 256
_STRIDE_STEPS_A_M: Final = 100
_DISTANCE_STEPS_A_M: Final = 10
