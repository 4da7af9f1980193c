"""What a wearable says of itself, its signal and its silence."""

from typing import Final

from cloud.alerts.rules.rows import (
    DeviceRule,
    Direction,
    NeverHeardRule,
    QuietDeviceRule,
    Rule,
    ThresholdRule,
)
from cloud.ports import Family, Priority
from vitals.records import DeviceReport, LinkState

__all__ = ["ROWS"]

_BATTERY_LOW: Final = 15
_BATTERY_CHARGED: Final = 20
_UNHEARD: Final = (
    "unwatched",
    "bluetooth-failed",
    "gateway-silent",
    "home-offline",
    "gateway-stuck",
    "cloud-deaf",
)
"""Nearer causes than the wearable itself."""
_OFF_BODY: Final = ("sensor-off", "device-out-of-reach")
_MISSED: Final = {LinkState.DISCONNECTED, LinkState.SILENT}
_SAYS_BATTERY_LOW: Final = frozenset({"battery-low"})
_STOPPED: Final = frozenset({"session-stopped"})
_FAULTY: Final = frozenset({"sensor-malfunction", "device-fault", "sensor-type-incorrect"})
_UNCALIBRATED: Final = frozenset({"calibration-required"})
_CLOCK_DOUBTED: Final = frozenset(
    {"clock-wrong", "clock-not-set", "clock-ahead", "clock-before-2020", "clock-long-ago"}
)


def _says(report: DeviceReport, conditions: frozenset[str]) -> bool:
    return not conditions.isdisjoint(report.conditions)


def _is_low(report: DeviceReport) -> bool:
    """Tell whether what was last known of its battery is that it is low."""
    percent = report.battery_percent
    return _says(report, _SAYS_BATTERY_LOW) if percent is None else percent <= _BATTERY_LOW


ROWS: Final[tuple[Rule, ...]] = (
    ThresholdRule(
        key="signal-poor",
        display="Heart signal unclear",
        family=Family.TECHNICAL,
        priority=Priority.LOW,
        source="vitals.kinds ecg_quality: below one half the heart's values are not judged",
        inhibited_by=_OFF_BODY,
        kind="ecg_quality",
        direction=Direction.BELOW,
        limit=0.49,
        hold_s=120,
        clear_at=0.6,
        clear_s=30,
        longest_gap_s=30,
    ),
    DeviceRule(
        key="sensor-off",
        display="Sensor not worn",
        family=Family.TECHNICAL,
        priority=Priority.MEDIUM,
        source="one minute to put a strap right before anybody is told",
        inhibited_by=("device-out-of-reach", "battery-empty", *_UNHEARD),
        begins=lambda report: report.on_body is False,
        ends=lambda report: report.on_body is True,
        hold_s=60,
    ),
    DeviceRule(
        key="device-out-of-reach",
        display="Device out of reach",
        family=Family.TECHNICAL,
        priority=Priority.MEDIUM,
        source="one minute for Bluetooth to come back by itself before anybody is told",
        inhibited_by=("battery-empty", *_UNHEARD),
        begins=lambda report: report.link in _MISSED,
        ends=lambda report: report.link not in _MISSED,
        hold_s=60,
    ),
    DeviceRule(
        key="battery-empty",
        display="Battery probably empty",
        family=Family.TECHNICAL,
        priority=Priority.MEDIUM,
        source="out of reach after it said that its battery is low: the nearer cause of the two",
        inhibited_by=_UNHEARD,
        begins=lambda report: report.link in _MISSED and _is_low(report),
        ends=lambda report: report.link not in _MISSED,
        hold_s=60,
    ),
    DeviceRule(
        key="battery-low",
        display="Battery low",
        family=Family.TECHNICAL,
        priority=Priority.LOW,
        source="15 % of a day's coin cell leaves an evening to change it; 20 % means it was changed",
        begins=lambda report: report.battery_percent is not None and report.battery_percent <= _BATTERY_LOW,
        ends=lambda report: report.battery_percent is not None and report.battery_percent >= _BATTERY_CHARGED,
        hold_s=0,
        reading=lambda report: report.battery_percent,
        limit=_BATTERY_LOW,
        unit="%",
    ),
    DeviceRule(
        key="battery-low-told",
        display="Battery low",
        family=Family.TECHNICAL,
        priority=Priority.LOW,
        source="Glucose and CGM Service: the device's own word, where it tells no percentage",
        begins=lambda report: report.battery_percent is None and _says(report, _SAYS_BATTERY_LOW),
        ends=lambda report: report.battery_percent is not None or not _says(report, _SAYS_BATTERY_LOW),
        hold_s=0,
    ),
    DeviceRule(
        key="sensor-faulty",
        display="Sensor not working",
        family=Family.TECHNICAL,
        priority=Priority.MEDIUM,
        source="ISO 80601-2-61 and CGM Service: a sensor's own fault is told; one minute against a glitch",
        begins=lambda report: _says(report, _FAULTY),
        ends=lambda report: not _says(report, _FAULTY),
        hold_s=60,
    ),
    DeviceRule(
        key="sensor-stopped",
        display="Glucose sensor stopped",
        family=Family.TECHNICAL,
        priority=Priority.MEDIUM,
        source="CGM Service, session stopped: nothing is measured until another is begun",
        begins=lambda report: _says(report, _STOPPED),
        ends=lambda report: not _says(report, _STOPPED),
        hold_s=60,
    ),
    DeviceRule(
        key="calibration-due",
        display="Glucose sensor to be calibrated",
        family=Family.TECHNICAL,
        priority=Priority.LOW,
        source="CGM Service, calibration required; ten minutes to do it before anybody is told",
        begins=lambda report: _says(report, _UNCALIBRATED),
        ends=lambda report: not _says(report, _UNCALIBRATED),
        hold_s=600,
    ),
    DeviceRule(
        key="device-clock-wrong",
        display="Device clock wrong",
        family=Family.TECHNICAL,
        priority=Priority.LOW,
        source="what is dated by it may be misplaced; ten minutes for the gateway to set it",
        begins=lambda report: _says(report, _CLOCK_DOUBTED),
        ends=lambda report: not _says(report, _CLOCK_DOUBTED),
        hold_s=600,
    ),
    NeverHeardRule(
        key="device-never-heard",
        display="Device never heard",
        family=Family.TECHNICAL,
        priority=Priority.LOW,
        source="an hour to unpack, charge and pair a wearable before anybody is told",
        inhibited_by=_UNHEARD,
        after_s=3_600,
    ),
    QuietDeviceRule(
        key="device-silent",
        display="Device silent",
        family=Family.TECHNICAL,
        priority=Priority.MEDIUM,
        source="longer than a gateway's silence takes to be noticed, so that the nearer cause is told; a "
        "glucose sensor tells every 1 to 5 minutes, and may miss three before it is called silent",
        inhibited_by=(*_UNHEARD, "device-out-of-reach", "battery-empty", "sensor-off"),
        after_s=240,
        slow_kinds=frozenset({"glucose"}),
        slow_after_s=1_200,
    ),
)
