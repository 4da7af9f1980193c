"""A report as plain values: all that is drawn, and what its digest is of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from hashlib import sha256
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from cloud.ports import Alert, Patient, Scope
from cloud.reports.glucose import Glucose, Targets
from cloud.reports.news_course import NewsCourse
from cloud.reports.period import Period
from cloud.reports.spread import Spread
from cloud.reports.wear import Wear
from vitals.records import GapReason

__all__ = [
    "NEEDED",
    "AlertRow",
    "Contents",
    "EventRow",
    "Gaps",
    "LimitRow",
    "Section",
    "Trace",
    "Wanted",
    "digest",
]


class Section(StrEnum):
    """A part of a report, in the order in which they stand in it."""

    VITALS = "vitals"
    NEWS = "news"
    GLUCOSE = "glucose"
    EVENTS = "events"
    ALERTS = "alerts"
    WEAR = "wear"
    LIMITS = "limits"


NEEDED: Final[Mapping[Section, Scope]] = {
    Section.VITALS: Scope.VITALS,
    Section.NEWS: Scope.VITALS,
    Section.GLUCOSE: Scope.VITALS,
    Section.EVENTS: Scope.ALERTS,
    Section.ALERTS: Scope.ALERTS,
    Section.WEAR: Scope.VITALS,
    Section.LIMITS: Scope.ALERTS,
}
"""What must be open to whoever is given a section."""


_TOLD: Final = frozenset({*NEEDED.values(), Scope.WAVEFORMS})
"""What of a patient a report can tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What somebody asks for, and what is open to them."""

    period: Period
    sections: frozenset[Section] = frozenset(Section)
    targets: Targets = Targets.USUAL
    scopes: frozenset[Scope] = frozenset(Scope)

    def has(self, section: Section) -> bool:
        """Tell whether a section is asked for, and open."""
        return section in self.sections and NEEDED[section] in self.scopes

    @property
    def closed(self) -> tuple[Section, ...]:
        """What was asked for and is not open."""
        return tuple(each for each in Section if each in self.sections and NEEDED[each] not in self.scopes)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Trace:
    """Some seconds of one lead: ``values (n,) float32 mV``, the first at `t0_ms`."""

    t0_ms: int
    rate_hz: float
    lead: str
    values: NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRow:
    """What a gateway noticed, until when (None: no end was told), and the heart's trace around its start.

    `traces` is None where strips are not open or were too many; empty where none is kept.
    """

    condition: str
    began_ms: int
    ended_ms: int | None
    quality: float | None
    traces: tuple[Trace, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRow:
    """An alert, who took it on, and to how many it was told."""

    alert: Alert
    taken_on_by: str | None
    told: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitRow:
    """A limit in force: at or beyond `limit` for `hold_s`; by whom it was set, if not as it ships.

    `kind` is None for a rule that is no limit of a value, and was set.
    """

    key: str
    display: str
    is_off: bool
    set_by: str | None
    set_ms: int | None
    reason: str | None
    kind: str | None = None
    is_above: bool = True
    limit: float = 0.0
    hold_s: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Gaps:
    """What of a kind was declared missing, by reason."""

    kind: str
    by_reason: Mapping[GapReason, int]
    """Milliseconds; devices that were missing at once count each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """Everything a report says of a patient. A section that is not there is empty.

    `omitted_` say how many were too many; `never` are kinds that were not measured.
    """

    patient: Patient
    wanted: Wanted
    spreads: Sequence[Spread] = ()
    news: NewsCourse | None = None
    glucose: Glucose | None = None
    events: Sequence[EventRow] = ()
    omitted_events: int = 0
    omitted_strips: int = 0
    alerts: Sequence[AlertRow] = ()
    omitted_alerts: int = 0
    technical: Mapping[str, int] = field(default_factory=dict)
    wear: Sequence[Wear] = ()
    limits: Sequence[LimitRow] = ()
    gaps: Sequence[Gaps] = ()
    never: Sequence[str] = ()


def digest(contents: Contents) -> str:
    """Return the SHA-256 of a report's values in their one form: the same values, the same digest.

    What a patient is called is no value, nor what else is open to whom it is for. Fractions count as far as
    single precision holds them: sums that were summed up in another order are the same.
    """
    wanted = replace(contents.wanted, scopes=contents.wanted.scopes & _TOLD)
    nameless = replace(contents, patient=replace(contents.patient, display_name=""), wanted=wanted)
    plain = _held(msgspec.to_builtins(nameless, enc_hook=np.ndarray.tolist, order="deterministic"))
    return sha256(msgspec.json.encode(plain, order="deterministic")).hexdigest()


def _held(value: object) -> object:
    match value:
        case float():
            return float(np.float32(value)) if np.isfinite(value) else None
        case dict():
            return {str(key): _held(each) for key, each in value.items()}
        case list() | tuple():
            return [_held(each) for each in value]
    return value
