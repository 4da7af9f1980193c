"""Whether the computer the gateway runs on is well: its disk, its heat, its power, its clock."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from edge.alarms.local_alarm import AlarmKey, LocalAlarms
from vitals.records import HostState

__all__ = ["HOST_CONDITIONS", "HostCondition", "HostReading", "HostWatch"]

_MIB: Final = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class HostReading:
    """What was seen of the computer at one look; `None` where it cannot tell."""

    host: HostState = HostState()  # noqa: RUF009 - a struct is as frozen as this
    clock_synced: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HostCondition:
    """One row: when an alarm of the computer begins and ends; between the two it stays as it is."""

    key: AlarmKey
    begins: Callable[[HostReading], bool]
    ends: Callable[[HostReading], bool]
    says: Callable[[HostReading], str]
    after_s: float
    """How long it must hold before anybody is told."""
    source: str


def _free_mib(reading: HostReading) -> float | None:
    free_bytes = reading.host.disk_free_bytes
    return None if free_bytes is None else free_bytes / _MIB


def _is_under(value: float | None, limit: float) -> bool:
    return value is not None and value < limit


def _is_at_least(value: float | None, limit: float) -> bool:
    return value is not None and value >= limit


HOST_CONDITIONS: Final = (
    HostCondition(
        key=AlarmKey.DISK_LOW,
        begins=lambda seen: _is_under(_free_mib(seen), 200),
        ends=lambda seen: _is_at_least(_free_mib(seen), 300),
        says=lambda seen: f"{_free_mib(seen):.0f} MiB free",
        after_s=0,
        source="a day of four ECGs at 130 Hz without the cloud (2 bytes a sample: 90 MB), doubled",
    ),
    HostCondition(
        key=AlarmKey.OVERHEATED,
        begins=lambda seen: _is_at_least(seen.host.cpu_temperature_c, 80),
        ends=lambda seen: _is_under(seen.host.cpu_temperature_c, 75),
        says=lambda seen: f"{seen.host.cpu_temperature_c:.0f} °C",
        after_s=60,
        source="Raspberry Pi documentation, frequency management: from 80 °C on the processor is slowed down",
    ),
    HostCondition(
        key=AlarmKey.POWER_POOR,
        begins=lambda seen: seen.host.throttled is True and not _is_at_least(seen.host.cpu_temperature_c, 75),
        ends=lambda seen: seen.host.throttled is False,
        says=lambda _: "the firmware slows the processor down, and it is not hot",
        after_s=60,
        source="Raspberry Pi documentation, get_throttled: under-voltage below 4.63 V",
    ),
    HostCondition(
        key=AlarmKey.CLOCK_UNSET,
        begins=lambda seen: seen.clock_synced is False,
        ends=lambda seen: seen.clock_synced is True,
        says=lambda _: "no time server holds the clock",
        after_s=900,
        source="systemd-timesyncd has its first answer minutes after a start, if there is anybody to ask",
    ),
)


class HostWatch:
    """Compares each look at the computer with the table."""

    def __init__(
        self, *, alarms: LocalAlarms, conditions: tuple[HostCondition, ...] = HOST_CONDITIONS
    ) -> None:
        self._alarms = alarms
        self._conditions = conditions
        self._since_s: dict[AlarmKey, float] = {}
        self.reading = HostReading()
        """As it was at the last look."""

    def look(self, reading: HostReading, *, now_s: float, now_ms: int) -> None:
        """Raise or clear the computer's alarms; `now_s` never jumps."""
        self.reading = reading
        for row in self._conditions:
            if row.ends(reading):
                self._since_s.pop(row.key, None)
                self._alarms.set(row.key, stands=False, t_ms=now_ms)
            elif row.begins(reading):
                if now_s - self._since_s.setdefault(row.key, now_s) >= row.after_s:
                    self._alarms.set(row.key, stands=True, t_ms=now_ms, detail=row.says(reading))
            elif row.key not in self._alarms.standing:
                self._since_s.pop(row.key, None)
