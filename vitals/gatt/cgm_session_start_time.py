"""CGM Session Start Time (0x2AAA), Continuous Glucose Monitoring Service 1.0 section 3.4.

The collector writes it to set the sensor's clock; every measurement's offset counts from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from vitals.gatt import date_time, e2e_crc
from vitals.gatt.octets import Octets

if TYPE_CHECKING:
    from vitals.gatt.date_time import DateTime

NAME = "CGM Session Start Time"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionStartTime:
    """Local time, the zone's offset from UTC without daylight saving, and that; `None`: not known."""

    local_time: DateTime
    time_zone_min: int | None
    daylight_saving_min: int | None
    has_crc: bool = False


def decode(value: bytes) -> SessionStartTime:
    """Decode a read or written value; reserved daylight saving numbers are refused."""
    octets = Octets(NAME, value)
    local_time = date_time.take(octets, "Session Start Time")
    zone = octets.sint(1, "Time Zone")
    if zone != _UNKNOWN_ZONE and not _WEST <= zone <= _EAST:
        octets.reject(f"a Time Zone of {_WEST} to {_EAST} quarters of an hour and not {zone}")
    saving = octets.uint(1, "DST Offset")
    if saving not in _DST_MIN:
        octets.reject(f"a DST Offset of 0, 2, 4, 8 or 255 and not {saving}")
    has_crc = e2e_crc.take_check_if_there(octets, value)
    octets.finish()
    return SessionStartTime(
        local_time=local_time,
        time_zone_min=None if zone == _UNKNOWN_ZONE else zone * _QUARTER_MIN,
        daylight_saving_min=_DST_MIN[saving],
        has_crc=has_crc,
    )


def encode(start: SessionStartTime) -> bytes:
    """Encode a start; raise `ValueError` for a zone off the quarter hours or an unknown daylight saving."""
    zone = _UNKNOWN_ZONE
    if start.time_zone_min is not None:
        zone, off = divmod(start.time_zone_min, _QUARTER_MIN)
        if off or not _WEST <= zone <= _EAST:
            raise ValueError(f"{start.time_zone_min} min is no time zone: give quarter hours, -720 to 840")
    saving = next((code for code, minutes in _DST_MIN.items() if minutes == start.daylight_saving_min), None)
    if saving is None:
        raise ValueError(f"{start.daylight_saving_min} min is no daylight saving: give 0, 30, 60 or 120")
    value = date_time.encode(start.local_time) + zone.to_bytes(1, "little", signed=True) + bytes([saving])
    return e2e_crc.sealed(value) if start.has_crc else value


_QUARTER_MIN: Final = 15
_UNKNOWN_ZONE: Final = -128
_WEST: Final = -48
_EAST: Final = 56
_DST_MIN: Final = {0: 0, 2: 30, 4: 60, 8: 120, 255: None}
