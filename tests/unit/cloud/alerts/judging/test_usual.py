"""What is unusual for one person is a hint, after hours; nights are told once a morning."""

from collections.abc import Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from cloud.alerts.judging.evaluate import evaluate, tick
from cloud.alerts.judging.state import PatientState
from cloud.alerts.rules.catalogue import rules_of
from cloud.alerts.rules.habits import Habits
from cloud.alerts.rules.plan import CarePlan
from cloud.alerts.rules.ruleset import RuleSet
from cloud.alerts.rules.scoring import BaselineRule, NightRule
from cloud.early_warning.local_time import LocalTime
from cloud.ports import Alert, AlertState, Priority
from tests.fakes.alert_material import T0, acknowledged, at, fresh_state, onset, slice_of, steady, values
from vitals.features.baseline import Usual
from vitals.scores.night_signal import Night, NightAlert, NightGrade, NightState

BASELINES = {rule.key: rule for rule in rules_of(BaselineRule)}
BY_RULE = pytest.mark.parametrize("rule", BASELINES.values(), ids=BASELINES.keys())
UTC = LocalTime(zone=ZoneInfo("UTC"))
MEDIANS = {"heart_rate": 70.0, "respiratory_rate": 14.0, "oxygen_saturation": 97.0}
SPREADS = {"heart_rate": 4.0, "respiratory_rate": 1.0, "oxygen_saturation": 1.0}
STATES = {
    NightAlert.GREEN: NightState.CALM,
    NightAlert.YELLOW: NightState.YELLOW_RAISED,
    NightAlert.RED: NightState.RED,
}
HOUR_S = 3_600
DAY_S = 24 * HOUR_S


def habits(days: int = 20, night: Night | None = None) -> Habits:
    hours = {
        kind: [Usual(median=median, spread=SPREADS[kind], days=days)] * 24 for kind, median in MEDIANS.items()
    }
    return Habits(by_hour=hours, night=night, local=UTC)


def plan(rule: BaselineRule, known: Habits | None = None) -> CarePlan:
    return CarePlan(rules=RuleSet([rule]), habits=known or habits())


def off(rule: BaselineRule, deviations: float) -> float:
    """Return a value so many spreads off in the direction of the row."""
    sign = 1 if rule.direction == "above" else -1
    return MEDIANS[rule.kind] + sign * deviations * SPREADS[rule.kind]


def lasting(
    rule: BaselineRule,
    by: CarePlan,
    *stretches: tuple[float, float, float],
    state: PatientState | None = None,
    step_s: float = 300,
) -> tuple[PatientState, list[Alert]]:
    """Measure `(value, from_s, to_s)` each five minutes; return every alert that changed."""
    state, changed = state or fresh_state(), []
    for value, from_s, to_s in stretches:
        second = from_s
        while second <= to_s:
            fresh = slice_of(values(rule.kind, (second, value)), received_s=second + 1)
            state, alerts = evaluate(state, fresh, at(second + 1), by)
            changed += alerts
            second += step_s
    return state, changed


@BY_RULE
def test_no_row_about_the_unusual_is_more_than_a_hint(rule: BaselineRule) -> None:
    assert rule.priority is Priority.LOW


@BY_RULE
def test_what_is_unusual_for_long_enough_is_told_with_what_is_usual(rule: BaselineRule) -> None:
    value = off(rule, rule.deviations + 1.5)
    _, (alert,) = lasting(rule, plan(rule), (value, 0, rule.hold_s))
    assert (alert.condition, alert.began_ms, alert.noticed_ms) == (rule.key, T0, at(rule.hold_s))
    assert alert.explanation["value"] == pytest.approx(value)
    median, spread = MEDIANS[rule.kind], SPREADS[rule.kind]
    assert alert.explanation["baseline"] == {
        "kind": rule.kind,
        "median": median,
        "low": median - 2 * spread,
        "high": median + 2 * spread,
        "hour": UTC.at(at(rule.hold_s)).hour,
        "days": 20,
    }


