"""A row that changes under an open episode: what is switched off ends and is told, what moved judges on."""

from typing import Any

import pytest

from cloud.alerts.judging.chart import ENDED_BECAUSE
from cloud.alerts.judging.evaluate import evaluate, tick
from cloud.alerts.judging.state import PatientState
from cloud.alerts.rules.catalogue import RULES
from cloud.alerts.rules.changes import applied
from cloud.alerts.rules.plan import STANDARD_PLAN, CarePlan
from cloud.alerts.wording.quantities import Reader
from cloud.alerts.wording.texts import texts_of
from cloud.ports import Alert, AlertState
from tests.fakes.alert_material import at, end, fresh_state, gap, onset, report, slice_of, steady
from tests.fakes.rule_book import change_of
from vitals.records import AnyRecord

OFF = "is_off"
OWN = {"kind": "heart_rate", "limit": 110, "clear_at": 100, "hold_s": 30, "clear_s": 10}


def plan(rule: str, **changes: Any) -> CarePlan:
    return CarePlan(rules=applied(RULES, [change_of(rule, **changes)], at(0)))


def judged(
    state: PatientState, *records: AnyRecord, at_s: float, by: CarePlan = STANDARD_PLAN
) -> tuple[PatientState, list[Alert]]:
    return evaluate(state, slice_of(*records, received_s=at_s), at(at_s), by)


def racing() -> tuple[PatientState, Alert]:
    """A patient whose heart beats at 140 a minute, and the alert of that."""
    state, (alert,) = judged(fresh_state(), steady(140, 0, 60), at_s=61)
    return state, alert


def test_what_is_switched_off_ends_at_the_next_evaluation_and_says_why() -> None:
    state, alert = racing()
    state, (ended,) = judged(state, steady(140, 65, 70), at_s=71, by=plan("tachycardia", is_off=True))
    assert (ended.id, ended.state, ended.resolved_ms) == (alert.id, AlertState.RESOLVED, at(71))
    assert ended.explanation[ENDED_BECAUSE] == "not-watched"
    assert state.episodes == ()


def test_what_is_switched_off_ends_though_nothing_is_heard_any_more() -> None:
    state, alert = racing()
    state, (ended,) = tick(state, at(90), plan=plan("tachycardia", is_off=True))
    assert (ended.id, ended.state, ended.resolved_ms) == (alert.id, AlertState.RESOLVED, at(90))
    assert tick(state, at(95), plan=plan("tachycardia", is_off=True)) == (state, [])


@pytest.mark.parametrize(
    ("records", "rule", "then"),
    [
        ((onset(0, condition="pause"), end(4, condition="pause")), "pause", AlertState.LATCHED),
        ((gap(0, 900),), "gap", AlertState.LATCHED),
        ((onset(0),), "atrial-fibrillation", AlertState.ACTIVE),
        ((report(0, battery=5),), "battery-low", AlertState.ACTIVE),
    ],
)
def test_whatever_sort_the_row_is_of_its_alert_is_told_to_be_over(
    records: tuple[AnyRecord, ...], rule: str, then: AlertState
) -> None:
    state, (alert,) = judged(fresh_state(), *records, at_s=10)
    assert (alert.condition, alert.state) == (rule, then)
    state, (ended,) = tick(state, at(15), plan=plan(rule, is_off=True))
    assert (ended.id, ended.state) == (alert.id, AlertState.RESOLVED)
    assert state.episodes == ()


def test_what_only_waited_for_its_time_vanishes() -> None:
    state, alerts = judged(fresh_state(), steady(140, 0, 30), at_s=31)
    assert (alerts, [one.rule for one in state.episodes]) == ([], ["tachycardia", "news2-single"])
    state, alerts = tick(state, at(35), plan=plan("tachycardia", is_off=True))
    assert (alerts, [one.rule for one in state.episodes]) == ([], ["news2-single"])


def test_while_it_is_off_nothing_of_it_is_raised_and_the_others_are() -> None:
    by = plan("tachycardia", is_off=True)
    _, alerts = judged(fresh_state(), steady(140, 0, 90), steady(39, 100, 140), at_s=141, by=by)
    assert [one.condition for one in alerts] == ["bradycardia"]


def test_an_event_that_is_not_watched_for_is_no_unknown_one() -> None:
    state, alerts = judged(fresh_state(), onset(0), at_s=1, by=plan("atrial-fibrillation", is_off=True))
    assert alerts == []
    assert state.skipped == {"not-watched": 1}


def test_switched_on_again_it_is_raised_anew_and_the_ended_one_is_not_told_again() -> None:
    state, alert = racing()
    state, _ = tick(state, at(90), plan=plan("tachycardia", is_off=True))
    state, (again,) = judged(state, steady(140, 100, 160), at_s=161)
    assert (again.state, again.began_ms) == (AlertState.ACTIVE, at(100))
    assert again.id != alert.id
    state, _ = judged(fresh_state(), onset(0), at_s=1)
    state, _ = tick(state, at(5), plan=plan("atrial-fibrillation", is_off=True))
    assert judged(state, onset(0), at_s=10)[1] == []


def test_an_open_alert_ends_by_where_it_is_over_now() -> None:
    state, alert = racing()
    moved = plan("tachycardia", limit=160)
    state, alerts = judged(state, steady(150, 65, 120), at_s=121, by=moved)
    assert alerts == []
    state, (ended,) = judged(state, steady(149, 125, 155), at_s=156, by=moved)
    assert (ended.id, ended.state, ended.resolved_ms) == (alert.id, AlertState.RESOLVED, at(155))
    assert ENDED_BECAUSE not in ended.explanation


def test_a_pending_one_is_judged_by_the_time_it_takes_now() -> None:
    state, _ = judged(fresh_state(), steady(140, 0, 30), at_s=31)
    _, (alert,) = judged(state, steady(140, 35, 35), at_s=36, by=plan("tachycardia", hold_s=35))
    assert (alert.began_ms, alert.state) == (at(0), AlertState.ACTIVE)


def test_an_alert_keeps_the_priority_it_was_raised_with_and_the_next_has_the_new() -> None:
    state, alert = racing()
    raised = plan("tachycardia", priority="high")
    state, alerts = judged(state, steady(140, 65, 70), at_s=71, by=raised)
    assert alerts == []
    state, (ended,) = judged(state, steady(80, 75, 110), at_s=111, by=raised)
    assert ended.priority is alert.priority
    _, (again,) = judged(state, steady(140, 120, 180), at_s=181, by=raised)
    assert again.priority == "high"


def test_a_limit_of_their_own_is_raised_beside_what_ships_and_says_what_it_is() -> None:
    by = plan("own-above-heart-rate-110", **OWN)
    _, alerts = judged(fresh_state(), steady(140, 0, 60), at_s=61, by=by)
    assert {one.condition for one in alerts} == {"tachycardia", "own-above-heart-rate-110"}
    (own,) = (one for one in alerts if one.condition.startswith("own-"))
    assert texts_of(own, Reader()).summary == (
        "The heart rate is 140 /min. The limit set for this person is 110 or more."
    )


def test_a_limit_of_their_own_that_is_taken_back_ends_what_it_raised() -> None:
    by = plan("own-above-heart-rate-110", **OWN)
    state, (alert,) = judged(fresh_state(), steady(115, 0, 60), at_s=61, by=by)
    state, (ended,) = tick(state, at(70))
    assert (ended.id, ended.state) == (alert.id, AlertState.RESOLVED)
    assert state.episodes == ()
