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
        key="erasure-asked",
        display="Everything is to be erased",
        family=Family.TECHNICAL,
        priority=Priority.MEDIUM,
        source="who shares the record hears of it while it can be taken back",
        latched=True,
        floor=Priority.MEDIUM,
    ),
    FaultRule(
        key="erasure-withheld",
        display="Not erased after all",
        family=Family.TECHNICAL,
        priority=Priority.MEDIUM,
        source="what was asked for and is not done is told",
        latched=True,
        floor=Priority.MEDIUM,
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