@BY_RULE
def test_a_little_less_unusual_or_a_little_shorter_is_not_told(rule: BaselineRule) -> None:
    less, enough = off(rule, rule.deviations - 0.01), off(rule, rule.deviations)
    assert lasting(rule, plan(rule), (less, 0, 2 * rule.hold_s))[1] == []
    assert lasting(rule, plan(rule), (enough, 0, rule.hold_s - 1))[1] == []
    assert len(lasting(rule, plan(rule), (enough, 0, rule.hold_s))[1]) == 1


@BY_RULE
def test_one_usual_value_in_between_starts_the_time_anew(rule: BaselineRule) -> None:
    value = off(rule, 9)
    stretches = ((value, 0, 1_800), (MEDIANS[rule.kind], 2_100, 2_100), (value, 2_400, rule.hold_s + 2_100))
    assert lasting(rule, plan(rule), *stretches)[1] == []


@BY_RULE
def test_what_is_not_measured_for_longer_than_its_gap_starts_the_time_anew(rule: BaselineRule) -> None:
    by, value = plan(rule), off(rule, 9)
    _, told = lasting(rule, by, (value, 0, rule.hold_s), step_s=rule.longest_gap_s)
    _, untold = lasting(rule, by, (value, 0, 3 * rule.hold_s), step_s=rule.longest_gap_s + 1)
    assert (len(told), untold) == (1, [])


@BY_RULE
def test_what_is_not_known_well_enough_is_no_habit(rule: BaselineRule) -> None:
    value = off(rule, 9)
    for days, told in ((rule.least_days - 1, 0), (rule.least_days, 1)):
        assert len(lasting(rule, plan(rule, habits(days)), (value, 0, rule.hold_s))[1]) == told
    assert lasting(rule, plan(rule, Habits()), (value, 0, rule.hold_s))[1] == []


@BY_RULE
def test_it_is_over_once_values_are_as_usual_for_long_enough(rule: BaselineRule) -> None:
    by, began = plan(rule), (off(rule, 9), 0, rule.hold_s)
    since = rule.hold_s + 300
    nearly, clear = off(rule, rule.clear_at + 0.01), off(rule, rule.clear_at)
    state, _ = lasting(rule, by, began)
    _, still = lasting(rule, by, (nearly, since, since + 2 * rule.clear_s), state=state)
    _, (ended,) = lasting(rule, by, (clear, since, since + rule.clear_s), state=state)
    assert (still, ended.state) == ([], AlertState.RESOLVED)


@BY_RULE
def test_it_is_over_when_nothing_was_measured_for_half_a_day(rule: BaselineRule) -> None:
    state, _ = lasting(rule, plan(rule), (off(rule, 9), 0, rule.hold_s))
    state, alerts = tick(state, at(rule.hold_s + 12 * HOUR_S), None, plan(rule))
    assert alerts == []
    _, (alert,) = tick(state, at(rule.hold_s + 12 * HOUR_S + 1), None, plan(rule))
    assert alert.state is AlertState.RESOLVED


@BY_RULE
def test_a_look_without_anything_new_changes_nothing(rule: BaselineRule) -> None:
    state, _ = lasting(rule, plan(rule), (off(rule, 9), 0, 600))
    assert tick(state, at(1_000), None, plan(rule)) == (state, [])


def test_the_hour_is_that_of_the_value_where_the_patient_lives() -> None:
    rule = BASELINES["heart-rate-unusual"]
    by_night = [Usual(median=50.0 if hour < 7 else 90.0, spread=4.0, days=20) for hour in range(24)]
    shanghai = Habits(by_hour={"heart_rate": by_night}, local=LocalTime(zone=ZoneInfo("Asia/Shanghai")))
    assert (UTC.at(T0).hour, shanghai.hour(T0)) == (22, 6)
    _, alerts = lasting(rule, plan(rule, shanghai), (75.0, 0, 600))
    state, _ = lasting(rule, plan(rule, shanghai), (75.0, 0, 600))
    assert (alerts, [one.rule for one in state.episodes]) == ([], ["heart-rate-unusual"])
    state, _ = lasting(rule, plan(rule, shanghai), (75.0, HOUR_S + 1_800, HOUR_S + 1_800), state=state)
    assert state.episodes == ()


