"""Sugar, in the blood or in the fluid between cells."""

from typing import Final

from cloud.alerts.rules.rows import Direction, EventRule, Rule, ThresholdRule
from cloud.ports import Family, Priority

__all__ = ["ROWS"]


ROWS: Final[tuple[Rule, ...]] = (
    ThresholdRule(
        key="glucose-very-low",
        display="Very low glucose",
        family=Family.PHYSIOLOGICAL,
        priority=Priority.HIGH,
        floor=Priority.HIGH,
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
        floor=Priority.HIGH,
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
)
