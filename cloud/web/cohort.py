"""Many patients in the order in which somebody should look at them: read at once, shown a page at a time."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from cloud.access.visits import VisitedPatient
from cloud.early_warning.acuity import Earlier, change_of, score_now
from cloud.ports import Alert, Device, Facts, Patient, Point, Priority, Scope
from cloud.services import Services
from cloud.web.conditions import condition_name, priority_word
from cloud.web.early_warning import PARTS, score_range
from cloud.web.headline import QUIET_AFTER_MS, by_urgency
from cloud.web.views import TREND_WORDS, Trend, is_worn
from cloud.web.words import N_, Phrase, Sentence, lasting
from vitals.scores.news2 import News2, News2Risk

__all__ = ["FILTERS", "RISK_WORDS", "Band", "Filter", "Row", "rows_of", "with_trend"]


class Band(StrEnum):
    """How soon somebody should look at a patient."""

    NOW = "now"
    SOON = "soon"
    KNOWN = "known"
    UNSEEN = "unseen"
    CALM = "calm"


_BY_PRIORITY: Final[Mapping[Priority, Band]] = MappingProxyType(
    {Priority.HIGH: Band.NOW, Priority.MEDIUM: Band.SOON, Priority.LOW: Band.KNOWN}
)
_BY_RISK: Final[Mapping[News2Risk, Band]] = MappingProxyType(
    {
        News2Risk.HIGH: Band.NOW,
        News2Risk.MEDIUM: Band.SOON,
        News2Risk.LOW_MEDIUM: Band.SOON,
        News2Risk.LOW: Band.CALM,
    }
)
RISK_WORDS: Final[Mapping[News2Risk, Sentence]] = MappingProxyType(
    {
        News2Risk.HIGH: Sentence(message=N_("high")),
        News2Risk.MEDIUM: Sentence(message=N_("medium")),
        News2Risk.LOW_MEDIUM: Sentence(message=N_("one sign far off")),
        News2Risk.LOW: Sentence(message=N_("low")),
    }
)
"""What the Royal College of Physicians calls the clinical risk."""
_ORDER: Final = tuple(Band)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One patient. What is not open to the viewer is empty; `trend` is None until it is asked for."""

    patient: Patient
    scopes: frozenset[Scope]
    band: Band
    score: News2 | None
    alerts: tuple[Alert, ...]
    gaps: tuple[Phrase, ...]
    seen_ms: int | None
    kinds: frozenset[str]
    facts: Facts
    trend: Trend | None = None

    @property
    def first(self) -> Alert | None:
        """Return the most urgent alert."""
        return self.alerts[0] if self.alerts else None

    @property
    def priority(self) -> Phrase | None:
        """Return its priority in words."""
        return None if self.first is None else priority_word(self.first)

    @property
    def condition(self) -> Phrase | None:
        """Return what it is called."""
        return None if self.first is None else condition_name(self.first)

    @property
    def score_words(self) -> str | None:
        """Return NEWS2, one number or a range; None where no sign is current."""
        return None if self.score is None or self.score.oldest_ms is None else score_range(self.score)

    @property
    def risk(self) -> Sentence | None:
        """Return the clinical risk, as far as it is certain; that it may be low says nothing."""
        if self.score is None or self.score.oldest_ms is None:
            return None
        if self.score.risk is self.score.highest_risk:
            return RISK_WORDS[self.score.risk]
        least = {"risk": RISK_WORDS[self.score.risk]}
        is_low = self.score.risk is News2Risk.LOW
        return None if is_low else Sentence(message=N_("{risk} or more"), fields=least)

    @property
    def unknown(self) -> tuple[Sentence, ...]:
        """Return what of NEWS2 is not known, so that the score is a range."""
        is_told = self.score is not None and self.score.oldest_ms is not None
        return tuple(PARTS[part.key] for part in self.score.missing) if self.score and is_told else ()

    @property
    def trend_word(self) -> Sentence | None:
        """Return the trend in a word."""
        return None if self.trend is None else TREND_WORDS[self.trend]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """A part of the list that has a name in the address."""

    key: str
    words: str
    has: Callable[[Row], bool]


