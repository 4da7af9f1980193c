"""What a central may write to a wearable, and what the wearable does about it: one row a characteristic."""

from __future__ import annotations

from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from bumble import att

from vitals.errors import DecodeError
from vitals.gatt import (
    cgm_session_start_time,
    cgm_specific_ops_control_point,
    current_time,
    signal_control_point,
    uuids,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from firmware_sim.wearables import Wearable
    from vitals.gatt.date_time import DateTime

__all__ = ["REQUESTS"]


def _control_signals(wearable: Wearable, value: bytes) -> None:
    gatt = wearable.peripheral.gatt
    _need_indications(wearable, uuids.SIGNAL_CONTROL_POINT)
    response = wearable.firmware.streamer.answer(
        value,
        subscribed=gatt.is_subscribed(uuids.SIGNAL_DATA),
        max_octets=gatt.notification_octets(uuids.SIGNAL_DATA),
    )
    if wearable.firmware.streamer.running:
        wearable.firmware.sample()
        wearable.lifetime.begin()
    wearable.respond(uuids.SIGNAL_CONTROL_POINT, signal_control_point.encode(response))


def _access_records(wearable: Wearable, value: bytes) -> None:
    _need_indications(wearable, uuids.RECORD_ACCESS_CONTROL_POINT)
    if wearable.records.is_busy_for(value):
        raise att.ATT_Error(_PROCEDURE_ALREADY_IN_PROGRESS)
    wearable.serve_records(value)


def _set_current_time(wearable: Wearable, value: bytes) -> None:
    try:
        told = current_time.decode(value)
    except DecodeError as error:
        raise att.ATT_Error(att.ATT_INVALID_ATTRIBUTE_LENGTH_ERROR) from error
    _set_calendar(wearable, told.date_time)


def _set_session_start(wearable: Wearable, value: bytes) -> None:
    """Take the time of a collector: a session that has begun keeps its minutes, and learns when that was."""
    try:
        told = cgm_session_start_time.decode(value)
    except DecodeError as error:
        raise att.ATT_Error(_INVALID_CRC) from error
    if not told.has_crc:
        raise att.ATT_Error(_MISSING_CRC)
    _set_calendar(wearable, told.local_time)


def _operate_sensor(wearable: Wearable, value: bytes) -> None:
    uuid, firmware = uuids.CGM_SPECIFIC_OPS_CONTROL_POINT, wearable.firmware
    _need_indications(wearable, uuid)
    before_s = firmware.session.started_s
    answer = firmware.session.answer(value, firmware.lived_s)
    if firmware.session.started_s != before_s:
        firmware.store.clear()  # minutes of another session would be taken for this one's
    wearable.respond(uuid, cgm_specific_ops_control_point.encode(answer))


REQUESTS: Final[Mapping[str, Callable[[Wearable, bytes], None]]] = MappingProxyType(
    {
        uuids.SIGNAL_CONTROL_POINT: _control_signals,
        uuids.RECORD_ACCESS_CONTROL_POINT: _access_records,
        uuids.CURRENT_TIME: _set_current_time,
        uuids.CGM_SESSION_START_TIME: _set_session_start,
        uuids.CGM_SPECIFIC_OPS_CONTROL_POINT: _operate_sensor,
    }
)

# Core Specification Supplement, Part B, 1.2, and Current Time and CGM Service 1.0.
_CCCD_IMPROPERLY_CONFIGURED: Final = 0xFD
_PROCEDURE_ALREADY_IN_PROGRESS: Final = 0xFE
_DATA_FIELD_IGNORED: Final = 0x80
_MISSING_CRC: Final = 0x80
_INVALID_CRC: Final = 0x81


def _need_indications(wearable: Wearable, uuid: str) -> None:
    if not wearable.peripheral.gatt.is_subscribed(uuid):
        raise att.ATT_Error(_CCCD_IMPROPERLY_CONFIGURED)


def _set_calendar(wearable: Wearable, told: DateTime) -> None:
    milliseconds = told.milliseconds()
    if milliseconds is None:
        raise att.ATT_Error(_DATA_FIELD_IGNORED)
    moment = datetime.fromtimestamp(milliseconds / 1000, tz=UTC)
    wearable.firmware.clock.set(wearable.lifetime.now_s(), moment)
