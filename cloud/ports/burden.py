"""Past alerts and what was told of them, as far as it takes to say what they asked of people."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from cloud.ports.alerts import Family, Priority


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertCourse:
    """What became of an alert, without what it said."""

    id: str
    patient_id: str
    condition: str
    family: Family
    priority: Priority
    raised_ms: int
    acknowledged_ms: int | None
    acknowledged_by: str | None
    acknowledged_reason: str | None
    delayed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """A hand-off of an alert, or that it was held back: then `channel` is `held:` and the reason."""

    alert_id: str
    channel: str
    person_id: str
    at_ms: int
    occasion: str | None
    failed: bool
    has_receipt: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Courses:
    """The newest alerts of a period, oldest first; `omitted` older ones are not among them."""

    courses: Sequence[AlertCourse]
    omitted: int


class BurdenReader(Protocol):
    """Reads the alerts of several patients that were raised in from <= t < to."""

    def courses(self, patient_ids: Collection[str], from_ms: int, to_ms: int, limit: int) -> Courses:
        """Return what became of the newest `limit` of them."""
        ...

    def tellings(
        self, patient_ids: Collection[str], from_ms: int, to_ms: int, limit: int
    ) -> Sequence[Telling]:
        """Return what was told of them or held back, the newest `limit`, oldest first."""
        ...
