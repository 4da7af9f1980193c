"""What really was in a simulated day, and whether alerting kept faith with it; without the evaluator.

Limits are held against what was measured by plain counting; what gateways concluded and what happened to
devices stands in the scripts. Conditions that rest on anything else are not judged here, and counted.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from carewire.day.wearer import NOTICED_AFTER_S, Measured, Wearer
from cloud.alerts.rules.catalogue import RULES
from cloud.alerts.rules.plan import STANDARD_PLAN
from cloud.alerts.rules.rows import ThresholdRule
from cloud.ports import HELD_CHANNEL, Alert, HandOff
from firmware_sim.causes import Cause as Felt
from firmware_sim.causes import Span

__all__ = ["Breach", "Cause", "Reckoning", "Truth", "reckon"]

_LEAST_QUALITY: Final = 0.5
_GRACE_S: Final = 900.0
"""How long after its cause a technical alert may still begin or be about: reports come every ten minutes."""
_DEVICE_CONDITIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "sensor-off": "off",
        "device-out-of-reach": "away",
        "gateway-silent": "outages",
        "device-silent": "silences",
        "signal-poor": "unclear",
    }
)
"""Of what in a script each technical condition tells."""


class Cause(StrEnum):
    """What was behind an alert, as somebody finds who looks."""

    ILLNESS = "illness"
    EXERTION = "exertion"
    DEVICE = "device"
    ARTEFACT = "artefact"
    NONE = "none"
    NOT_JUDGED_HERE = "not-judged-here"


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """Something that lasted long enough for an alert of this condition, by the patient's own seconds."""

    patient_id: str
    condition: str
    span: Span


@dataclass(slots=True, kw_only=True)
class Truth:
    """What was so with each patient."""

    wearers: Mapping[str, Wearer]
    breaches: Sequence[Breach] = field(init=False)

    def __post_init__(self) -> None:
        self.breaches = tuple(
            breach
            for wearer in self.wearers.values()
            for breach in (*_of_limits(wearer), *_of_gateways(wearer))
        )

    def cause_of(self, alert: Alert) -> Cause:
        """Return what was behind an alert."""
        wearer = self.wearers[alert.patient_id]
        began_s = (alert.began_ms - wearer.start_ms) / 1000
        if alert.condition in _DEVICE_CONDITIONS or alert.condition == "battery-low":
            return Cause.DEVICE if _is_of_device(wearer, alert.condition, began_s) else Cause.NONE
        if not _is_judged_here(alert.condition):
            return Cause.NOT_JUDGED_HERE
        if not any(self._began_in(each, alert, began_s) for each in self.breaches):
            return Cause.NONE
        if any(began_s in artefact.span for artefact in wearer.script.artefacts):
            return Cause.ARTEFACT
        return Cause.EXERTION if _is_at_work(wearer, began_s) else Cause.ILLNESS

    def _began_in(self, breach: Breach, alert: Alert, began_s: float) -> bool:
        is_alike = (breach.patient_id, breach.condition) == (alert.patient_id, alert.condition)
        return is_alike and breach.span.from_s <= began_s <= breach.span.to_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Reckoning:
    """How alerting kept faith: of `lost` breaches nobody heard, behind `causeless` alerts was nothing."""

    breaches: int
    told: int
    held: int
    lost: Sequence[Breach]
    alerts: int
    causeless: Sequence[Alert]
    causes: Mapping[Cause, int]
    not_judged: Mapping[str, int]


def reckon(truth: Truth, alerts: Sequence[Alert], hand_offs: Mapping[str, Sequence[HandOff]]) -> Reckoning:
    """Hold all alerts of a day and what became of them against what really was."""
    told = held = 0
    lost = []
    for breach in truth.breaches:
        tries = [one for alert in _alerts_of(breach, alerts, truth) for one in hand_offs.get(alert.id, ())]
        if any(one.error is None and not _is_hold(one) for one in tries):
            told += 1
        elif any(_is_hold(one) for one in tries):
            held += 1
        else:
            lost.append(breach)
    causes = {alert.id: truth.cause_of(alert) for alert in alerts}
    return Reckoning(
        breaches=len(truth.breaches),
        told=told,
        held=held,
        lost=lost,
        alerts=len(alerts),
        causeless=[alert for alert in alerts if causes[alert.id] is Cause.NONE],
        causes=Counter(causes.values()),
        not_judged=Counter(alert.condition for alert in alerts if causes[alert.id] is Cause.NOT_JUDGED_HERE),
    )


