"""Every boundary of every limit: the last value that does not count and the first that does."""

from dataclasses import dataclass

import pytest

from cloud.alerts.judging.evaluate import evaluate
from cloud.alerts.judging.state import PatientState
from cloud.alerts.rules.catalogue import RULES, rules_of
from cloud.alerts.rules.plan import CarePlan
from cloud.alerts.rules.rows import Direction, ThresholdRule, everybody
from cloud.alerts.rules.ruleset import STANDARD, RuleSet
from cloud.ports import Alert, AlertState, Facts, Priority
from tests.fakes.alert_material import T0, at, fresh_state, slice_of, steady, values
from vitals.kinds import OBSERVATION_KINDS
from vitals.records import ObservationRun
from vitals.scores.news2 import Spo2Scale

RECEIVED_S = 30_000.0
"""Later than the longest course of values."""
NOTHING_SAID = Facts()
SCALE_2 = Facts(spo2_scale=Spo2Scale.TWO, on_oxygen=True)


@dataclass(frozen=True, kw_only=True)
class Edge:
    """One limit as a person would check it."""

    rule: str
    beyond: float
    within: float
    clear: float
    not_clear: float
    facts: Facts = NOTHING_SAID


EDGES = (
    Edge(rule="tachycardia", beyond=131, within=130, clear=120, not_clear=121),
    Edge(rule="bradycardia", beyond=40, within=41, clear=45, not_clear=44),
    Edge(rule="pulse-fast", beyond=131, within=130, clear=120, not_clear=121),
    Edge(rule="pulse-slow", beyond=40, within=41, clear=45, not_clear=44),
    Edge(rule="oxygen-very-low", beyond=83, within=84, clear=86, not_clear=85),
    Edge(rule="oxygen-low", beyond=91, within=92, clear=93, not_clear=92),
    Edge(rule="oxygen-low-scale-2", beyond=85, within=86, clear=88, not_clear=87, facts=SCALE_2),
    Edge(rule="oxygen-high-scale-2", beyond=97, within=96, clear=94, not_clear=95, facts=SCALE_2),
    Edge(rule="breathing-slow", beyond=8, within=9, clear=10, not_clear=9),
    Edge(rule="breathing-fast", beyond=25, within=24, clear=22, not_clear=23),
    Edge(rule="systolic-still-very-high", beyond=181, within=180, clear=175, not_clear=176),
    Edge(rule="diastolic-still-very-high", beyond=121, within=120, clear=115, not_clear=116),
    Edge(rule="systolic-still-low", beyond=90, within=91, clear=95, not_clear=94),
    Edge(rule="glucose-very-low", beyond=53, within=54, clear=70, not_clear=69),
    Edge(rule="glucose-low", beyond=69, within=70, clear=70, not_clear=69),
    Edge(rule="glucose-high", beyond=251, within=250, clear=180, not_clear=181),
    Edge(rule="glucose-high-long", beyond=251, within=250, clear=180, not_clear=181),
    Edge(rule="signal-poor", beyond=0.49, within=0.5, clear=0.6, not_clear=0.59),
)
"""What has to last."""
SPOTS = (
    Edge(rule="fever", beyond=38.1, within=38.0, clear=37.8, not_clear=37.9),
    Edge(rule="fever-high", beyond=39.1, within=39.0, clear=38.8, not_clear=38.9),
    Edge(rule="temperature-low", beyond=35.0, within=35.1, clear=35.3, not_clear=35.2),
    Edge(rule="systolic-very-high", beyond=181, within=180, clear=175, not_clear=176),
    Edge(rule="diastolic-very-high", beyond=121, within=120, clear=115, not_clear=116),
    Edge(rule="systolic-low", beyond=90, within=91, clear=95, not_clear=94),
    Edge(rule="blood-glucose-very-low", beyond=53, within=54, clear=70, not_clear=69),
    Edge(rule="blood-glucose-low", beyond=69, within=70, clear=70, not_clear=69),
    Edge(rule="blood-glucose-high", beyond=251, within=250, clear=180, not_clear=181),
)
"""What one reading tells."""
BY_EDGE = pytest.mark.parametrize("edge", EDGES, ids=lambda edge: edge.rule)
BY_SPOT = pytest.mark.parametrize("edge", SPOTS, ids=lambda edge: edge.rule)
BY_RULE = pytest.mark.parametrize("rule", rules_of(ThresholdRule), ids=lambda rule: rule.key)


def row(edge: Edge) -> ThresholdRule:
    rule = RULES[edge.rule]
    assert isinstance(rule, ThresholdRule)
    return rule


