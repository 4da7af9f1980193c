"""Every boundary of every row: the last value that does not count and the first that does."""

from dataclasses import dataclass
from typing import Any

import pytest

from cloud.alerts.judging.evaluate import evaluate, tick
from cloud.alerts.judging.silence import GatewayHeard, Surroundings
from cloud.alerts.judging.state import PatientState
from cloud.alerts.rules.catalogue import RULES, rules_of
from cloud.alerts.rules.rows import (
    DeviceRule,
    Direction,
    GapRule,
    QuietDeviceRule,
    QuietGatewayRule,
    Rule,
    ThresholdRule,
)
from cloud.ports import Alert, AlertState, Family, Priority
from tests.fakes.alert_material import (
    STRAP,
    T0,
    at,
    fresh_state,
    gap,
    heart_rate,
    report,
    slice_of,
    steady,
    values,
)
from vitals.kinds import OBSERVATION_KINDS
from vitals.records import DeviceReport, GapReason, LinkState, ObservationRun

Said = dict[str, Any]
RECEIVED_S = 9_000.0
"""Later than the longest course of values."""


@dataclass(frozen=True, kw_only=True)
class Edge:
    """One threshold row as a person would check it."""

    rule: str
    beyond: float
    within: float
    clear: float
    not_clear: float
    usual: float


EDGES = (
    Edge(rule="tachycardia", beyond=131, within=130, clear=120, not_clear=121, usual=75),
    Edge(rule="bradycardia", beyond=40, within=41, clear=45, not_clear=44, usual=75),
    Edge(rule="oxygen-very-low", beyond=83, within=84, clear=86, not_clear=85, usual=97),
    Edge(rule="glucose-very-low", beyond=53, within=54, clear=70, not_clear=69, usual=104),
    Edge(rule="signal-poor", beyond=0.49, within=0.5, clear=0.6, not_clear=0.59, usual=0.9),
)
BY_EDGE = pytest.mark.parametrize("edge", EDGES, ids=lambda edge: edge.rule)


def judged(
    *records: ObservationRun | DeviceReport, state: PatientState | None = None
) -> tuple[PatientState, list[Alert]]:
    return evaluate(state or fresh_state(), slice_of(*records, received_s=RECEIVED_S), at(RECEIVED_S))


def row(edge: Edge) -> ThresholdRule:
    rule = RULES[edge.rule]
    assert isinstance(rule, ThresholdRule)
    return rule


def course(edge: Edge, *stretches: tuple[float, float, float]) -> ObservationRun:
    """`(value, from_s, to_s)` each, with a sample every five seconds and one at the end."""
    points = []
    for value, from_s, to_s in stretches:
        second = from_s
        while second < to_s:
            points.append((second, value))
            second += 5
        points.append((to_s, value))
    return values(row(edge).kind, *points)


def test_every_threshold_row_has_its_boundaries_tested() -> None:
    assert {edge.rule for edge in EDGES} == {rule.key for rule in rules_of(ThresholdRule)}


@BY_EDGE
def test_a_value_at_the_limit_for_the_whole_time_is_raised(edge: Edge) -> None:
    _, alerts = judged(course(edge, (edge.beyond, 0, row(edge).hold_s)))
    assert [(one.condition, one.state, one.began_ms) for one in alerts] == [
        (edge.rule, AlertState.ACTIVE, T0)
    ]


@BY_EDGE
def test_a_value_one_step_within_the_limit_is_not(edge: Edge) -> None:
    _, alerts = judged(course(edge, (edge.within, 0, row(edge).hold_s + 60)))
    assert alerts == []


@BY_EDGE
def test_a_millisecond_short_of_the_time_is_not_raised(edge: Edge) -> None:
    state, alerts = judged(course(edge, (edge.beyond, 0, row(edge).hold_s - 0.001)))
    assert alerts == []
    assert [one.life for one in state.episodes if one.rule == edge.rule] == [AlertState.PENDING]


