"""What evaluation itself runs into."""

from typing import Final

from cloud.alerts.rules.rows import FaultRule, Rule
from cloud.ports import Family, Priority

__all__ = ["ROWS"]


ROWS: Final[tuple[Rule, ...]] = (
    FaultRule(
        key="unknown-event",
        display="Finding this system cannot name",
        family=Family.TECHNICAL,
        priority=Priority.MEDIUM,
        source="a gateway newer than the cloud must not be ignored",
        latched=True,
    ),
    FaultRule(
        key="record-opened",
        display="Record opened in an emergency",
        family=Family.TECHNICAL,
        priority=Priority.HIGH,
        source="the patient and theirs are told at once of who looks without a grant",
        latched=True,
    ),
    FaultRule(
        key="evaluation-failed",
        display="Data could not be checked",
        family=Family.TECHNICAL,
        priority=Priority.MEDIUM,
        source="nothing fails silently",
        latched=True,
    ),
)