FILTERS: Final = (
    Filter(key="all", words=N_("Everybody"), has=lambda _: True),
    Filter(key="now", words=N_("Look now"), has=lambda row: row.band is Band.NOW),
    Filter(key="soon", words=N_("Look soon"), has=lambda row: row.band is Band.SOON),
    Filter(key="alerts", words=N_("With an alert"), has=lambda row: bool(row.alerts)),
    Filter(key="gaps", words=N_("Not measured now"), has=lambda row: bool(row.gaps)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """What was read of all of them: a few questions, however many they are."""

    newest: Mapping[str, Mapping[str, Point]]
    devices: Mapping[str, Sequence[Device]]
    facts: Mapping[str, Facts]
    alerts: Mapping[str, Sequence[Alert]]
    now_ms: int


def rows_of(services: Services, visits: Sequence[VisitedPatient]) -> list[Row]:
    """Return a row of each patient, whoever should be looked at first, first.

    Raises
    ------
    StorageError
        If a store cannot answer.
    """
    measured = [each.patient.id for each in visits if each.shows(Scope.VITALS)]
    alarmed = [each.patient.id for each in visits if each.shows(Scope.ALERTS)]
    read = _Read(
        newest=services.series.latest_of(measured),
        devices=services.directory.devices_worn_by(measured),
        facts=services.facts.now_of_each(measured),
        alerts=services.alerts.open_of_each(alarmed),
        now_ms=services.clock.wall_ms(),
    )
    return sorted((_row(each, read) for each in visits), key=_by_acuity)


def with_trend(services: Services, rows: Sequence[Row]) -> list[Row]:
    """Return rows with where each score goes: some hours are read of each, so only of those that are shown.

    Raises
    ------
    StorageError
        If a store cannot answer.
    """
    earlier, now_ms = Earlier(rollups=services.rollups), services.clock.wall_ms()
    return [_with_trend(earlier, row, now_ms) for row in rows]


def _with_trend(earlier: Earlier, row: Row, now_ms: int) -> Row:
    if row.score is None or row.score.oldest_ms is None:
        return row
    before = earlier.score(row.patient.id, row.kinds, row.facts, now_ms)
    change = None if before is None else change_of(row.score, before)
    return row if change is None else replace(row, trend=_trend(change))


def _trend(change: int) -> Trend:
    if not change:
        return Trend.STEADY
    return Trend.RISING if change > 0 else Trend.FALLING


def _row(visit: VisitedPatient, read: _Read) -> Row:
    who = visit.patient.id
    newest, facts = read.newest.get(who, {}), read.facts.get(who, Facts())
    score = score_now(newest, facts, read.now_ms) if visit.shows(Scope.VITALS) else None
    alerts = tuple(sorted(read.alerts.get(who, ()), key=by_urgency))
    gaps = tuple(_gaps(newest, read.devices.get(who, ()), read.now_ms)) if visit.shows(Scope.VITALS) else ()
    return Row(
        patient=visit.patient,
        scopes=visit.scopes,
        band=_band(alerts, score, is_unseen=bool(gaps)),
        score=score,
        alerts=alerts,
        gaps=gaps,
        seen_ms=max((point.t_ms for point in newest.values()), default=None),
        kinds=frozenset(newest),
        facts=facts,
    )


def _gaps(newest: Mapping[str, Point], devices: Sequence[Device], now_ms: int) -> list[Phrase]:
    if not newest:
        return [Sentence(message=N_("nothing measured yet"))]
    found: list[Phrase] = []
    heart = newest.get("heart_rate")
    if heart is not None and now_ms - heart.t_ms > QUIET_AFTER_MS:
        long = lasting(now_ms - heart.t_ms)
        found.append(Sentence(message=N_("no heart rate for {long}"), fields={"long": long}))
    if not is_worn(devices):
        found.append(Sentence(message=N_("the sensor is not worn")))
    return found


def _band(alerts: Sequence[Alert], score: News2 | None, *, is_unseen: bool) -> Band:
    """Return the most urgent of what alerts and the score say: what somebody took on is known."""
    bands = [_BY_PRIORITY[each.priority] if each.state.awaits_a_person else Band.KNOWN for each in alerts]
    if score is not None and score.oldest_ms is not None:
        bands.append(_BY_RISK[score.risk])
    if is_unseen:
        bands.append(Band.UNSEEN)
    return min(bands, key=_ORDER.index, default=Band.CALM)


def _by_acuity(row: Row) -> tuple[object, ...]:
    """Sort key: how soon, then the higher score, what may hide behind it, the most urgent alert, the name."""
    scored = row.score if row.score_words is not None else None
    points = (0, 0) if scored is None else (-scored.lowest, -scored.highest)
    urgency = (True, 3, True, 0) if row.first is None else by_urgency(row.first)
    return (_ORDER.index(row.band), *points, *urgency, row.patient.display_name)
