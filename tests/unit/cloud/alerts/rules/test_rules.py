"""Every boundary of every row: the last value that does not count and the first that does."""

from typing import Any

import pytest

from cloud.alerts.judging.evaluate import evaluate, tick
from cloud.alerts.judging.state import PatientState
from cloud.alerts.judging.surroundings import GatewayHeard, Surroundings
from cloud.alerts.rules.catalogue import RULES, rules_of
from cloud.alerts.rules.rows import (
    DeviceRule,
    GapRule,
    QuietDeviceRule,
    QuietGatewayRule,
    Rule,
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
)
from vitals.records import DeviceReport, GapReason, LinkState, ObservationRun

Said = dict[str, Any]
RECEIVED_S = 900.0


def judged(
    *records: ObservationRun | DeviceReport, state: PatientState | None = None
) -> tuple[PatientState, list[Alert]]:
    return evaluate(state or fresh_state(), slice_of(*records, received_s=RECEIVED_S), at(RECEIVED_S))


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
    told = "gateway-stuck" if is_online else "gateway-silent"
    around = Surroundings(
        devices=frozenset({STRAP}),
        gateways=(GatewayHeard(gateway="home", devices=(STRAP,), heard_ms=T0, is_online=is_online),),
        watching_since_ms=T0,
    )
    _, alerts = tick(fresh_state(), at(quiet_s), around)
    assert [one.condition for one in alerts] == ([told] if raised else [])


@pytest.mark.parametrize(("quiet_s", "raised"), [(239.999, False), (240, True)])
def test_a_device_is_silent_after_its_time(quiet_s: float, *, raised: bool) -> None:
    state, _ = evaluate(fresh_state(), slice_of(heart_rate((0, 70)), received_s=0), at(0))
    around = Surroundings(devices=frozenset({STRAP}), gateways=(), watching_since_ms=T0)
    _, alerts = tick(state, at(quiet_s), around)
    assert [one.condition for one in alerts] == (["device-silent"] if raised else [])


def test_a_silent_gateway_is_noticed_before_the_devices_behind_it() -> None:
    (gateway, _), (device,) = rules_of(QuietGatewayRule), rules_of(QuietDeviceRule)
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