def _is_hold(one: HandOff) -> bool:
    return one.channel.startswith(HELD_CHANNEL)


def _alerts_of(breach: Breach, alerts: Iterable[Alert], truth: Truth) -> Iterator[Alert]:
    """Return the alerts of a breach: those that were open while it lasted, by the times of their cause."""
    start_ms = truth.wearers[breach.patient_id].start_ms
    for alert in alerts:
        if (alert.patient_id, alert.condition) == (breach.patient_id, breach.condition):
            began_s = (alert.began_ms - start_ms) / 1000
            ended_s = None if alert.resolved_ms is None else (alert.resolved_ms - start_ms) / 1000
            if began_s <= breach.span.to_s and (ended_s is None or ended_s >= breach.span.from_s):
                yield alert


def _is_judged_here(condition: str) -> bool:
    rule = RULES.get(condition)
    return isinstance(rule, ThresholdRule) or condition in {"atrial-fibrillation", "fall", "long-lie"}


def _breaches_of(wearer: Wearer) -> Iterator[Breach]:
    yield from _of_limits(wearer)
    yield from _of_gateways(wearer)


def _of_gateways(wearer: Wearer) -> Iterator[Breach]:
    """Return what the gateway came to conclude within the day."""
    for one in wearer.script.concluded:
        if one.span.from_s + NOTICED_AFTER_S < wearer.day_s:
            yield Breach(patient_id=wearer.patient_id, condition=one.condition, span=one.span)


def _of_limits(wearer: Wearer) -> Iterator[Breach]:
    for rule in STANDARD_PLAN.rules.of(ThresholdRule):
        for measured in wearer.measured:
            if measured.kind == rule.kind:
                for span in _beyond(rule, measured):
                    yield Breach(patient_id=wearer.patient_id, condition=rule.key, span=span)


def _beyond(rule: ThresholdRule, measured: Measured) -> Iterator[Span]:
    """Count through what was measured: from the first value beyond to the last, if that was long enough."""
    first = last = None
    columns = (measured.at_s.tolist(), measured.value.tolist(), measured.quality.tolist())
    for at_s, value, quality in zip(*columns, strict=True):
        if quality < _LEAST_QUALITY:
            continue
        is_joined = last is not None and at_s - last <= rule.longest_gap_s
        is_beyond = rule.is_beyond(value)
        if first is not None and last is not None and not (is_beyond and is_joined):
            if last - first >= rule.hold_s:
                yield Span(from_s=first, to_s=last)
            first = None
        if is_beyond:
            first = at_s if first is None else first
            last = at_s
    if first is not None and last is not None and last - first >= rule.hold_s:
        yield Span(from_s=first, to_s=last)


def _is_of_device(wearer: Wearer, condition: str, began_s: float) -> bool:
    if condition == "battery-low":
        low_from_s = wearer.script.battery_low_from_s
        return low_from_s is not None and began_s >= low_from_s
    script = wearer.script
    spans = {
        "off": script.off,
        "away": script.away,
        "outages": script.outages,
        "silences": (*script.off, *script.away, *script.outages),
        "unclear": script.unclear,
    }[_DEVICE_CONDITIONS[condition]]
    return any(span.from_s - _GRACE_S <= began_s <= span.to_s + _GRACE_S for span in spans)


def _is_at_work(wearer: Wearer, at_s: float) -> bool:
    return any(
        episode.cause is Felt.EXERTION and episode.from_s <= at_s <= episode.to_s + _GRACE_S
        for episode in wearer.script.episodes
    )