@BY_EDGE
def test_one_value_within_the_limit_starts_the_time_anew(edge: Edge) -> None:
    hold_s = row(edge).hold_s
    run = course(
        edge,
        (edge.beyond, 0, hold_s - 1),
        (edge.within, hold_s, hold_s),
        (edge.beyond, hold_s + 1, hold_s + 20),
    )
    _, alerts = judged(run)
    assert alerts == []


@BY_EDGE
def test_a_silence_at_the_longest_gap_joins_and_a_longer_one_parts(edge: Edge) -> None:
    rule = row(edge)
    joined = course(
        edge, (edge.beyond, 0, 5), (edge.beyond, 5 + rule.longest_gap_s, 5 + rule.longest_gap_s + rule.hold_s)
    )
    parted = values(
        rule.kind, *((second * (rule.longest_gap_s + 0.001), edge.beyond) for second in range(12))
    )
    assert judged(joined)[1][0].began_ms == T0
    assert judged(parted)[1] == []


@BY_EDGE
def test_an_episode_ends_at_the_clear_value_after_the_clear_time(edge: Edge) -> None:
    rule = row(edge)
    over = course(
        edge, (edge.beyond, 0, rule.hold_s), (edge.clear, rule.hold_s + 1, rule.hold_s + 1 + rule.clear_s)
    )
    _, alerts = judged(over)
    assert [(one.state, one.resolved_ms) for one in alerts] == [
        (AlertState.RESOLVED, at(rule.hold_s + 1 + rule.clear_s))
    ]


@BY_EDGE
@pytest.mark.parametrize("short_by_s", [0.001, 5])
def test_an_episode_does_not_end_sooner(edge: Edge, short_by_s: float) -> None:
    rule = row(edge)
    last_s = rule.hold_s + 1 + rule.clear_s - short_by_s
    _, alerts = judged(course(edge, (edge.beyond, 0, rule.hold_s), (edge.clear, rule.hold_s + 1, last_s)))
    assert [one.state for one in alerts] == [AlertState.ACTIVE]


@BY_EDGE
def test_an_episode_does_not_end_a_step_short_of_clear(edge: Edge) -> None:
    rule = row(edge)
    after = rule.hold_s + 1
    _, alerts = judged(course(edge, (edge.beyond, 0, rule.hold_s), (edge.not_clear, after, after + 200)))
    assert [one.state for one in alerts] == [AlertState.ACTIVE]


def test_a_value_is_rounded_as_a_person_would_chart_it() -> None:
    assert judged(steady(130.4, 0, 60))[1] == []
    assert [one.condition for one in judged(steady(130.6, 0, 60))[1]] == ["tachycardia"]


@pytest.mark.parametrize(
    ("rule", "off", "on"),
    [
        ("sensor-off", {"on_body": False}, {"on_body": True}),
        ("device-out-of-reach", {"link": LinkState.DISCONNECTED}, {"link": LinkState.CONNECTED}),
        ("device-out-of-reach", {"link": LinkState.SILENT}, {"link": LinkState.CONNECTED}),
    ],
)
class TestWhatAWearableSaysOfItself:
    def test_is_raised_by_the_clock_after_its_time_and_not_before(
        self, rule: str, off: Said, on: Said
    ) -> None:
        state, alerts = evaluate(fresh_state(), slice_of(report(0, **off), received_s=1), at(1))
        assert alerts == []
        assert tick(state, at(1) + held_ms(rule) - 1)[1] == []
        after, raised = tick(state, at(1) + held_ms(rule))
        assert [(one.condition, one.state) for one in raised] == [(rule, AlertState.ACTIVE)]
        _, resolved = evaluate(after, slice_of(report(90, **on), received_s=90), at(90))
        assert [(one.condition, one.state) for one in resolved] == [(rule, AlertState.RESOLVED)]

    def test_that_ended_in_time_is_never_raised(self, rule: str, off: Said, on: Said) -> None:
        records = (report(0, **off), report(held_ms(rule) / 1000 - 0.001, **on))
        state, alerts = evaluate(fresh_state(), slice_of(*records, received_s=70), at(70))
        assert alerts == []
        assert tick(state, at(900)) == (state, [])

    def test_that_lasted_but_came_late_is_stated_as_over(self, rule: str, off: Said, on: Said) -> None:
        records = (report(0, **off), report(held_ms(rule) / 1000, **on))
        _, alerts = evaluate(fresh_state(), slice_of(*records, received_s=900), at(900))
        assert [(one.condition, one.state, one.delayed) for one in alerts] == [
            (rule, AlertState.RESOLVED, True)
        ]

    def test_is_left_as_it_is_by_a_report_that_does_not_say_otherwise(
        self, rule: str, off: Said, on: Said
    ) -> None:
        assert on != off
        state, _ = evaluate(fresh_state(), slice_of(report(0, **off), received_s=0), at(0))
        unsure = report(10, link=LinkState.DISCONNECTED, on_body=None)
        after, _ = evaluate(state, slice_of(unsure, received_s=10), at(10))
        assert rule in {one.rule for one in after.episodes}


