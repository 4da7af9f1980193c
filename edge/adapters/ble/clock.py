"""Sets a wearable's clock where it is wrong: an ear thermometer that thinks it is 2010 dates a fever 2010.

A clock that is right in some time zone is left as its wearer reads it. Nothing is set while the gateway
itself does not know the time. What the clock shows, before and after, is notified like any value: it is
how the readings' own times are put on the gateway's.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from edge.adapters.ble.link import BleLink
from edge.streams.device_time import is_right
from vitals.clock import Clock
from vitals.errors import DecodeError
from vitals.gatt import cgm_session_start_time, current_time, uuids
from vitals.gatt.cgm_session_start_time import SessionStartTime
from vitals.gatt.current_time import AdjustReason, CurrentTime
from vitals.gatt.date_time import DateTime

__all__ = ["ClockOutcome", "ClockWork", "set_clock"]

_TOLERANCE_S: Final = 5.0


class ClockOutcome(StrEnum):
    """What came of it."""

    RIGHT = "right"
    SET = "set"
    NOT_TAKEN = "not-taken"
    NOT_OFFERED = "not-offered"
    NOT_SYNCED = "not-synced"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockWork:
    """What setting a clock takes."""

    link: BleLink
    clock: Clock
    is_synced: Callable[[], bool]
    forward: Callable[[str, bytes], None]


async def set_clock(work: ClockWork) -> ClockOutcome:
    """Compare the wearable's clock with the gateway's, and set it if that is better.

    Raises
    ------
    BleakError, TimeoutError, OSError, EOFError
        The radio failed, or the wearable refuses.
    """
    if work.link.can(uuids.CURRENT_TIME, "read"):
        return await _set_current_time(work)
    if work.link.can(uuids.CGM_SESSION_START_TIME, "read"):
        return await _set_session_start(work)
    return ClockOutcome.NOT_OFFERED


async def _set_current_time(work: ClockWork) -> ClockOutcome:
    shown = await work.link.read(uuids.CURRENT_TIME)
    work.forward(uuids.CURRENT_TIME, shown)
    if _is_right(shown, work.clock.wall_ms()):
        return ClockOutcome.RIGHT
    if not work.link.can(uuids.CURRENT_TIME, "write"):
        return ClockOutcome.NOT_OFFERED
    if not work.is_synced():
        return ClockOutcome.NOT_SYNCED
    reason = AdjustReason.EXTERNAL_REFERENCE_TIME_UPDATE
    moment = CurrentTime.of(_local(work.clock.wall_ms()), adjust_reason=reason)
    await work.link.write(uuids.CURRENT_TIME, current_time.encode(moment))
    shown = await work.link.read(uuids.CURRENT_TIME)
    work.forward(uuids.CURRENT_TIME, shown)
    return ClockOutcome.SET if _is_right(shown, work.clock.wall_ms()) else ClockOutcome.NOT_TAKEN


async def _set_session_start(work: ClockWork) -> ClockOutcome:
    """Give a sensor that does not know when its session began the time: it reckons the rest."""
    shown = await work.link.read(uuids.CGM_SESSION_START_TIME)
    start = cgm_session_start_time.decode(shown)
    work.forward(uuids.CGM_SESSION_START_TIME, shown)  # that it is not known is news, too: another began
    if start.local_time.milliseconds() is not None:
        return ClockOutcome.RIGHT
    if not work.link.can(uuids.CGM_SESSION_START_TIME, "write"):
        return ClockOutcome.NOT_OFFERED
    if not work.is_synced():
        return ClockOutcome.NOT_SYNCED
    now = datetime.fromtimestamp(work.clock.wall_ms() / 1000, tz=UTC)
    told = SessionStartTime(
        local_time=DateTime.of(now), time_zone_min=0, daylight_saving_min=0, has_crc=start.has_crc
    )
    await work.link.write(uuids.CGM_SESSION_START_TIME, cgm_session_start_time.encode(told))
    work.forward(uuids.CGM_SESSION_START_TIME, await work.link.read(uuids.CGM_SESSION_START_TIME))
    return ClockOutcome.SET


def _is_right(shown: bytes, now_ms: int) -> bool:
    try:
        shown_ms = current_time.decode(shown).date_time.milliseconds()
    except DecodeError:
        return False
    return shown_ms is not None and is_right(shown_ms, now_ms, within_s=_TOLERANCE_S)


def _local(wall_ms: int) -> datetime:
    """Return the moment in the gateway's own time zone: what a person expects to see on a cuff."""
    return datetime.fromtimestamp(wall_ms / 1000, tz=UTC).astimezone()
