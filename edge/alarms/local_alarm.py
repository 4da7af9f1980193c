"""The gateway's own alarms: what is wrong with the gateway itself, told where it stands.

These are technical alarm conditions (IEC 60601-1-8), raised without the cloud's help because the
cloud may be what is missing. A hook makes them heard: the log at first, a light or a buzzer later.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Final

import structlog

__all__ = ["ALARMS", "Alarm", "AlarmChange", "AlarmKey", "LocalAlarms", "Priority", "log_change"]


class Priority(StrEnum):
    """How soon somebody must act."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class AlarmKey(StrEnum):
    """What can be wrong with a gateway."""

    MODEL_UNUSABLE = "model-unusable"
    MODEL_DRIFT = "model-drift"
    CLOUD_SILENT = "cloud-silent"
    CLOUD_NO_WAY = "cloud-no-way"
    CLOUD_NO_SERVICE = "cloud-no-service"
    CLOUD_NO_ALERTING = "cloud-no-alerting"
    NOBODY_REACHED = "nobody-reached"
    OUTBOX_FULL = "outbox-full"
    OUTBOX_FAILED = "outbox-failed"
    RADIO_FAILED = "radio-failed"
    WEARABLE_UNREACHABLE = "wearable-unreachable"
    BOND_LOST = "bond-lost"
    DISK_SLOW = "disk-slow"
    DISK_LOW = "disk-low"
    OVERHEATED = "overheated"
    POWER_POOR = "power-poor"
    CLOCK_UNSET = "clock-unset"
    CERTIFICATE_ENDING = "certificate-ending"
    SIGNAL_FAILED = "signal-failed"
    PAGE_FAILED = "page-failed"
    LEDGER_CHANGED = "ledger-changed"
    TRUST_DAMAGED = "trust-damaged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """One row: an alarm condition, what a person is told of it, its priority, its cost and what to do.

    While it stands nobody outside may be told of the wearers, if `mutes_cloud`. What it `covers` is not told
    beside it, as long as it is as urgent.
    """

    key: AlarmKey
    title: str
    priority: Priority
    remedy: str
    mutes_cloud: bool = False
    covers: frozenset[AlarmKey] = frozenset()


ALARMS: Final[Mapping[AlarmKey, Alarm]] = MappingProxyType(
    {
        row.key: row
        for row in (
            Alarm(
                key=AlarmKey.MODEL_UNUSABLE,
                title="A model cannot be used",
                priority=Priority.MEDIUM,
                remedy="what it judges is not judged here until a good model is installed; limits still hold",
            ),
            Alarm(
                key=AlarmKey.MODEL_DRIFT,
                title="Signals unlike those a model learnt from",
                priority=Priority.LOW,
                remedy="judgements may be off for this wearer: check the sensor's place, look at the signal",
            ),
            Alarm(
                key=AlarmKey.CLOUD_SILENT,
                title="Cloud not reached",
                priority=Priority.MEDIUM,
                remedy="nobody is alerted until the network or the cloud is back; records wait in the outbox",
                mutes_cloud=True,
            ),
            Alarm(
                key=AlarmKey.CLOUD_NO_WAY,
                title="No way to the cloud",
                priority=Priority.MEDIUM,
                remedy="nobody outside is told anything: check the router, the cable and the internet",
                mutes_cloud=True,
                covers=frozenset({AlarmKey.CLOUD_SILENT}),
            ),
            Alarm(
                key=AlarmKey.CLOUD_NO_SERVICE,
                title="Cloud does not answer",
                priority=Priority.MEDIUM,
                remedy="nobody outside is told anything: the network is there, tell whoever runs the cloud",
                mutes_cloud=True,
                covers=frozenset({AlarmKey.CLOUD_SILENT}),
            ),
            Alarm(
                key=AlarmKey.CLOUD_NO_ALERTING,
                title="Cloud alerts nobody",
                priority=Priority.MEDIUM,
                remedy="the cloud keeps what is measured and tells nobody of it: tell whoever runs the cloud",
                mutes_cloud=True,
            ),
            Alarm(
                key=AlarmKey.NOBODY_REACHED,
                title="Nobody could be reached",
                priority=Priority.MEDIUM,
                remedy="the cloud has an alert and reaches nobody: look after the person, call for help",
                mutes_cloud=True,
            ),
            Alarm(
                key=AlarmKey.OUTBOX_FULL,
                title="No room for more records",
                priority=Priority.MEDIUM,
                remedy="samples give way to stated gaps: restore the way to the cloud or allow more space",
            ),
            Alarm(
                key=AlarmKey.OUTBOX_FAILED,
                title="Records cannot be kept",
                priority=Priority.MEDIUM,
                remedy="records cannot be made durable: check the gateway's disk",
            ),
            Alarm(
                key=AlarmKey.RADIO_FAILED,
                title="No Bluetooth",
                priority=Priority.LOW,
                remedy="no Bluetooth adapter answers: check that it is plugged in and not blocked",
            ),
            Alarm(
                key=AlarmKey.WEARABLE_UNREACHABLE,
                title="Wearable cannot be connected",
                priority=Priority.MEDIUM,
                remedy="it is heard and cannot be connected: switch it off and on, keep other phones from it",
            ),
            Alarm(
                key=AlarmKey.BOND_LOST,
                title="Wearable wants to be paired again",
                priority=Priority.MEDIUM,
                remedy="it does not know this gateway any more: let it pair, as its manual says",
            ),
            Alarm(
                key=AlarmKey.DISK_SLOW,
                title="Disk slow",
                priority=Priority.LOW,
                remedy="records wait in memory for the disk: replace a card that often rests for so long",
            ),
            Alarm(
                key=AlarmKey.DISK_LOW,
                title="Disk nearly full",
                priority=Priority.MEDIUM,
                remedy="soon nothing more can be kept: free space on the gateway's disk",
            ),
            Alarm(
                key=AlarmKey.OVERHEATED,
                title="Gateway too hot",
                priority=Priority.LOW,
                remedy="the gateway slows itself down: give it air, out of the sun and off the radiator",
            ),
            Alarm(
                key=AlarmKey.POWER_POOR,
                title="Power supply too weak",
                priority=Priority.LOW,
                remedy="the gateway may stop at any moment: use the power supply and the cable made for it",
            ),
            Alarm(
                key=AlarmKey.CLOCK_UNSET,
                title="Clock not set",
                priority=Priority.LOW,
                remedy="times may be wrong until a time server answers: check the network",
            ),
            Alarm(
                key=AlarmKey.CERTIFICATE_ENDING,
                title="Certificate ends soon",
                priority=Priority.MEDIUM,
                remedy="after that the cloud lets this gateway in no more: enrol it again with a new code",
            ),
            Alarm(
                key=AlarmKey.SIGNAL_FAILED,
                title="Light or sound failed",
                priority=Priority.LOW,
                remedy="an alarm here may not be noticed: check alarms.command and alarms.led",
            ),
            Alarm(
                key=AlarmKey.PAGE_FAILED,
                title="Page cannot be opened",
                priority=Priority.LOW,
                remedy="its address or port is not to be had: check page.host and page.port",
            ),
            Alarm(
                key=AlarmKey.LEDGER_CHANGED,
                title="Record of looks was changed",
                priority=Priority.LOW,
                remedy="it was changed who looked at whom: ask who runs the cloud, keep this gateway's files",
            ),
            Alarm(
                key=AlarmKey.TRUST_DAMAGED,
                title="Settings and models cannot be renewed",
                priority=Priority.LOW,
                remedy="whom this gateway takes them from was lost: see its disk, then docs/rollouts.md",
            ),
        )
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmChange:
    """An alarm condition came or went, of the gateway as a whole or of one wearable."""

    alarm: Alarm
    is_raised: bool
    t_ms: int
    detail: str = ""
    device: str | None = None

    @property
    def key(self) -> str:
        """What names this alarm among all that stand: with its wearable, where it is of one."""
        return self.alarm.key if self.device is None else f"{self.alarm.key}:{self.device}"


def log_change(change: AlarmChange) -> None:
    """Say it in the log: the hook while there is no light to switch."""
    log = structlog.get_logger()
    if change.is_raised:
        log.error(
            "local_alarm.raised",
            alarm=change.alarm.key,
            priority=change.alarm.priority,
            device=change.device,
            detail=change.detail,
            remedy=change.alarm.remedy,
        )
    else:
        log.info("local_alarm.cleared", alarm=change.alarm.key, device=change.device)


class LocalAlarms:
    """Which alarms stand; each change is told once."""

    def __init__(self, *, hook: Callable[[AlarmChange], None] = log_change) -> None:
        self._hook = hook
        self._since_ms: dict[tuple[AlarmKey, str | None], int] = {}
        self._priorities: dict[tuple[AlarmKey, str | None], Priority] = {}

    @property
    def standing(self) -> Mapping[AlarmKey, int]:
        """Every alarm that stands, for the gateway or any wearable, and since when."""
        since_ms: dict[AlarmKey, int] = {}
        for (key, _), at_ms in self._since_ms.items():
            since_ms[key] = min(at_ms, since_ms.get(key, at_ms))
        return MappingProxyType(since_ms)

    def devices(self, key: AlarmKey) -> frozenset[str]:
        """Return the wearables that an alarm stands for."""
        return frozenset(device for held, device in self._since_ms if held is key and device is not None)

    def set(  # noqa: PLR0913 - what is to be said of one alarm
        self,
        key: AlarmKey,
        *,
        stands: bool,
        t_ms: int,
        detail: str = "",
        device: str | None = None,
        priority: Priority | None = None,
    ) -> None:
        """State whether an alarm condition holds at `t_ms`, for a wearable where one is named.

        `priority` goes before its row's; one that stands and becomes more or less urgent is told again.
        """
        alarm = ALARMS[key] if priority is None else replace(ALARMS[key], priority=priority)
        which = (key, device)
        if self._priorities.get(which) == (alarm.priority if stands else None):
            return
        if stands:
            self._priorities[which] = alarm.priority
            t_ms = self._since_ms.setdefault(which, t_ms)
        else:
            del self._priorities[which], self._since_ms[which]
        self._hook(AlarmChange(alarm=alarm, is_raised=stands, t_ms=t_ms, detail=detail, device=device))
