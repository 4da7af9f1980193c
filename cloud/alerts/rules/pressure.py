"""Blood pressure, by a cuff now and then: one reading says to measure again, a second that it is so."""

from typing import Final

from cloud.alerts.rules.rows import Direction, Rule, ThresholdRule
from cloud.ports import Family, Priority

__all__ = ["ROWS"]

_AGAIN_S: Final = 60
_AGAIN_WITHIN_S: Final = 1_800
"""A second reading: a minute apart at least (AHA 2019, Muntner et al.), and of the same half hour."""

ROWS: Final[tuple[Rule, ...]] = (
    ThresholdRule(
        key="systolic-very-high",
        display="Very high blood pressure",
        family=Family.PHYSIOLOGICAL,
        priority=Priority.MEDIUM,
        source="ACC/AHA 2017: above 180 is a crisis; over at 5 less, by which a cuff may err (ISO 81060-2)",
        inhibited_by=("systolic-still-very-high",),
        kind="systolic_pressure",
        direction=Direction.ABOVE,
        limit=181.0,
        hold_s=0,
        clear_at=175.0,
        clear_s=0,
        longest_gap_s=_AGAIN_WITHIN_S,
    ),
    ThresholdRule(
        key="systolic-still-very-high",
        display="Very high blood pressure again",
        family=Family.PHYSIOLOGICAL,
        priority=Priority.HIGH,
        source="ACC/AHA 2017: above 180 is a crisis once a second reading says so",
        kind="systolic_pressure",
        direction=Direction.ABOVE,
        limit=181.0,
        hold_s=_AGAIN_S,
        clear_at=175.0,
        clear_s=0,
        longest_gap_s=_AGAIN_WITHIN_S,
    ),
    ThresholdRule(
        key="diastolic-very-high",
        display="Very high lower blood pressure",
        family=Family.PHYSIOLOGICAL,
        priority=Priority.MEDIUM,
        source="ACC/AHA 2017: above 120 is a crisis; over at 5 less, by which a cuff may err (ISO 81060-2)",
        inhibited_by=("diastolic-still-very-high", "systolic-very-high", "systolic-still-very-high"),
        kind="diastolic_pressure",
        direction=Direction.ABOVE,
        limit=121.0,
        hold_s=0,
        clear_at=115.0,
        clear_s=0,
        longest_gap_s=_AGAIN_WITHIN_S,
    ),
    ThresholdRule(
        key="diastolic-still-very-high",
        display="Very high lower blood pressure again",
        family=Family.PHYSIOLOGICAL,
        priority=Priority.HIGH,
        source="ACC/AHA 2017: above 120 is a crisis once a second reading says so",
        inhibited_by=("systolic-still-very-high",),
        kind="diastolic_pressure",
        direction=Direction.ABOVE,
        limit=121.0,
        hold_s=_AGAIN_S,
        clear_at=115.0,
        clear_s=0,
        longest_gap_s=_AGAIN_WITHIN_S,
    ),
    ThresholdRule(
        key="systolic-low",
        display="Low blood pressure",
        family=Family.PHYSIOLOGICAL,
        priority=Priority.MEDIUM,
        source="NEWS2 (RCP 2017): <= 90 scores 3; over at 5 more, by which a cuff may err (ISO 81060-2)",
        inhibited_by=("systolic-still-low",),
        kind="systolic_pressure",
        direction=Direction.BELOW,
        limit=90.0,
        hold_s=0,
        clear_at=95.0,
        clear_s=0,
        longest_gap_s=_AGAIN_WITHIN_S,
    ),
    ThresholdRule(
        key="systolic-still-low",
        display="Low blood pressure again",
        family=Family.PHYSIOLOGICAL,
        priority=Priority.HIGH,
        source="NEWS2 (RCP 2017): <= 90 scores 3, and a second reading says so",
        kind="systolic_pressure",
        direction=Direction.BELOW,
        limit=90.0,
        hold_s=_AGAIN_S,
        clear_at=95.0,
        clear_s=0,
        longest_gap_s=_AGAIN_WITHIN_S,
    ),
)
