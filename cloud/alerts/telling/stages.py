"""What stands between an alert and a person: each stage lets it go on or holds it back, with a reason."""

from collections.abc import Callable, Collection
from dataclasses import replace
from itertools import groupby
from typing import Final

from cloud.alerts.acknowledge import AcknowledgeReason
from cloud.alerts.rules.catalogue import RULES
from cloud.alerts.telling.attempts import is_within
from cloud.alerts.telling.batch import Batch, Held, HoldReason, Parcel, Situation
from cloud.alerts.telling.history import History
from cloud.alerts.telling.silences import silencing
from cloud.ports import HELD_CHANNEL, Alert, AlertState, Family, Occasion, Priority

__all__ = ["GROUP_MS", "dedupe", "group", "inhibit", "silence"]

GROUP_MS: Final = 30_000
_URGENCY: Final = {Priority.HIGH: 0, Priority.MEDIUM: 1, Priority.LOW: 2}
_UNTOLD_ON_PURPOSE: Final = frozenset(
    f"{HELD_CHANNEL}{reason}"
    for reason in (
        HoldReason.INHIBITED,
        HoldReason.SILENCED,
        HoldReason.DUPLICATE,
        HoldReason.QUIET_HOURS,
        HoldReason.UNWANTED,
        HoldReason.STORM,
    )
)

_ECHO_MS: Final = 600_000
"""What begins so soon after its like is the same to whoever is told: another device, or another run of it."""
_WAITS: Final = "one like it waits for a person still"
_RAISED_ELSEWHERE: Final = "another device of the patient has raised it"

_Check = Callable[[Alert, Situation], Held | None]


def inhibit(batch: Batch, situation: Situation) -> Batch:
    """Hold what another open condition of the same device explains; high by nothing less than high."""
    return _sift(batch, situation, _inhibited)


def group(batch: Batch, situation: Situation) -> Batch:
    """Let what is new of medium and low go out as one for each patient, at most every 30 s; high at once.

    The first goes without waiting. The two families are never merged, nor are beginnings and ends. What was
    told before, to some, waits for nobody.
    """
    going = [one for one in batch.going if not _can_wait(one, situation)]
    held = list(batch.held)
    others = sorted((one for one in batch.going if _can_wait(one, situation)), key=_by_group)
    for (_, _, occasion, step), members in groupby(others, key=_group_of):
        together = tuple(alert for parcel in members for alert in parcel.alerts)
        handed_ms = situation.handed_ms.get((together[0].patient_id, together[0].family))
        if handed_ms is None or not is_within(GROUP_MS, handed_ms, situation.now_ms):
            going.append(Parcel(alerts=together, occasion=occasion, step=step))
        else:
            held += [_grouped(one, handed_ms) for one in together]
    return replace(batch, going=tuple(going), held=tuple(held))


def silence(batch: Batch, situation: Situation) -> Batch:
    """Hold what somebody asked not to hear of for a while."""
    return _sift(batch, situation, _silenced)


def dedupe(batch: Batch, situation: Situation) -> Batch:
    """Hold what another device tells of already, and the end of what nobody was told of.

    What is held back itself tells nobody, so nothing is held because of it.
    """
    silent = {one.alert.id for one in batch.held}

    def check(alert: Alert, situation: Situation) -> Held | None:
        return _duplicate(alert, situation, silent)

    return _sift(batch, situation, check)


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


def _can_wait(parcel: Parcel, situation: Situation) -> bool:
    lead = parcel.alerts[0]
    is_fresh = not situation.history(lead.id).of({parcel.occasion}, parcel.step)
    return is_fresh and lead.priority is not Priority.HIGH


def _group_of(parcel: Parcel) -> tuple[str, Family, Occasion, int]:
    lead = parcel.alerts[0]
    return lead.patient_id, lead.family, parcel.occasion, parcel.step


def _by_group(parcel: Parcel) -> tuple[tuple[str, Family, Occasion, int], int, int]:
    lead = parcel.alerts[0]
    return _group_of(parcel), _URGENCY[lead.priority], lead.raised_ms


def _inhibited(alert: Alert, situation: Situation) -> Held | None:
    rule = RULES.get(alert.condition)
    for other in situation.open_alerts(alert.patient_id) if rule and rule.inhibited_by else ():
        if rule and other.condition in rule.inhibited_by and _explains(other, alert):
            because = f"{other.condition} explains it"
            return Held(alert=alert, reason=HoldReason.INHIBITED, because=because)
    return None


def _explains(cause: Alert, alert: Alert) -> bool:
    """Tell whether a cause that goes on explains an alert: what was there before it came by itself.

    What is more urgent goes: a strap that does not say that it is worn again, or an unclear ECG, must not
    hold back a slow heart.
    """
    if alert.priority is Priority.HIGH and cause.priority is not Priority.HIGH:
        return False
    came_first = alert.family is Family.TECHNICAL or cause.began_ms <= alert.began_ms
    goes_on = cause.state is not AlertState.LATCHED
    return goes_on and came_first and bool(_devices(cause) & _devices(alert))


def _devices(alert: Alert) -> set[object]:
    devices = alert.explanation.get("devices")
    return set(devices) if isinstance(devices, list) else set()


def _silenced(alert: Alert, situation: Situation) -> Held | None:
    found = silencing(alert, situation.silences, situation.now_ms)
    if found is None:
        return None
    return Held(
        alert=alert,
        reason=HoldReason.SILENCED,
        because=f"silenced by {found.author_id}",
        is_settled=alert.state is AlertState.RESOLVED,
        until_ms=found.until_ms,
    )


def _duplicate(alert: Alert, situation: Situation, silent: Collection[str]) -> Held | None:
    if alert.state is AlertState.RESOLVED:
        return _end_of_the_untold(alert, situation.history(alert.id))
    if alert.state.awaits_a_person and alert.family is Family.PHYSIOLOGICAL:
        for other in situation.open_alerts(alert.patient_id):
            is_news = _is_news(other, alert) or other.id in silent
            if _tells_of(other, alert) and not is_news:
                is_its_own = _devices(other) == _devices(alert)
                because = _WAITS if is_its_own else _RAISED_ELSEWHERE
                return Held(alert=alert, reason=HoldReason.DUPLICATE, because=because)
    return None


def _is_news(other: Alert, alert: Alert) -> bool:
    """Tell whether what is urgent began long after the like of it that is over, though nobody has seen that.

    Who forgot to acknowledge a fall must hear of the next one.
    """
    is_over = other.state is AlertState.LATCHED and alert.began_ms - other.began_ms >= _ECHO_MS
    return alert.priority is Priority.HIGH and is_over


def _tells_of(other: Alert, alert: Alert) -> bool:
    """Tell whether people know of an alert by another: not by what is milder, or what they took for false."""
    is_earlier = (other.raised_ms, other.id) < (alert.raised_ms, alert.id)
    is_as_urgent = _URGENCY[other.priority] <= _URGENCY[alert.priority]
    is_believed = other.acknowledged_reason != AcknowledgeReason.FALSE_ALARM
    return other.condition == alert.condition and is_earlier and is_as_urgent and is_believed


def _end_of_the_untold(alert: Alert, past: History) -> Held | None:
    if past.told or not any(one.channel in _UNTOLD_ON_PURPOSE for one in past.holds):
        return None
    because = "it ended while it was held back"
    return Held(alert=alert, reason=HoldReason.NOTHING_TO_TELL, because=because, is_settled=True)
