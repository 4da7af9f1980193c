"""RULES: what is watched for. A new alarm condition is one row here and one row of `wording`."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, TypeVar

from cloud.alerts.rules.rows import (
    DeviceRule,
    Direction,
    EventRule,
    FaultRule,
    GapRule,
    QuietDeviceRule,
    QuietGatewayRule,
    Rule,
    ThresholdRule,
)
from cloud.ports import Family, Priority
from vitals.records import DeviceReport, GapReason, LinkState

__all__ = ["RULES", "rules_of"]

_Row = TypeVar("_Row", bound=Rule)
_BATTERY_LOW: Final = 15
_BATTERY_CHARGED: Final = 20
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


_ROWS: Final[tuple[Rule, ...]] = (
    ThresholdRule(
        key="tachycardia",
        display="Fast heart rate",
        family=Family.PHYSIOLOGICAL,
        priority=Priority.MEDIUM,
        source="NEWS2 (RCP 2017): pulse >= 131 /min scores 3; hold and hysteresis: against motion artefact",
        inhibited_by=("sensor-off", "signal-poor", "extreme-tachycardia"),
        kind="heart_rate",
        direction=Direction.ABOVE,
        limit=131.0,
        hold_s=60,
        clear_at=120.0,
        clear_s=30,
    ),
    ThresholdRule(
        key="bradycardia",
        display="Slow heart rate",
        family=Family.PHYSIOLOGICAL,
        priority=Priority.HIGH,
        source="NEWS2 (RCP 2017): pulse <= 40 /min scores 3; hold and hysteresis: against missed beats",
        inhibited_by=("sensor-off", "signal-poor", "extreme-bradycardia"),
        kind="heart_rate",
        direction=Direction.BELOW,
        limit=40.0,
        hold_s=30,
        clear_at=45.0,
        clear_s=30,
    ),
    EventRule(
        key="atrial-fibrillation",
        display="Irregular heart rhythm (possible atrial fibrillation)",
        family=Family.PHYSIOLOGICAL,
        priority=Priority.MEDIUM,
        source="ESC 2024: an episode is 30 s or more; held by the gateway's K of N windows",
        inhibited_by=("sensor-off",),
        event="atrial-fibrillation",
    ),
    EventRule(
        key="ventricular-fibrillation",
        display="Heart may not be beating (possible fibrillation)",
        family=Family.PHYSIOLOGICAL,
        priority=Priority.HIGH,
        source="Kuo and Dillman 1978, Arafat et al. 2011; 4 of 5 windows of 4 s at the gateway",
        event="ventricular-fibrillation",
    ),
    EventRule(
        key="asystole",
        display="No heartbeat seen",
        family=Family.PHYSIOLOGICAL,
        priority=Priority.HIGH,
        source="ANSI/AAMI EC13, PhysioNet/CinC Challenge 2015: no beat for 4 s while the signal is good",
        event="asystole",
    ),
    EventRule(
        key="ventricular-tachycardia",
        display="Run of fast wide heartbeats",
        family=Family.PHYSIOLOGICAL,
        priority=Priority.HIGH,
        source="PhysioNet/CinC Challenge 2015: five ventricular beats or more at over 100 /min",
        inhibited_by=("ventricular-fibrillation",),
        event="ventricular-tachycardia",
        latched=True,
    ),
    EventRule(
        key="pause",
        display="Pause of the heart",
        family=Family.PHYSIOLOGICAL,
        priority=Priority.MEDIUM,
        source="ACC/AHA/HRS 2018 (Kusumoto et al.): pauses of 3 s and more while the signal is good",
        inhibited_by=("asystole",),
        event="pause",
        latched=True,
    ),
    EventRule(
        key="extreme-bradycardia",
        display="Very slow heart",
        family=Family.PHYSIOLOGICAL,
        priority=Priority.HIGH,
        source="PhysioNet/CinC Challenge 2015: below 40 /min for five beats; NEWS2 scores 3 there",
        inhibited_by=("asystole",),
        event="extreme-bradycardia",
    ),
    EventRule(
        key="extreme-tachycardia",
        display="Very fast heart",
        family=Family.PHYSIOLOGICAL,
        priority=Priority.MEDIUM,
        source="AHA ACLS 2020 (Panchal et al.): from 150 /min a rate itself does harm; for half a minute",
        inhibited_by=("ventricular-tachycardia", "ventricular-fibrillation"),
        event="extreme-tachycardia",
    ),
    EventRule(
        key="fall",
        display="Perhaps a fall",
        family=Family.PHYSIOLOGICAL,
        priority=Priority.HIGH,
        source="Fleming and Brayne (BMJ 2008;337:a2227): most who fall alone cannot rise, nor call for help",
        latched=True,
        event="fall",
    ),
    EventRule(
        key="long-lie",
        display="Lying since a fall",
        family=Family.PHYSIOLOGICAL,
        priority=Priority.HIGH,
        source="a long lie is an hour (Wild, Nayak, Isaacs, BMJ 1981;282:266); told after two minutes, "
        "for able elders rise within half of one (Alexander et al., J Am Geriatr Soc 1997;45:564)",
        event="long-lie",
    ),
    ThresholdRule(
        key="oxygen-very-low",
        display="Very low oxygen",
        family=Family.PHYSIOLOGICAL,
        priority=Priority.HIGH,
        source="NEWS2 (RCP 2017), SpO2 scale 2: <= 83 % scores 3 even for whom 88-92 % is prescribed",
        inhibited_by=("sensor-off",),
        kind="oxygen_saturation",
        direction=Direction.BELOW,
        limit=83.0,
        hold_s=30,
        clear_at=86.0,
        clear_s=30,
    ),
    ThresholdRule(
        key="glucose-very-low",
        display="Very low glucose",
        family=Family.PHYSIOLOGICAL,
        priority=Priority.HIGH,
        source="CGM consensus (2017): an event of level 2 is 15 min below 54 mg/dL, and 15 min at 70 end it",
        kind="glucose",
        direction=Direction.BELOW,
        limit=53.0,
        hold_s=900,
        clear_at=70.0,
        clear_s=900,
        longest_gap_s=660,
    ),
    EventRule(
        key="glucose-below-range",
        display="Glucose too low to measure",
        family=Family.PHYSIOLOGICAL,
        priority=Priority.HIGH,
        source="ADA Standards of Care 2024, section 6: below 54 mg/dL is level 2; LO is lower yet",
        event="glucose-below-range",
        history="glucose",
    ),
    EventRule(
        key="glucose-above-range",
        display="Glucose too high to measure",
        family=Family.PHYSIOLOGICAL,
        priority=Priority.MEDIUM,
        source="ADA Standards of Care 2024, section 6: above 250 mg/dL is level 2; HI is higher yet",
        event="glucose-above-range",
        history="glucose",
    ),
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
        inhibited_by=("device-out-of-reach", "gateway-silent"),
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
        inhibited_by=("gateway-silent",),
        begins=lambda report: report.link in _MISSED,
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
    QuietGatewayRule(
        key="gateway-silent",
        display="Home gateway silent",
        family=Family.TECHNICAL,
        priority=Priority.MEDIUM,
        source="three of a gateway's one-minute reports missed; one minute once its Last Will has spoken",
        after_s=180,
        offline_after_s=60,
    ),
    QuietDeviceRule(
        key="device-silent",
        display="Device silent",
        family=Family.TECHNICAL,
        priority=Priority.MEDIUM,
        source="longer than a gateway's silence takes to be noticed, so that the nearer cause is told",
        inhibited_by=("gateway-silent", "device-out-of-reach", "sensor-off"),
        after_s=240,
    ),
    GapRule(
        key="gap",
        display="Data missing",
        family=Family.TECHNICAL,
        priority=Priority.LOW,
        source="five minutes: what a clinician reading a rhythm strip would want to be told of",
        latched=True,
        reasons=frozenset(
            {
                GapReason.FRAMES_MISSED,
                GapReason.FRAME_UNREADABLE,
                GapReason.NOT_MEASURED,
                GapReason.OUTBOX_FULL,
                GapReason.OUTBOX_DAMAGED,
                GapReason.OVERSIZE,
                GapReason.GATEWAY_DOWN,
            }
        ),
        least_s=300,
    ),
    FaultRule(
        key="clock-wrong",
        display="Clock wrong",
        family=Family.TECHNICAL,
        priority=Priority.MEDIUM,
        source="delivery: before 2020 or over 5 minutes ahead; durations cannot be judged",
    ),
    FaultRule(
        key="unknown-event",
        display="Finding this system cannot name",
        family=Family.TECHNICAL,
        priority=Priority.MEDIUM,
        source="a gateway newer than the cloud must not be ignored",
        latched=True,
    ),
    FaultRule(
        key="evaluation-failed",
        display="Data could not be checked",
        family=Family.TECHNICAL,
        priority=Priority.MEDIUM,
        source="nothing fails silently",
        latched=True,
    ),
)

RULES: Final[Mapping[str, Rule]] = MappingProxyType({row.key: row for row in _ROWS})


def rules_of(row_type: type[_Row]) -> tuple[_Row, ...]:
    """Return the rows of one type, in order."""
    return tuple(row for row in _ROWS if isinstance(row, row_type))
