"""Hours of ECG at a glance: where there is a signal and where none, and which alerts fell into it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, NamedTuple

from cloud.access.visits import VisitedPatient
from cloud.api.reader import reader_of_this_answer
from cloud.ports import Alert, AlertState, Family, Scope, Span
from cloud.services import Services
from cloud.web.conditions import condition_title, priority_word
from cloud.web.words import Phrase

__all__ = ["HOURS", "Episode", "Overview", "Tick", "overview"]

HOUR_MS: Final = 3_600_000
HOURS: Final = (1, 6, 24)
"""How much is seen at a glance, in hours; six is usual."""
MOST_ALERTS: Final = 200
LEAD_MS: Final = 2_000
"""An episode is opened a little before it began."""
_TICK_MINUTES: Final = {1: 10, 6: 60, 24: 240}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """A full hour, or part of one, of the reader's clock; `x` in percent."""

    x: float
    t_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """An alert in the overview; `at_ms` is where to look, `x` in percent where it began."""

    alert: Alert
    title: Phrase
    priority: Phrase
    at_ms: int
    x: float
    to_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """The hours round a moment; spans are (x, width) in percent."""

    from_ms: int
    to_ms: int
    hours: int
    at_x: float
    spans: tuple[tuple[float, float], ...]
    share: float
    ticks: tuple[Tick, ...]
    episodes: tuple[Episode, ...]
    has_alerts: bool
    may_be_more: bool
    now_ms: int


def overview(services: Services, visit: VisitedPatient, at_ms: int, hours: int) -> Overview:
    """Gather the hours round a moment, up to now at most; of alerts, what is open to who looks."""
    now_ms = services.clock.wall_ms()
    to_ms = max(min(now_ms, at_ms + hours * HOUR_MS // 2), hours * HOUR_MS)
    from_ms = to_ms - hours * HOUR_MS
    spans = services.series.waveform_spans(visit.patient.id, "ecg", from_ms, to_ms)
    alerts = _alerts(services, visit)
    placed = _Placed(from_ms, to_ms)
    return Overview(
        from_ms=from_ms,
        to_ms=to_ms,
        hours=hours,
        at_x=placed.x(at_ms),
        spans=tuple((placed.x(span.from_ms), placed.width(span)) for span in spans),
        share=sum(span.to_ms - span.from_ms for span in spans) / (to_ms - from_ms),
        ticks=_ticks(placed, hours),
        episodes=_episodes(alerts, placed, now_ms),
        has_alerts=visit.shows(Scope.ALERTS),
        may_be_more=len(alerts) == MOST_ALERTS and alerts[-1].began_ms > from_ms,
        now_ms=now_ms,
    )


class _Placed(NamedTuple):
    """Times as places, in percent of the hours."""

    from_ms: int
    to_ms: int

    def x(self, t_ms: int) -> float:
        share = (t_ms - self.from_ms) / (self.to_ms - self.from_ms)
        return round(100 * min(1.0, max(0.0, share)), 3)

    def width(self, span: Span) -> float:
        return round(100 * (span.to_ms - span.from_ms) / (self.to_ms - self.from_ms), 3)


def _alerts(services: Services, visit: VisitedPatient) -> Sequence[Alert]:
    if not visit.shows(Scope.ALERTS):
        return ()
    found = services.alerts.alerts_of(visit.patient.id, open_only=False, limit=MOST_ALERTS)
    return sorted(found, key=lambda alert: -alert.began_ms)


def _episodes(alerts: Sequence[Alert], placed: _Placed, now_ms: int) -> tuple[Episode, ...]:
    shown = [
        Episode(
            alert=alert,
            title=condition_title(alert),
            priority=priority_word(alert),
            at_ms=max(0, alert.began_ms - LEAD_MS),
            x=placed.x(alert.began_ms),
            to_ms=now_ms if alert.resolved_ms is None else alert.resolved_ms,
        )
        for alert in alerts
        if alert.family is Family.PHYSIOLOGICAL and alert.state is not AlertState.PENDING
    ]
    return tuple(
        each for each in shown if each.alert.began_ms < placed.to_ms and each.to_ms >= placed.from_ms
    )


def _ticks(placed: _Placed, hours: int) -> tuple[Tick, ...]:
    local, step_minutes = reader_of_this_answer().local, _TICK_MINUTES[hours]
    day = local.at(placed.from_ms).date()
    minutes = range(0, 3 * 1440, step_minutes)
    times = (local.minute_ms(day + timedelta(days=at // 1440), at % 1440) for at in minutes)
    return tuple(Tick(x=placed.x(t_ms), t_ms=t_ms) for t_ms in times if placed.from_ms < t_ms < placed.to_ms)
