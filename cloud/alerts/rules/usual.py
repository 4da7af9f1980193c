"""What is unusual for this one person: by the hour of their day, and by their nights. A hint, no more."""

from typing import Final

from cloud.alerts.rules.rows import Direction, Rule
from cloud.alerts.rules.scoring import BaselineRule, NightRule
from cloud.ports import Family, Priority
from vitals.scores.early_warning import UNUSUAL
from vitals.scores.night_signal import NightAlert

__all__ = ["ROWS"]

_SCORES: Final = ("news2-high", "news2-medium", "news2-single", "mews-critical")
_OUTLIER: Final = (
    "Iglewicz and Hoaglin 1993: 3.5 spreads (from the MAD) off the median is an outlier; two weeks learnt; "
)

ROWS: Final[tuple[Rule, ...]] = (
    BaselineRule(
        key="heart-rate-unusual",
        display="Heart rate unusual for them",
        family=Family.PHYSIOLOGICAL,
        priority=Priority.LOW,
        source=_OUTLIER + "two hours outlast a walk",
        inhibited_by=(*_SCORES, "tachycardia", "pulse-fast", "fever-with-fast-signs"),
        kind="heart_rate",
        direction=Direction.ABOVE,
        deviations=UNUSUAL,
        hold_s=7_200,
        clear_at=2.0,
        clear_s=1_800,
        least_days=14,
        longest_gap_s=1_200,
    ),
    BaselineRule(
        key="breathing-unusual",
        display="Breathing unusual for them",
        family=Family.PHYSIOLOGICAL,
        priority=Priority.LOW,
        source=_OUTLIER + "breathing is the sign that changes first (Cretikos et al., MJA 2008;188:657)",
        inhibited_by=(*_SCORES, "breathing-fast", "oxygen-low-breathing-fast", "fever-with-fast-signs"),
        kind="respiratory_rate",
        direction=Direction.ABOVE,
        deviations=UNUSUAL,
        hold_s=3_600,
        clear_at=2.0,
        clear_s=1_800,
        least_days=14,
        longest_gap_s=1_200,
    ),
    BaselineRule(
        key="oxygen-unusual",
        display="Oxygen unusual for them",
        family=Family.PHYSIOLOGICAL,
        priority=Priority.LOW,
        source=_OUTLIER + "an hour outlasts a probe that sits badly",
        inhibited_by=(
            *_SCORES,
            "oxygen-very-low",
            "oxygen-low",
            "oxygen-low-scale-2",
            "oxygen-low-breathing-fast",
        ),
        kind="oxygen_saturation",
        direction=Direction.BELOW,
        deviations=UNUSUAL,
        hold_s=3_600,
        clear_at=2.0,
        clear_s=1_800,
        least_days=14,
        longest_gap_s=1_200,
    ),
    NightRule(
        key="resting-heart-rate-raised",
        display="Resting heart rate raised",
        family=Family.PHYSIOLOGICAL,
        priority=Priority.LOW,
        source="NightSignal (Alavi et al., Nat Med 2022;28:175-184): two nights in a row 3 /min or more over "
        "the median of all nights are yellow, 4 /min red; from seven nights on",
        alerts=frozenset({NightAlert.YELLOW, NightAlert.RED}),
    ),
)
