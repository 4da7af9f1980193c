"""How much oxygen the blood carries."""

from typing import Final

from cloud.alerts.rules.rows import Direction, Rule, ThresholdRule
from cloud.ports import Family, Priority

__all__ = ["ROWS"]


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
)
