"""How often somebody breathes, by itself and with how much oxygen comes of it."""

from typing import Final

from cloud.alerts.rules.combination import CombinationRule, Sign, all_of, any_of
from cloud.alerts.rules.rows import Direction, Rule, ThresholdRule
from cloud.ports import Family, Priority
from vitals.scores.news2 import Spo2Scale

__all__ = ["ROWS"]

_LASTING_S: Final = 300
"""A breathing rate is told every half minute or less often, and does not change in a moment."""


def _breathing(limit: float) -> Sign:
    return Sign(kind="respiratory_rate", direction=Direction.ABOVE, limit=limit, lasting_s=_LASTING_S)


def _oxygen(limit: float) -> Sign:
    return Sign(kind="oxygen_saturation", direction=Direction.BELOW, limit=limit, lasting_s=_LASTING_S)


ROWS: Final[tuple[Rule, ...]] = (
    ThresholdRule(
        key="breathing-slow",
        display="Slow breathing",
        family=Family.PHYSIOLOGICAL,
        priority=Priority.HIGH,
        source="NEWS2 (RCP 2017): respiration <= 8 /min scores 3; a minute: two values of most devices",
        inhibited_by=("sensor-off",),
        kind="respiratory_rate",
        direction=Direction.BELOW,
        limit=8.0,
        hold_s=60,
        clear_at=10.0,
        clear_s=60,
    ),
    ThresholdRule(
        key="breathing-fast",
        display="Fast breathing",
        family=Family.PHYSIOLOGICAL,
        priority=Priority.MEDIUM,
        source="NEWS2 (RCP 2017): respiration >= 25 /min scores 3; two minutes: longer than after stairs",
        inhibited_by=("sensor-off", "oxygen-low-breathing-fast"),
        kind="respiratory_rate",
        direction=Direction.ABOVE,
        limit=25.0,
        hold_s=120,
        clear_at=22.0,
        clear_s=60,
    ),
    CombinationRule(
        key="oxygen-low-breathing-fast",
        display="Low oxygen with fast breathing",
        family=Family.PHYSIOLOGICAL,
        priority=Priority.HIGH,
        source="NEWS2 (RCP 2017), SpO2 scale 1: <= 91 % with >= 21 /min, or <= 93 % with >= 25 /min, is 5 "
        "in all: the threshold of an urgent response",
        inhibited_by=("sensor-off", "oxygen-very-low"),
        concerns=lambda facts: facts.spo2_scale is Spo2Scale.ONE,
        formula=any_of(
            all_of(_oxygen(91.0), _breathing(21.0)),
            all_of(_oxygen(93.0), _breathing(25.0)),
        ),
        hold_s=120,
        clear_s=60,
    ),
)
