"""What the parts of a report, and what is measured in it, are called."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from cloud.reports.contents import Section
from cloud.reports.glucose import Level, Targets
from cloud.web.words import N_

__all__ = ["LEVELS", "SECTIONS", "TARGETS"]

SECTIONS: Final[Mapping[Section, str]] = MappingProxyType(
    {
        Section.VITALS: N_("Vital signs"),
        Section.NEWS: N_("Early warning score (NEWS2)"),
        Section.GLUCOSE: N_("Glucose under the skin (CGM)"),
        Section.EVENTS: N_("What the home box noticed, with the heart's trace"),
        Section.ALERTS: N_("Alerts and what was done"),
        Section.WEAR: N_("How long devices were worn"),
        Section.LIMITS: N_("Limits in force"),
    }
)
TARGETS: Final[Mapping[Targets, str]] = MappingProxyType(
    {
        Targets.USUAL: N_("Adults with diabetes of type 1 or 2"),
        Targets.OLDER: N_("Older people, and people at high risk"),
        Targets.PREGNANCY: N_("Pregnancy with diabetes of type 1"),
    }
)
LEVELS: Final[Mapping[Level, str]] = MappingProxyType(
    {
        Level.VERY_HIGH: N_("very high, above {high}"),
        Level.HIGH: N_("high"),
        Level.IN_RANGE: N_("in range, {low} to {high}"),
        Level.LOW: N_("low"),
        Level.VERY_LOW: N_("very low, below {low}"),
    }
)
