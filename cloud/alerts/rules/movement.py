"""Falls, and nobody getting up."""

from typing import Final

from cloud.alerts.rules.rows import EventRule, Rule
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
)
