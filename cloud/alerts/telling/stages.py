"""What stands between an alert and a person: each stage lets alerts go on or holds them back, with a reason.

A hold is settled when nothing more will come of it; otherwise the alert stays owed and is judged again.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import groupby
from typing import Final

from cloud.alerts.rules.catalogue import RULES
from cloud.alerts.telling.silences import silencing
from cloud.ports import Alert, AlertState, Family, HandOff, Person, Priority, Silence

__all__ = [
    "GROUP_MS",
    "HELD_CHANNEL",
    "Batch",
    "Held",
    "HoldReason",
    "Parcel",
    "Situation",
    "Stage",
    "dedupe",
    "group",
    "inhibit",
    "route",
    "silence",
]

GROUP_MS: Final = 30_000
HELD_CHANNEL: Final = "held:"
_SHORTEST_WAIT_MS: Final = 5_000
_LONGEST_WAIT_MS: Final = 300_000
_URGENCY: Final = {Priority.HIGH: 0, Priority.MEDIUM: 1, Priority.LOW: 2}


class HoldReason(StrEnum):
    """Why an alert is not handed over now."""

    INHIBITED = "inhibited"
    GROUPED = "grouped"
    SILENCED = "silenced"
    DUPLICATE = "duplicate"
    NOTHING_TO_TELL = "nothing-to-tell"
    NOBODY = "nobody"
    RETRY_LATER = "retry-later"


_UNTOLD_ON_PURPOSE: Final = frozenset(
    f"{HELD_CHANNEL}{reason}" for reason in (HoldReason.INHIBITED, HoldReason.SILENCED, HoldReason.DUPLICATE)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """An alert held back: why, in a sentence, whether for good, and until when if time alone ends it."""

    alert: Alert
    reason: HoldReason
    because: str
    is_settled: bool = False
    until_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """Alerts that go out as one, the most urgent first, and to whom."""

    alerts: tuple[Alert, ...]
    people: tuple[Person, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What the stages may know: all of it asked for by patient or alert, as of `now_ms`."""

    now_ms: int
    open_alerts: Callable[[str], Sequence[Alert]]
    hand_offs: Callable[[str], Sequence[HandOff]]
    people: Callable[[str], Sequence[Person]]
    silences: Sequence[Silence]
    handed_ms: Mapping[tuple[str, Family], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What is on its way, what was held back, and what was handed over or tried."""

    going: tuple[Parcel, ...]
    held: tuple[Held, ...] = ()
    hand_offs: tuple[HandOff, ...] = ()


Stage = Callable[[Batch, Situation], Batch]
_Check = Callable[[Alert, Situation], Held | None]


def inhibit(batch: Batch, situation: Situation) -> Batch:
    """Hold what an open technical condition of the same device explains."""
    return _sift(batch, situation, _inhibited)


def group(batch: Batch, situation: Situation) -> Batch:
    """Let medium and low alerts of a patient go out as one, at most every 30 s; high ones at once.

    The first goes without waiting. The two families are never merged.
    """
    alerts = [alert for parcel in batch.going for alert in parcel.alerts]
    going = [Parcel(alerts=(alert,)) for alert in alerts if alert.priority is Priority.HIGH]
    held = list(batch.held)
    others = sorted((alert for alert in alerts if alert.priority is not Priority.HIGH), key=_by_group)
    for key, members in groupby(others, key=lambda alert: (alert.patient_id, alert.family)):
        together = tuple(members)
        handed_ms = situation.handed_ms.get(key)
        if handed_ms is None or not _is_within(GROUP_MS, handed_ms, situation.now_ms):
            going.append(Parcel(alerts=together))
        else:
            held += [_grouped(one, handed_ms) for one in together]
    return replace(batch, going=tuple(going), held=tuple(held))


def silence(batch: Batch, situation: Situation) -> Batch:
    """Hold what somebody asked not to hear of for a while."""
    return _sift(batch, situation, _silenced)


def dedupe(batch: Batch, situation: Situation) -> Batch:
    """Hold what was told already in another way, and the end of what nobody was told of."""
    return _sift(batch, situation, _duplicate)


def route(batch: Batch, situation: Situation) -> Batch:
    """Address each parcel to everyone who may see the patient now."""
    batch = _sift(batch, situation, _unroutable)
    addressed = tuple(
        replace(parcel, people=tuple(situation.people(parcel.alerts[0].patient_id))) for parcel in batch.going
    )
    return replace(batch, going=addressed)


def _sift(batch: Batch, situation: Situation, check: _Check) -> Batch:
    going, held = [], list(batch.held)
    for parcel in batch.going:
        judged = [(alert, check(alert, situation)) for alert in parcel.alerts]
        held += [hold for _, hold in judged if hold is not None]
        passed = tuple(alert for alert, hold in judged if hold is None)
        if passed:
            going.append(replace(parcel, alerts=passed))
    return replace(batch, going=tuple(going), held=tuple(held))


def _grouped(alert: Alert, handed_ms: int) -> Held:
    because = "goes out together with others of the same patient"
    return Held(alert=alert, reason=HoldReason.GROUPED, because=because, until_ms=handed_ms + GROUP_MS)


def _by_group(alert: Alert) -> tuple[str, str, int, int]:
    return alert.patient_id, alert.family, _URGENCY[alert.priority], alert.raised_ms


def _inhibited(alert: Alert, situation: Situation) -> Held | None:
    rule = RULES.get(alert.condition)
    for other in situation.open_alerts(alert.patient_id) if rule and rule.inhibited_by else ():
        if rule and other.condition in rule.inhibited_by and _explains(other, alert):
            because = f"{other.condition} explains it"
            return Held(alert=alert, reason=HoldReason.INHIBITED, because=because)
    return None


def _explains(cause: Alert, alert: Alert) -> bool:
    """Tell whether a technical cause explains an alert: what was there before it came by itself."""
    came_first = alert.family is Family.TECHNICAL or cause.began_ms <= alert.began_ms
    return came_first and bool(_devices(cause) & _devices(alert))


def _devices(alert: Alert) -> set[object]:
    devices = alert.explanation.get("devices")
    return set(devices) if isinstance(devices, list) else set()


def _silenced(alert: Alert, situation: Situation) -> Held | None:
    found = silencing(alert, situation.silences, situation.now_ms)
    if found is None:
        return None
    because = f"silenced by {found.author_id}"
    return Held(alert=alert, reason=HoldReason.SILENCED, because=because, until_ms=found.until_ms)


def _duplicate(alert: Alert, situation: Situation) -> Held | None:
    if alert.state is AlertState.RESOLVED:
        return _end_of_the_untold(alert, situation)
    if alert.state.awaits_a_person and alert.family is Family.PHYSIOLOGICAL:
        for other in situation.open_alerts(alert.patient_id):
            if other.condition == alert.condition and _is_earlier(other, alert):
                because = "another device of the patient has raised it"
                return Held(alert=alert, reason=HoldReason.DUPLICATE, because=because)
    return None


def _is_earlier(other: Alert, alert: Alert) -> bool:
    return (other.raised_ms, other.id) < (alert.raised_ms, alert.id)


def _end_of_the_untold(alert: Alert, situation: Situation) -> Held | None:
    past = situation.hand_offs(alert.id)
    was_told = any(one.error is None and not one.channel.startswith(HELD_CHANNEL) for one in past)
    if was_told or not any(one.channel in _UNTOLD_ON_PURPOSE for one in past):
        return None
    because = "it ended while it was held back"
    return Held(alert=alert, reason=HoldReason.NOTHING_TO_TELL, because=because, is_settled=True)


def _unroutable(alert: Alert, situation: Situation) -> Held | None:
    if not situation.people(alert.patient_id):
        because = "nobody may see this patient: grant somebody access"
        is_over = alert.state is AlertState.RESOLVED  # else old ends pile up, judged anew at every step
        return Held(alert=alert, reason=HoldReason.NOBODY, because=because, is_settled=is_over)
    failed_ms = [
        one.at_ms
        for one in situation.hand_offs(alert.id)
        if one.error is not None and one.state is alert.state and not one.channel.startswith(HELD_CHANNEL)
    ]
    if failed_ms and _is_within(_wait_ms(failed_ms), failed_ms[-1], situation.now_ms):
        return Held(
            alert=alert,
            reason=HoldReason.RETRY_LATER,
            because="every channel failed a moment ago",
            until_ms=failed_ms[-1] + _wait_ms(failed_ms),
        )
    return None


def _is_within(span_ms: int, since_ms: int, now_ms: int) -> bool:
    """Tell whether `span_ms` are not over yet; what is still to come was noted by a clock that was ahead."""
    return 0 <= now_ms - since_ms < span_ms


def _wait_ms(failed_ms: Sequence[int]) -> int:
    """Wait as long as has been tried, so that the waits double."""
    return min(max(failed_ms[-1] - failed_ms[0], _SHORTEST_WAIT_MS), _LONGEST_WAIT_MS)