def test_every_alert_about_a_value_says_what_is_usual_at_that_hour() -> None:
    by = CarePlan(habits=habits())
    _, alerts = evaluate(fresh_state(), slice_of(steady(142, 0, 60), onset(61), received_s=62), at(62), by)
    for alert in alerts:
        assert alert.explanation["baseline"] == {
            "kind": "heart_rate",
            "median": 70.0,
            "low": 62.0,
            "high": 78.0,
            "hour": 22,
            "days": 20,
        }
    assert [one.condition for one in alerts] == ["tachycardia", "atrial-fibrillation"]


def test_without_habits_an_alert_says_that_nothing_is_known_to_be_usual() -> None:
    _, (alert,) = evaluate(fresh_state(), slice_of(steady(142, 0, 60), received_s=62), at(62))
    assert alert.explanation["baseline"] is None


FIRST = date(2023, 11, 14)


def night(alert: NightAlert, day: date = FIRST, *, nights: int = 20) -> Night:
    return Night(
        date=day,
        mean=63,
        baseline=58,
        grade=NightGrade.HIGH,
        state=STATES[alert],
        is_imputed=False,
        nights=nights,
    )


def mornings(*nights: Night | None, state: PatientState | None = None) -> tuple[PatientState, list[Alert]]:
    """Look twice every morning at eight, from the first one on, at the night before it."""
    state, changed = state or fresh_state(), []
    for number, last in enumerate(nights):
        by = CarePlan(habits=habits(night=last))
        for minute in (0, 1):
            now_ms = UTC.ms(FIRST + timedelta(days=number), 8) + 60_000 * minute
            state, alerts = tick(state, now_ms, None, by)
            changed += alerts
    return state, changed


def nights(*alerts: NightAlert | None) -> Sequence[Night | None]:
    return [
        None if alert is None else night(alert, FIRST + timedelta(days=number))
        for number, alert in enumerate(alerts)
    ]


GREEN, YELLOW, RED = NightAlert.GREEN, NightAlert.YELLOW, NightAlert.RED


@pytest.mark.parametrize(
    ("alerts", "told"),
    [
        ((GREEN, GREEN), []),
        ((YELLOW,), [AlertState.ACTIVE]),
        ((GREEN, RED, RED, YELLOW), [AlertState.ACTIVE]),
        ((RED, GREEN), [AlertState.ACTIVE, AlertState.RESOLVED]),
        ((RED, None, RED), [AlertState.ACTIVE]),
        ((RED, None, None, None, None), [AlertState.ACTIVE, AlertState.RESOLVED]),
        ((RED, GREEN, RED), [AlertState.ACTIVE, AlertState.RESOLVED, AlertState.ACTIVE]),
    ],
)
def test_raised_nights_are_told_once_until_one_is_as_usual(
    alerts: tuple[NightAlert | None, ...], told: list[AlertState]
) -> None:
    _, changed = mornings(*nights(*alerts))
    assert [one.state for one in changed] == told


def test_a_night_is_told_by_its_end_with_its_mean_and_the_median_of_all() -> None:
    (rule,) = rules_of(NightRule)
    _, (alert,) = mornings(night(RED))
    assert (alert.condition, alert.priority) == (rule.key, Priority.LOW)
    assert alert.began_ms == UTC.ms(FIRST, 7)
    assert (alert.explanation["value"], alert.explanation["limit"]) == (63, 58)


def test_nights_before_there_are_enough_of_them_are_not_believed() -> None:
    assert mornings(night(RED, nights=6))[1] == []
    assert len(mornings(night(RED, nights=7))[1]) == 1


def test_an_acknowledged_night_is_not_raised_again_by_the_next() -> None:
    state, _ = mornings(*nights(RED))
    _, changed = mornings(*nights(RED, RED, YELLOW), state=acknowledged(state))
    assert changed == []


def test_a_night_that_late_data_turn_and_turn_again_is_told_once() -> None:
    state, changed = mornings(night(RED), night(GREEN), night(RED), night(RED))
    assert [one.state for one in changed] == [AlertState.ACTIVE, AlertState.RESOLVED]
    assert state.skipped == {}
