"""How fast the heart beats, and in what rhythm."""

from typing import Final

from cloud.alerts.rules.rows import Direction, EventRule, Rule, ThresholdRule
from cloud.ports import Family, Priority

__all__ = ["ROWS"]


ROWS: Final[tuple[Rule, ...]] = (
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
        floor=Priority.HIGH,
        source="Kuo and Dillman 1978, Arafat et al. 2011; 4 of 5 windows of 4 s at the gateway",
        event="ventricular-fibrillation",
    ),
    EventRule(
        key="asystole",
        display="No heartbeat seen",
        family=Family.PHYSIOLOGICAL,
        priority=Priority.HIGH,
        floor=Priority.HIGH,
        source="ANSI/AAMI EC13, PhysioNet/CinC Challenge 2015: no beat for 4 s while the signal is good",
        event="asystole",
    ),
    EventRule(
        key="ventricular-tachycardia",
        display="Run of fast wide heartbeats",
        family=Family.PHYSIOLOGICAL,
        priority=Priority.HIGH,
        floor=Priority.MEDIUM,
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
        floor=Priority.MEDIUM,
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
)
