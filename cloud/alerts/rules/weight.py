"""What a scale says over days."""

from typing import Final

from cloud.alerts.rules.rows import Direction, RateRule, Rule
from cloud.ports import Family, Priority

__all__ = ["ROWS"]

_DAY_S: Final = 86_400

ROWS: Final[tuple[Rule, ...]] = (
    RateRule(
        key="weight-gain",
        display="Weight rising fast",
        family=Family.PHYSIOLOGICAL,
        priority=Priority.MEDIUM,
        source="ESC 2021 on heart failure (McDonagh et al.): more than 2 kg in 3 days; by the line through "
        "all weighings, so that one of somebody else tells nothing; over at half of it",
        kind="body_weight",
        direction=Direction.ABOVE,
        limit=2.0,
        hold_s=0,
        clear_at=1.0,
        clear_s=0,
        longest_gap_s=2 * _DAY_S,
        within_s=3 * _DAY_S,
    ),
)
