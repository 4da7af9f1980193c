"""How much oxygen the blood carries."""

from typing import Final

from cloud.alerts.rules.rows import Direction, Rule, ThresholdRule
from cloud.ports import Facts, Family, Priority
from vitals.scores.news2 import Spo2Scale

__all__ = ["ROWS"]


def _on_scale_1(facts: Facts) -> bool:
    return facts.spo2_scale is Spo2Scale.ONE


def _on_scale_2(facts: Facts) -> bool:
    return facts.spo2_scale is Spo2Scale.TWO


ROWS: Final[tuple[Rule, ...]] = (
    ThresholdRule(
        key="oxygen-very-low",
        display="Very low oxygen",
        family=Family.PHYSIOLOGICAL,
        priority=Priority.HIGH,
        floor=Priority.HIGH,
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
        key="oxygen-low",
        display="Low oxygen",
        family=Family.PHYSIOLOGICAL,
        priority=Priority.MEDIUM,
        source="NEWS2 (RCP 2017), SpO2 scale 1: <= 91 % scores 3; two minutes: longer than a held breath",
        inhibited_by=("sensor-off", "oxygen-very-low"),
        concerns=_on_scale_1,
        kind="oxygen_saturation",
        direction=Direction.BELOW,
        limit=91.0,
        hold_s=120,
        clear_at=93.0,
        clear_s=60,
    ),
    ThresholdRule(
        key="oxygen-low-scale-2",
        display="Oxygen below what is prescribed",
        family=Family.PHYSIOLOGICAL,
        priority=Priority.MEDIUM,
        source="NEWS2 (RCP 2017), SpO2 scale 2: 84-85 % scores 2; BTS 2017 prescribes 88-92 %",
        inhibited_by=("sensor-off", "oxygen-very-low"),
        concerns=_on_scale_2,
        kind="oxygen_saturation",
        direction=Direction.BELOW,
        limit=85.0,
        hold_s=120,
        clear_at=88.0,
        clear_s=60,
    ),
    ThresholdRule(
        key="oxygen-high-scale-2",
        display="Oxygen above what is prescribed",
        family=Family.PHYSIOLOGICAL,
        priority=Priority.MEDIUM,
        source="NEWS2 (RCP 2017), SpO2 scale 2: >= 97 % on oxygen scores 3; BTS 2017: it harms them",
        inhibited_by=("sensor-off",),
        concerns=lambda facts: _on_scale_2(facts) and facts.on_oxygen is True,
        kind="oxygen_saturation",
        direction=Direction.ABOVE,
        limit=97.0,
        hold_s=300,
        clear_at=94.0,
        clear_s=60,
    ),
)