@pytest.mark.parametrize(
    ("rule", "condition"),
    [
        ("battery-low-told", "battery-low"),
        ("sensor-faulty", "sensor-malfunction"),
        ("sensor-faulty", "device-fault"),
        ("sensor-faulty", "sensor-type-incorrect"),
        ("sensor-stopped", "session-stopped"),
        ("calibration-due", "calibration-required"),
        ("device-clock-wrong", "clock-wrong"),
        ("device-clock-wrong", "clock-not-set"),
        ("device-clock-wrong", "clock-ahead"),
        ("device-clock-wrong", "clock-before-2020"),
    ],
)
def test_what_ails_a_device_is_raised_once_it_has_lasted_and_ends_with_a_report_without_it(
    rule: str, condition: str
) -> None:
    ailing = report(0, conditions=[condition, "sensor-too-hot"])
    state, alerts = evaluate(fresh_state(), slice_of(ailing, received_s=0), at(0))
    state, late = tick(state, at(0) + held_ms(rule))
    assert [(one.condition, one.state) for one in (*alerts, *late)] == [(rule, AlertState.ACTIVE)]
    after_s = held_ms(rule) / 1000 + 1
    well = report(after_s, conditions=["sensor-too-hot"])
    _, resolved = evaluate(state, slice_of(well, received_s=after_s), at(after_s))
    assert [(one.condition, one.state) for one in resolved] == [(rule, AlertState.RESOLVED)]


@pytest.mark.parametrize(
    ("rule", "condition"),
    [
        ("sensor-faulty", "device-fault"),
        ("sensor-stopped", "session-stopped"),
        ("calibration-due", "calibration-required"),
        ("device-clock-wrong", "clock-not-set"),
    ],
)
def test_what_ailed_a_device_for_a_moment_is_never_raised(rule: str, condition: str) -> None:
    _, alerts = judged(report(0, conditions=[condition]), report(held_ms(rule) / 1000 - 0.001))
    assert alerts == []


def test_a_low_battery_that_is_told_in_percent_is_told_once() -> None:
    _, alerts = judged(report(0, battery=9, conditions=["battery-low"]))
    assert [one.condition for one in alerts] == ["battery-low"]


def held_ms(rule: str) -> int:
    found = RULES[rule]
    assert isinstance(found, DeviceRule)
    return found.hold_s * 1000


@pytest.mark.parametrize(("percent", "raised"), [(16, False), (15, True), (0, True)])
def test_a_battery_is_low_from_15_percent(percent: int, *, raised: bool) -> None:
    _, alerts = judged(report(0, battery=percent))
    assert [one.condition for one in alerts] == (["battery-low"] if raised else [])


@pytest.mark.parametrize(("percent", "resolved"), [(16, False), (19, False), (20, True)])
def test_a_battery_is_well_again_from_20_percent(percent: int, *, resolved: bool) -> None:
    state, _ = judged(report(0, battery=15))
    _, alerts = judged(report(1, battery=percent), state=state)
    assert [one.state for one in alerts] == ([AlertState.RESOLVED] if resolved else [])


