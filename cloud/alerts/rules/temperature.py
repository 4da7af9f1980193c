"""How warm somebody is, by itself and with what goes with a fever."""

from typing import Final

from cloud.alerts.rules.combination import CombinationRule, Sign, all_of, any_of
from cloud.alerts.rules.rows import Direction, Rule, ThresholdRule
from cloud.ports import Family, Priority

__all__ = ["ROWS"]

_SPOT_GAP_S: Final = 14_400
"""Of one reading with a thermometer and the next: NEWS2 asks for them every 4 to 6 hours at a low score."""


def _above(kind: str, limit: float, lasting_s: int) -> Sign:
    return Sign(kind=kind, direction=Direction.ABOVE, limit=limit, lasting_s=lasting_s)


ROWS: Final[tuple[Rule, ...]] = (
    ThresholdRule(
        key="fever",
        display="Fever",
        family=Family.PHYSIOLOGICAL,
        priority=Priority.LOW,
        source="NEWS2 (RCP 2017): 38.1-39.0 Cel scores 1; ISO 80601-2-56 lets a thermometer be 0.3 off",
        inhibited_by=("fever-high",),
        kind="body_temperature",
        direction=Direction.ABOVE,
        limit=38.1,
        hold_s=0,
        clear_at=37.8,
        clear_s=0,
        longest_gap_s=_SPOT_GAP_S,
    ),
    ThresholdRule(
        key="fever-high",
        display="High fever",
        family=Family.PHYSIOLOGICAL,
        priority=Priority.MEDIUM,
        source="NEWS2 (RCP 2017): >= 39.1 Cel scores 2; ISO 80601-2-56 lets a thermometer be 0.3 off",
        kind="body_temperature",
        direction=Direction.ABOVE,
        limit=39.1,
        hold_s=0,
        clear_at=38.8,
        clear_s=0,
        longest_gap_s=_SPOT_GAP_S,
    ),
    ThresholdRule(
        key="temperature-low",
        display="Low body temperature",
        family=Family.PHYSIOLOGICAL,
        priority=Priority.MEDIUM,
        source="NEWS2 (RCP 2017): <= 35.0 Cel scores 3; medium: one not well in place reads low",
        inhibited_by=("sensor-off",),
        kind="body_temperature",
        direction=Direction.BELOW,
        limit=35.0,
        hold_s=0,
        clear_at=35.3,
        clear_s=0,
        longest_gap_s=_SPOT_GAP_S,
    ),
    CombinationRule(
        key="fever-with-fast-signs",
        display="Fever with a fast heart or fast breathing",
        family=Family.PHYSIOLOGICAL,
        priority=Priority.MEDIUM,
        source="two of the criteria of Bone et al. (Chest 1992;101:1644): above 38 Cel, heart or breathing "
        "fast; the heart as NEWS2 scores 2, for a degree of fever adds ten beats; a temperature counts 4 h",
        inhibited_by=("sensor-off",),
        formula=all_of(
            _above("body_temperature", 38.1, _SPOT_GAP_S),
            any_of(
                _above("heart_rate", 111.0, 60),
                _above("pulse_rate", 111.0, 60),
                _above("respiratory_rate", 21.0, 300),
            ),
        ),
        hold_s=600,
        clear_s=300,
    ),
)
