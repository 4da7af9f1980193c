"""The numbers of an alert-burden report."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cloud.burden.interval import Share
from cloud.ports import Family, Priority

__all__ = [
    "Burden",
    "ChannelLoad",
    "ConditionLoad",
    "HoldLoad",
    "NightLoad",
    "PatientLoad",
    "Waits",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionLoad:
    """One condition at one priority. `right` is of the acknowledgements whose reason says what was found."""

    condition: str
    family: Family
    priority: Priority
    alerts: int
    per_patient_day: float
    acknowledged: int
    right: Share
    escalated: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientLoad:
    """One patient. `right` is of the acknowledgements whose reason says what was found."""

    patient_id: str
    alerts: int
    per_day: float
    acknowledged: int
    right: Share
    most: str
    """The condition that was raised most often."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """How long from an alert to a person's word, of those that got one."""

    count: int
    median_s: float | None
    p90_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldLoad:
    """What one stage held back: how often, and of how many alerts."""

    reason: str
    holds: int
    alerts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelLoad:
    """What one channel was given, what it did not take, and of what it gave a receipt."""

    channel: str
    handed: int
    failed: int
    receipts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NightLoad:
    """What one person was told at night: how often, of how many alerts, in how many nights."""

    person_id: str
    tellings: int
    alerts: int
    nights: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Burden:
    """A period in numbers. `untold` alerts were neither handed to anybody nor held back for a reason.

    `omitted` older alerts were too many to be read: nothing here counts them.
    """

    from_ms: int
    to_ms: int
    patients: int
    patient_days: float
    alerts: int
    omitted: int
    per_patient_day: Mapping[Priority, float]
    acted_on: Share
    right: Share
    waits: Waits
    delayed: Share
    escalated: Share
    untold: int
    conditions: Sequence[ConditionLoad]
    by_patient: Sequence[PatientLoad]
    holds: Sequence[HoldLoad]
    channels: Sequence[ChannelLoad]
    nights: Sequence[NightLoad]