@pytest.mark.parametrize(
    ("is_online", "quiet_s", "raised"),
    [(True, 179.999, False), (True, 180, True), (None, 180, True), (False, 59.999, False), (False, 60, True)],
)
def test_a_gateway_is_silent_after_its_time(*, is_online: bool | None, quiet_s: float, raised: bool) -> None:
    around = Surroundings(
        devices=frozenset({STRAP}),
        gateways=(GatewayHeard(gateway="home", devices=(STRAP,), heard_ms=T0, is_online=is_online),),
        watching_since_ms=T0,
    )
    _, alerts = tick(fresh_state(), at(quiet_s), around)
    assert [one.condition for one in alerts] == (["gateway-silent"] if raised else [])


@pytest.mark.parametrize(("quiet_s", "raised"), [(239.999, False), (240, True)])
def test_a_device_is_silent_after_its_time(quiet_s: float, *, raised: bool) -> None:
    state, _ = evaluate(fresh_state(), slice_of(heart_rate((0, 70)), received_s=0), at(0))
    around = Surroundings(devices=frozenset({STRAP}), gateways=(), watching_since_ms=T0)
    _, alerts = tick(state, at(quiet_s), around)
    assert [one.condition for one in alerts] == (["device-silent"] if raised else [])


def test_a_silent_gateway_is_noticed_before_the_devices_behind_it() -> None:
    (gateway,), (device,) = rules_of(QuietGatewayRule), rules_of(QuietDeviceRule)
    assert gateway.after_s < device.after_s


@pytest.mark.parametrize("reason", list(GapReason))
@pytest.mark.parametrize("lost_s", [299.999, 300])
def test_a_gap_is_stated_from_five_minutes_where_no_other_row_tells_why(
    reason: GapReason, lost_s: float
) -> None:
    (rule,) = rules_of(GapRule)
    _, alerts = evaluate(fresh_state(), slice_of(gap(0, lost_s, reason), received_s=600), at(600))
    told = reason in rule.reasons and lost_s >= 300
    assert [one.condition for one in alerts] == (["gap"] if told else [])


def test_every_reason_for_a_gap_is_told_by_this_row_or_by_the_condition_it_is() -> None:
    (rule,) = rules_of(GapRule)
    told_as_conditions = {GapReason.LINK_LOST, GapReason.LINK_SILENT, GapReason.SENSOR_OFF}
    assert rule.reasons == set(GapReason) - told_as_conditions


@pytest.mark.parametrize(
    ("t_ms", "wrong"),
    [
        (1_577_836_799_999, True),
        (1_577_836_800_000, False),
        (at(RECEIVED_S) + 300_000, False),
        (at(RECEIVED_S) + 300_001, True),
    ],
)
def test_a_clock_is_wrong_before_2020_and_five_minutes_ahead(t_ms: int, *, wrong: bool) -> None:
    run = ObservationRun(device=STRAP, kind="heart_rate", t_ms=[t_ms], value=[70.0])
    _, alerts = judged(run)
    assert [one.condition for one in alerts] == (["clock-wrong"] if wrong else [])


@pytest.mark.parametrize("rule", list(RULES.values()), ids=lambda rule: rule.key)
class TestEveryRow:
    def test_has_a_source(self, rule: Rule) -> None:
        assert len(rule.source) > 10

    def test_is_inhibited_only_by_other_rows_technical_or_no_less_urgent(self, rule: Rule) -> None:
        causes = [RULES[key] for key in rule.inhibited_by]
        urgency = list(Priority)  # the most urgent first
        assert all(
            cause is not rule
            and (
                cause.family is Family.TECHNICAL
                or urgency.index(cause.priority) <= urgency.index(rule.priority)
            )
            for cause in causes
        )


@pytest.mark.parametrize("rule", rules_of(ThresholdRule), ids=lambda rule: rule.key)
def test_a_threshold_row_clears_on_the_safe_side_of_its_limit(rule: ThresholdRule) -> None:
    assert rule.kind in OBSERVATION_KINDS
    assert not rule.is_beyond(rule.clear_at)
    assert (rule.clear_at < rule.limit) is (rule.direction is Direction.ABOVE)
