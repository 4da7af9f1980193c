"""The gateway's own alarms: what is wrong with the gateway itself, told where it stands.

These are technical alarm conditions (IEC 60601-1-8), raised without the cloud's help because the
cloud may be what is missing. A hook makes them heard: the log at first, a light or a buzzer later.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

import structlog

__all__ = ["ALARMS", "Alarm", "AlarmChange", "AlarmKey", "LocalAlarms", "Priority", "log_change"]


class Priority(StrEnum):
    """How soon somebody must act."""

    MEDIUM = "medium"
    LOW = "low"


class AlarmKey(StrEnum):
    """What can be wrong with a gateway."""

    MODEL_UNUSABLE = "model-unusable"
    CLOUD_SILENT = "cloud-silent"
    OUTBOX_FULL = "outbox-full"
    OUTBOX_FAILED = "outbox-failed"
    RADIO_FAILED = "radio-failed"
    DISK_SLOW = "disk-slow"
    DISK_LOW = "disk-low"
    OVERHEATED = "overheated"
    POWER_POOR = "power-poor"
    CLOCK_UNSET = "clock-unset"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """One row: an alarm condition, its priority, what it costs and what to do."""

    key: AlarmKey
    priority: Priority
    remedy: str


ALARMS: Final[Mapping[AlarmKey, Alarm]] = MappingProxyType(
    {
        row.key: row
        for row in (
            Alarm(
                key=AlarmKey.MODEL_UNUSABLE,
                priority=Priority.MEDIUM,
                remedy="no rhythm is judged here until a good model is installed; the cloud's limits hold",
            ),
            Alarm(
                key=AlarmKey.CLOUD_SILENT,
                priority=Priority.MEDIUM,
                remedy="nobody is alerted until the network or the cloud is back; records wait in the outbox",
            ),
            Alarm(
                key=AlarmKey.OUTBOX_FULL,
                priority=Priority.MEDIUM,
                remedy="samples give way to stated gaps: restore the way to the cloud or allow more space",
            ),
            Alarm(
                key=AlarmKey.OUTBOX_FAILED,
                priority=Priority.MEDIUM,
                remedy="records cannot be made durable: check the gateway's disk",
            ),
            Alarm(
                key=AlarmKey.RADIO_FAILED,
                priority=Priority.LOW,
                remedy="no Bluetooth adapter answers: check that it is plugged in and not blocked",
            ),
            Alarm(
                key=AlarmKey.DISK_SLOW,
                priority=Priority.LOW,
                remedy="records wait in memory for the disk: replace a card that often rests for so long",
            ),
            Alarm(
                key=AlarmKey.DISK_LOW,
                priority=Priority.MEDIUM,
                remedy="soon nothing more can be kept: free space on the gateway's disk",
            ),
            Alarm(
                key=AlarmKey.OVERHEATED,
                priority=Priority.LOW,
                remedy="the gateway slows itself down: give it air, out of the sun and off the radiator",
            ),
            Alarm(
                key=AlarmKey.POWER_POOR,
                priority=Priority.LOW,
                remedy="the gateway may stop at any moment: use the power supply and the cable made for it",
            ),
            Alarm(
                key=AlarmKey.CLOCK_UNSET,
                priority=Priority.LOW,
                remedy="times may be wrong until a time server answers: check the network",
            ),
        )
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmChange:
    """An alarm condition came or went."""

    alarm: Alarm
    is_raised: bool
    t_ms: int
    detail: str = ""


def log_change(change: AlarmChange) -> None:
    """Say it in the log: the hook while there is no light to switch."""
    log = structlog.get_logger()
    if change.is_raised:
        log.error(
            "local_alarm.raised",
            alarm=change.alarm.key,
            priority=change.alarm.priority,
            detail=change.detail,
            remedy=change.alarm.remedy,
        )
    else:
        log.info("local_alarm.cleared", alarm=change.alarm.key)


class LocalAlarms:
    """Which alarms stand; each change is told once."""

    def __init__(self, *, hook: Callable[[AlarmChange], None] = log_change) -> None:
        self._hook = hook
        self._since_ms: dict[AlarmKey, int] = {}

    @property
    def standing(self) -> Mapping[AlarmKey, int]:
        """Every alarm that stands, and since when."""
        return MappingProxyType(self._since_ms)

    def set(self, key: AlarmKey, *, stands: bool, t_ms: int, detail: str = "") -> None:
        """State whether an alarm condition holds at `t_ms`."""
        if stands == (key in self._since_ms):
            return
        if stands:
            self._since_ms[key] = t_ms
        else:
            del self._since_ms[key]
        self._hook(AlarmChange(alarm=ALARMS[key], is_raised=stands, t_ms=t_ms, detail=detail))