def judged(edge: Edge, *runs: ObservationRun) -> tuple[PatientState, list[Alert]]:
    """Judge by this row alone."""
    plan = CarePlan(rules=RuleSet([row(edge)]), facts=edge.facts)
    return evaluate(fresh_state(), slice_of(*runs, received_s=RECEIVED_S), at(RECEIVED_S), plan)


def course(edge: Edge, *stretches: tuple[float, float, float]) -> ObservationRun:
    """`(value, from_s, to_s)` each, with samples well within the longest gap and one at the end."""
    points, step_s = [], row(edge).longest_gap_s // 3
    for value, from_s, to_s in stretches:
        second = from_s
        while second < to_s:
            points.append((second, value))
            second += step_s
        points.append((to_s, value))
    return values(row(edge).kind, *points)


def spots(edge: Edge, *readings: float) -> ObservationRun:
    """A reading every hour."""
    return values(row(edge).kind, *((3_600 * at_hour, value) for at_hour, value in enumerate(readings)))


def test_every_limit_has_its_boundaries_tested() -> None:
    lasting, spot = {edge.rule for edge in EDGES}, {edge.rule for edge in SPOTS}
    assert lasting == {rule.key for rule in rules_of(ThresholdRule) if rule.hold_s}
    assert spot == {rule.key for rule in rules_of(ThresholdRule) if not rule.hold_s}


class TestALimitThatHasToLast:
    @BY_EDGE
    def test_raises_a_value_at_it_for_the_whole_time(self, edge: Edge) -> None:
        _, alerts = judged(edge, course(edge, (edge.beyond, 0, row(edge).hold_s)))
        assert [(one.condition, one.state, one.began_ms) for one in alerts] == [
            (edge.rule, AlertState.ACTIVE, T0)
        ]

    @BY_EDGE
    def test_does_not_raise_a_value_one_step_within(self, edge: Edge) -> None:
        _, alerts = judged(edge, course(edge, (edge.within, 0, row(edge).hold_s + 60)))
        assert alerts == []

    @BY_EDGE
    def test_does_not_raise_a_millisecond_short_of_the_time(self, edge: Edge) -> None:
        state, alerts = judged(edge, course(edge, (edge.beyond, 0, row(edge).hold_s - 0.001)))
        assert alerts == []
        assert [one.life for one in state.episodes] == [AlertState.PENDING]

    @BY_EDGE
    def test_begins_its_time_anew_after_one_value_within(self, edge: Edge) -> None:
        hold_s = row(edge).hold_s
        run = course(
            edge,
            (edge.beyond, 0, hold_s - 1),
            (edge.within, hold_s, hold_s),
            (edge.beyond, hold_s + 1, hold_s + 20),
        )
        assert judged(edge, run)[1] == []

    @BY_EDGE
    def test_joins_over_a_silence_of_the_longest_gap_and_parts_over_a_longer_one(self, edge: Edge) -> None:
        rule = row(edge)
        after_s = 5 + rule.longest_gap_s
        joined = course(edge, (edge.beyond, 0, 5), (edge.beyond, after_s, after_s + rule.hold_s))
        parted = values(
            rule.kind, *((second * (rule.longest_gap_s + 0.001), edge.beyond) for second in range(12))
        )
        assert judged(edge, joined)[1][0].began_ms == T0
        assert judged(edge, parted)[1] == []

    @BY_EDGE
    def test_ends_at_the_clear_value_after_the_clear_time(self, edge: Edge) -> None:
        rule = row(edge)
        after_s = rule.hold_s + 1
        over = course(edge, (edge.beyond, 0, rule.hold_s), (edge.clear, after_s, after_s + rule.clear_s))
        _, alerts = judged(edge, over)
        assert [(one.state, one.resolved_ms) for one in alerts] == [
            (AlertState.RESOLVED, at(after_s + rule.clear_s))
        ]

    @pytest.mark.parametrize("edge", [one for one in EDGES if row(one).clear_s], ids=lambda edge: edge.rule)
    @pytest.mark.parametrize("short_by_s", [0.001, 5])
    def test_does_not_end_sooner(self, edge: Edge, short_by_s: float) -> None:
        rule = row(edge)
        last_s = rule.hold_s + 1 + rule.clear_s - short_by_s
        run = course(edge, (edge.beyond, 0, rule.hold_s), (edge.clear, rule.hold_s + 1, last_s))
        assert [one.state for one in judged(edge, run)[1]] == [AlertState.ACTIVE]

    @BY_EDGE
    def test_does_not_end_a_step_short_of_clear(self, edge: Edge) -> None:
        rule = row(edge)
        after_s = rule.hold_s + 1
        run = course(
            edge, (edge.beyond, 0, rule.hold_s), (edge.not_clear, after_s, after_s + rule.clear_s + 200)
        )
        assert [one.state for one in judged(edge, run)[1]] == [AlertState.ACTIVE]


