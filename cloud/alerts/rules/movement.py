"""Falls, and nobody getting up."""

from typing import Final

from cloud.alerts.rules.combination import CombinationRule, Sign, UnderWay, all_of, any_of
from cloud.alerts.rules.rows import Direction, EventRule, Rule
from cloud.ports import Family, Priority

__all__ = ["ROWS"]


ROWS: Final[tuple[Rule, ...]] = (
    EventRule(
        key="fall",
        display="Perhaps a fall",
        family=Family.PHYSIOLOGICAL,
        priority=Priority.HIGH,
        floor=Priority.MEDIUM,
        source="Fleming and Brayne (BMJ 2008;337:a2227): most who fall alone cannot rise, nor call for help",
        latched=True,
        event="fall",
    ),
    EventRule(
        key="long-lie",
        display="Lying since a fall",
        family=Family.PHYSIOLOGICAL,
        priority=Priority.HIGH,
        floor=Priority.HIGH,
        source="a long lie is an hour (Wild, Nayak, Isaacs, BMJ 1981;282:266); told after two minutes, "
        "for able elders rise within half of one (Alexander et al., J Am Geriatr Soc 1997;45:564)",
        event="long-lie",
    ),
    CombinationRule(
        key="fall-with-heart",
        display="Perhaps a fall, and an unusual heart rate",
        family=Family.PHYSIOLOGICAL,
        priority=Priority.HIGH,
        source="ESC 2018 on syncope (Brignole et al.): a fall with a slow or fast heart is of high risk; "
        "NEWS2 scores 3 at these rates; ten minutes: as long as a fall itself explains no rate",
        inhibited_by=("sensor-off",),
        formula=all_of(
            UnderWay(condition="fall", within_s=600),
            any_of(
                Sign(kind="heart_rate", direction=Direction.ABOVE, limit=131.0, lasting_s=30),
                Sign(kind="heart_rate", direction=Direction.BELOW, limit=40.0, lasting_s=30),
            ),
        ),
        hold_s=30,
        clear_s=60,
        latched=True,
    ),
)
