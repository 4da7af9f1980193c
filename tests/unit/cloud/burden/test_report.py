"""What alerting asked of people, in numbers."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cloud.alerts.acknowledge import AcknowledgeReason
from cloud.burden.interval import share_of
from cloud.burden.loads import Burden, ChannelLoad, HoldLoad, NightLoad
from cloud.burden.report import burden_of, is_night
from cloud.ports import AlertCourse, Courses, Family, Priority, Telling

DAY_MS = 86_400_000
NOON_MS = int(datetime(2026, 3, 20, 12, tzinfo=UTC).timestamp() * 1000)
HOUR_MS = 3_600_000


def course(name: str, **more: Any) -> AlertCourse:
    given: dict[str, Any] = {
        "patient_id": "wei",
        "condition": "tachycardia",
        "family": Family.PHYSIOLOGICAL,
        "priority": Priority.MEDIUM,
        "raised_ms": NOON_MS,
        "acknowledged_ms": None,
        "acknowledged_by": None,
        "acknowledged_reason": None,
        "delayed": False,
    }
    return AlertCourse(id=name, **given | more)


def seen(name: str, reason: AcknowledgeReason, after_s: float, **more: Any) -> AlertCourse:
    at_ms = NOON_MS + round(after_s * 1000)
    return course(
        name, acknowledged_ms=at_ms, acknowledged_by="lin", acknowledged_reason=reason.value, **more
    )


def told(alert: str, channel: str = "in-app", **more: Any) -> Telling:
    given: dict[str, Any] = {
        "person_id": "lin",
        "at_ms": NOON_MS,
        "occasion": "onset",
        "failed": False,
        "has_receipt": False,
    }
    return Telling(alert_id=alert, channel=channel, **given | more)


def report(
    courses: Iterable[AlertCourse], tellings: Iterable[Telling] = (), *, days: int = 2, patients: int = 3
) -> Burden:
    return burden_of(
        Courses(courses=[*courses], omitted=0),
        [*tellings],
        span_ms=(NOON_MS - DAY_MS, NOON_MS + (days - 1) * DAY_MS),
        patients=patients,
        local=lambda t_ms: datetime.fromtimestamp(t_ms / 1000, UTC),
    )


def test_alerts_are_counted_a_patient_day_by_priority_and_by_condition() -> None:
    found = report([course("a"), course("b"), course("c", condition="fall", priority=Priority.HIGH)])
    assert found.patient_days == 6
    assert found.per_patient_day == {Priority.HIGH: 1 / 6, Priority.MEDIUM: 2 / 6, Priority.LOW: 0}
    assert [(load.condition, load.alerts, load.per_patient_day) for load in found.conditions] == [
        ("fall", 1, 1 / 6),
        ("tachycardia", 2, 2 / 6),
    ]


def test_whatever_was_not_a_false_alarm_was_right_of_those_that_somebody_judged() -> None:
    judged = [seen(reason.value, reason, 10) for reason in AcknowledgeReason]
    found = report([*judged, course("nobody")])
    assert (found.right.hits, found.right.total) == (3, 4)
    assert (found.acted_on.hits, found.acted_on.total) == (4, 5)


def test_waits_are_of_those_that_got_a_word_and_never_less_than_nothing() -> None:
    waits = [*range(1, 10), 600]
    found = report([seen(str(wait), AcknowledgeReason.REAL, wait) for wait in waits]).waits
    assert (found.count, found.median_s, found.p90_s) == (10, 5, 9)
    early = report([seen("early", AcknowledgeReason.REAL, -5)]).waits
    assert early.median_s == 0


def test_of_nothing_at_all_there_is_no_share() -> None:
    found = report([])
    assert (found.right.share, found.waits.median_s, found.per_patient_day[Priority.HIGH]) == (None, None, 0)


@pytest.mark.parametrize(
    ("hits", "total", "low", "high"),
    [(0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (81, 263, 0.2553, 0.3662), (1, 1, 0.2065, 1.0)],
)
def test_shares_have_wilsons_interval(hits: int, total: int, low: float, high: float) -> None:
    found = share_of(hits, total)
    assert found.low == pytest.approx(low, abs=5e-4)
    assert found.high == pytest.approx(high, abs=5e-4)


def test_what_each_stage_held_back_is_counted_by_reason_and_by_alert() -> None:
    holds = [told("a", "held:grouped"), told("a", "held:grouped"), told("b", "held:inhibited", failed=True)]
    found = report([course("a"), course("b")], [*holds, told("a")])
    assert found.holds == [
        HoldLoad(reason="grouped", holds=2, alerts=1),
        HoldLoad(reason="inhibited", holds=1, alerts=1),
    ]
    assert found.channels == [ChannelLoad(channel="in-app", handed=1, failed=0, receipts=0)]


def test_what_a_channel_did_not_take_is_counted_apart_from_what_it_did() -> None:
    tried = [told("a", "email", failed=True), told("a", "email", has_receipt=True), told("a", "web-push")]
    found = report([course("a")], tried)
    assert found.channels == [
        ChannelLoad(channel="email", handed=1, failed=1, receipts=1),
        ChannelLoad(channel="web-push", handed=1, failed=0, receipts=0),
    ]


def test_an_alert_that_nobody_was_told_of_and_nothing_held_back_is_told() -> None:
    tellings = [told("told"), told("held", "held:nobody", failed=True), told("failed", failed=True)]
    found = report([course(name) for name in ("told", "held", "failed", "lost")], tellings)
    assert found.untold == 2


def test_an_escalation_counts_once_an_alert_however_often_it_was_told() -> None:
    again = [told("a", occasion="escalation"), told("a", occasion="escalation")]
    failed = told("b", occasion="escalation", failed=True)
    found = report([course("a"), course("b")], [told("a"), told("b"), *again, failed])
    assert (found.escalated.hits, found.escalated.total) == (1, 2)
    assert [load.escalated for load in found.conditions] == [1]


def test_who_was_told_at_night_is_counted_by_the_night() -> None:
    at_ms = [NOON_MS + hours * HOUR_MS for hours in (9, 10, 14, 18, 19, 36)]
    tellings = [told(str(number), at_ms=when) for number, when in enumerate(at_ms)]
    found = report(
        [course(str(number)) for number in range(6)], [*tellings, told("5", at_ms=at_ms[1], person_id="ana")]
    )
    assert found.nights == [
        NightLoad(person_id="lin", tellings=4, alerts=4, nights=2),
        NightLoad(person_id="ana", tellings=1, alerts=1, nights=1),
    ]


@pytest.mark.parametrize(
    ("hour", "night"), [(21, False), (22, True), (0, True), (6, True), (7, False), (12, False)]
)
def test_night_is_from_ten_to_seven(hour: int, *, night: bool) -> None:
    assert is_night(datetime(2026, 3, 20, tzinfo=UTC) + timedelta(hours=hour)) is night
