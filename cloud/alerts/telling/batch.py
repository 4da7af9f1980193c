"""What moves through the stages: parcels of alerts, then letters to people, and what was held back and why.

A hold is settled when nothing more will come of it; otherwise the alert is looked at again.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from cloud.alerts.telling.circle import Circle, Way
from cloud.alerts.telling.history import History
from cloud.ports import Alert, Family, HandOff, Occasion, Silence

__all__ = [
    "Again",
    "Batch",
    "Entry",
    "Held",
    "HoldReason",
    "Hush",
    "Letter",
    "Parcel",
    "Situation",
    "Stage",
]


class HoldReason(StrEnum):
    """Why an alert is not handed over now."""

    INHIBITED = "inhibited"
    GROUPED = "grouped"
    SILENCED = "silenced"
    DUPLICATE = "duplicate"
    NOTHING_TO_TELL = "nothing-to-tell"
    QUIET_HOURS = "quiet-hours"
    UNWANTED = "unwanted"
    STORM = "storm"
    NOBODY = "nobody"
    NOBODY_ON_DUTY = "nobody-on-duty"
    PAGES_ALONE = "pages-alone"
    PAST_POLICY = "past-policy"
    EVERY_WAY_FAILED = "every-way-failed"
    GIVEN_UP = "given-up"


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """An alert held back: why, in a sentence, whether for good, and until when if time alone ends it.

    From one person alone if `person_id` names them.
    """

    alert: Alert
    reason: HoldReason
    because: str
    is_settled: bool = False
    until_ms: int | None = None
    person_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hush:
    """Why somebody is not to be disturbed by alerts of a priority now, and until when."""

    reason: HoldReason
    because: str
    until_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """Alerts that go out as one, the most urgent first: on which occasion, at which step.

    `hushed` are those not to be disturbed by it, by their ids.
    """

    alerts: tuple[Alert, ...]
    occasion: Occasion = Occasion.ONSET
    step: int = 0
    hushed: Mapping[str, Hush] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One alert of a letter, with the occasion and step that are recorded as told."""

    alert: Alert
    occasion: Occasion
    step: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What one person is told by one way, the most urgent first."""

    way: Way
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """When an alert is to be looked at again, whatever else happens; None: nothing more comes of it."""

    alert_id: str
    at_ms: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What the stages may know: all of it asked for by patient, alert or person, as of `now_ms`.

    `sent_ms` is when a person was sent something of late, `handed_ms` when a group last went out.
    """

    now_ms: int
    open_alerts: Callable[[str], Sequence[Alert]]
    history: Callable[[str], History]
    circle: Callable[[str], Circle]
    silences: Sequence[Silence]
    handed_ms: Mapping[tuple[str, Family], int] = field(default_factory=dict)
    sent_ms: Mapping[str, Sequence[int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What is on its way, what was held back, what was handed over or tried, and when to look again.

    `subjects` are the alerts that hand-offs are of, by their ids.
    """

    going: tuple[Parcel, ...] = ()
    letters: tuple[Letter, ...] = ()
    held: tuple[Held, ...] = ()
    hand_offs: tuple[HandOff, ...] = ()
    subjects: Mapping[str, Alert] = field(default_factory=dict)
    again: tuple[Again, ...] = ()


Stage = Callable[[Batch, Situation], Batch]
