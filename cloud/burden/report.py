"""The alert-burden report: stored alerts and hand-offs of a period, summed up. Pure."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from math import ceil
from typing import Final

from cloud.alerts.acknowledge import AcknowledgeReason
from cloud.burden.interval import Share, share_of
from cloud.burden.loads import Burden, ChannelLoad, ConditionLoad, HoldLoad, NightLoad, PatientLoad, Waits
from cloud.ports import HELD_CHANNEL, AlertCourse, Courses, Family, Occasion, Priority, Telling

__all__ = ["NIGHT_HOURS", "burden_of", "is_night"]

NIGHT_HOURS: Final = (22, 7)
"""From and until which local hour it counts as night: what is told then wakes somebody."""
_DAY_MS: Final = 86_400_000
_URGENCY: Final = tuple(Priority)


def burden_of(
    found: Courses,
    tellings: Sequence[Telling],
    *,
    span_ms: tuple[int, int],
    patients: int,
    local: Callable[[int], datetime],
) -> Burden:
    """Sum up a period of so many patients; `local` returns the local time of a moment."""
    courses, (from_ms, to_ms) = found.courses, span_ms
    days = patients * (to_ms - from_ms) / _DAY_MS
    counts = Counter(course.priority for course in courses)
    escalated = {one.alert_id for one in tellings if one.occasion == Occasion.ESCALATION and not one.failed}
    known = {one.alert_id for one in tellings if _is_hold(one) or not one.failed}
    return Burden(
        from_ms=from_ms,
        to_ms=to_ms,
        patients=patients,
        patient_days=days,
        alerts=len(courses),
        omitted=found.omitted,
        per_patient_day={each: counts[each] / days if days else 0.0 for each in _URGENCY},
        acted_on=share_of(sum(_is_acted_on(one) for one in courses), len(courses)),
        right=_right(courses),
        waits=_waits(courses),
        delayed=share_of(sum(one.delayed for one in courses), len(courses)),
        escalated=share_of(sum(one.id in escalated for one in courses), len(courses)),
        untold=sum(one.id not in known for one in courses),
        conditions=_conditions(courses, escalated, days),
        by_patient=_by_patient(courses, (to_ms - from_ms) / _DAY_MS),
        holds=_holds(tellings),
        channels=_channels(tellings),
        nights=_nights(tellings, local),
    )


def is_night(moment: datetime) -> bool:
    """Tell whether a local time is at night."""
    begins, ends = NIGHT_HOURS
    return moment.hour >= begins or moment.hour < ends


def _is_acted_on(course: AlertCourse) -> bool:
    return course.acknowledged_ms is not None


def _right(courses: Iterable[AlertCourse]) -> Share:
    """Return the positive predictive value: of how many there was something to alarm, as people found."""
    reasons = [course.acknowledged_reason for course in courses if course.acknowledged_reason]
    return share_of(sum(AcknowledgeReason(reason).was_right for reason in reasons), len(reasons))


def _waits(courses: Iterable[AlertCourse]) -> Waits:
    waits = sorted(
        max(0, course.acknowledged_ms - course.raised_ms) / 1000
        for course in courses
        if course.acknowledged_ms is not None
    )
    return Waits(count=len(waits), median_s=_rank(waits, 0.5), p90_s=_rank(waits, 0.9))


def _rank(ordered: Sequence[float], share: float) -> float | None:
    """Return the value that so much of them does not exceed (nearest rank)."""
    return ordered[max(0, ceil(share * len(ordered)) - 1)] if ordered else None


def _conditions(
    courses: Iterable[AlertCourse], escalated: Collection[str], days: float
) -> Sequence[ConditionLoad]:
    by_key: defaultdict[tuple[Priority, Family, str], list[AlertCourse]] = defaultdict(list)
    for course in courses:
        by_key[course.priority, course.family, course.condition].append(course)
    loads = [
        ConditionLoad(
            condition=condition,
            family=family,
            priority=priority,
            alerts=len(those),
            per_patient_day=len(those) / days if days else 0.0,
            acknowledged=sum(map(_is_acted_on, those)),
            right=_right(those),
            escalated=sum(one.id in escalated for one in those),
        )
        for (priority, family, condition), those in by_key.items()
    ]
    return sorted(loads, key=lambda load: (_URGENCY.index(load.priority), -load.alerts, load.condition))


def _by_patient(courses: Iterable[AlertCourse], days: float) -> Sequence[PatientLoad]:
    """Return a load of each patient who had an alert, the heaviest first."""
    of_each: defaultdict[str, list[AlertCourse]] = defaultdict(list)
    for course in courses:
        of_each[course.patient_id].append(course)
    loads = [
        PatientLoad(
            patient_id=patient_id,
            alerts=len(those),
            per_day=len(those) / days if days else 0.0,
            acknowledged=sum(map(_is_acted_on, those)),
            right=_right(those),
            most=Counter(one.condition for one in those).most_common(1)[0][0],
        )
        for patient_id, those in of_each.items()
    ]
    return sorted(loads, key=lambda load: (-load.alerts, load.patient_id))


def _is_hold(telling: Telling) -> bool:
    return telling.channel.startswith(HELD_CHANNEL)


def _holds(tellings: Iterable[Telling]) -> Sequence[HoldLoad]:
    alerts: defaultdict[str, list[str]] = defaultdict(list)
    for one in tellings:
        if _is_hold(one):
            alerts[one.channel.removeprefix(HELD_CHANNEL)].append(one.alert_id)
    return [
        HoldLoad(reason=reason, holds=len(those), alerts=len(set(those)))
        for reason, those in sorted(alerts.items())
    ]


def _channels(tellings: Iterable[Telling]) -> Sequence[ChannelLoad]:
    by_channel: defaultdict[str, list[Telling]] = defaultdict(list)
    for one in tellings:
        if not _is_hold(one):
            by_channel[one.channel].append(one)
    return [
        ChannelLoad(
            channel=channel,
            handed=sum(not one.failed for one in those),
            failed=sum(one.failed for one in those),
            receipts=sum(one.has_receipt for one in those),
        )
        for channel, those in sorted(by_channel.items())
    ]


def _nights(tellings: Iterable[Telling], local: Callable[[int], datetime]) -> Sequence[NightLoad]:
    by_person: defaultdict[str, list[tuple[Telling, datetime]]] = defaultdict(list)
    for one in tellings:
        moment = local(one.at_ms)
        if not _is_hold(one) and not one.failed and is_night(moment):
            by_person[one.person_id].append((one, moment))
    loads = [
        NightLoad(
            person_id=person,
            tellings=len(those),
            alerts=len({one.alert_id for one, _ in those}),
            nights=len({_night_of(moment) for _, moment in those}),
        )
        for person, those in by_person.items()
    ]
    return sorted(loads, key=lambda load: (-load.tellings, load.person_id))


def _night_of(moment: datetime) -> int:
    """Return which night it is: what comes before morning is of the evening before."""
    return moment.toordinal() - (moment.hour < NIGHT_HOURS[1])