class TestALimitThatOneReadingTells:
    @BY_SPOT
    def test_is_raised_at_it_and_not_a_step_within(self, edge: Edge) -> None:
        assert [one.condition for one in judged(edge, spots(edge, edge.beyond))[1]] == [edge.rule]
        assert judged(edge, spots(edge, edge.within))[1] == []

    @BY_SPOT
    def test_ends_with_a_clear_reading_and_not_a_step_short_of_it(self, edge: Edge) -> None:
        (over,) = judged(edge, spots(edge, edge.beyond, edge.clear))[1]
        (on,) = judged(edge, spots(edge, edge.beyond, edge.not_clear))[1]
        assert (over.state, over.resolved_ms) == (AlertState.RESOLVED, at(3_600))
        assert on.state is AlertState.ACTIVE

    @BY_SPOT
    def test_is_one_alert_however_many_readings_agree(self, edge: Edge) -> None:
        (alert,) = judged(edge, spots(edge, edge.beyond, edge.beyond, edge.not_clear, edge.beyond))[1]
        assert (alert.began_ms, alert.state) == (T0, AlertState.ACTIVE)


@pytest.mark.parametrize(
    ("first", "again", "kind"),
    [
        ("systolic-very-high", "systolic-still-very-high", "systolic_pressure"),
        ("diastolic-very-high", "diastolic-still-very-high", "diastolic_pressure"),
        ("systolic-low", "systolic-still-low", "systolic_pressure"),
    ],
)
def test_one_reading_of_a_cuff_asks_for_a_second_which_makes_it_urgent(
    first: str, again: str, kind: str
) -> None:
    rule = RULES[first]
    assert isinstance(rule, ThresholdRule)
    second_at_s = {59.999: {first}, 60: {first, again}, 1_800: {first, again}, 1_800.001: {first}}
    for second_s, raised in second_at_s.items():
        run = values(kind, (0, rule.limit), (second_s, rule.limit))
        _, alerts = evaluate(fresh_state(), slice_of(run, received_s=2_000), at(2_000))
        assert {one.condition for one in alerts} == raised


def test_a_value_is_rounded_as_a_person_would_chart_it() -> None:
    tachycardia = EDGES[0]
    assert judged(tachycardia, steady(130.4, 0, 60))[1] == []
    assert [one.condition for one in judged(tachycardia, steady(130.6, 0, 60))[1]] == ["tachycardia"]


@pytest.mark.parametrize("tenths", range(330, 430))
def test_a_charted_value_is_the_decimal_that_a_limit_is_written_as(tenths: int) -> None:
    assert OBSERVATION_KINDS["body_temperature"].charted(tenths / 10) == tenths / 10


@pytest.mark.parametrize(
    ("facts", "rows"),
    [
        (Facts(), {"oxygen-low", "oxygen-low-breathing-fast"}),
        (Facts(spo2_scale=Spo2Scale.TWO), {"oxygen-low-scale-2"}),
        (Facts(spo2_scale=Spo2Scale.TWO, on_oxygen=False), {"oxygen-low-scale-2"}),
        (SCALE_2, {"oxygen-low-scale-2", "oxygen-high-scale-2"}),
    ],
)
def test_low_oxygen_is_held_against_the_scale_that_is_prescribed(facts: Facts, rows: set[str]) -> None:
    oxygen = [row for row in STANDARD.rows.values() if row.key.startswith("oxygen-")]
    of_a_scale = {row.key for row in oxygen if row.concerns is not everybody}
    assert of_a_scale & CarePlan(facts=facts).rules.rows.keys() == rows


@BY_RULE
def test_a_limit_clears_on_the_safe_side_of_itself(rule: ThresholdRule) -> None:
    assert rule.kind in OBSERVATION_KINDS
    assert not rule.is_beyond(rule.clear_at)
    assert (rule.clear_at < rule.limit) is (rule.direction is Direction.ABOVE)


@pytest.mark.parametrize(
    ("kind", "value", "told"),
    [
        ("heart_rate", 35.0, "bradycardia"),
        ("pulse_rate", 35.0, "pulse-slow"),
        ("oxygen_saturation", 75.0, "oxygen-very-low"),
        ("respiratory_rate", 6.0, "breathing-slow"),
    ],
)
@pytest.mark.parametrize("every_s", [20, 60, 75])
def test_a_wearable_that_tells_a_value_once_a_minute_is_heard_as_well(
    kind: str, value: float, told: str, every_s: int
) -> None:
    run = values(kind, *((second, value) for second in range(0, 601, every_s)))
    _, alerts = evaluate(fresh_state(), slice_of(run, received_s=601), at(601))
    assert told in {alert.condition for alert in alerts if alert.priority is Priority.HIGH}
