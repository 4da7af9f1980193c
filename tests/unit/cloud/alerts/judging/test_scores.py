"""Every cell of NEWS2 and MEWS through the evaluation, and what is made of a score that stands."""

from typing import Any

import msgspec
import pytest

from cloud.alerts.judging.evaluate import evaluate, tick
from cloud.alerts.judging.state import PatientState, decode_state, encode_state
from cloud.alerts.rules.plan import CarePlan
from cloud.alerts.rules.ruleset import RuleSet
from cloud.alerts.rules.scores import ROWS
from cloud.ports import Alert, AlertState, Facts, Priority
from tests.fakes.alert_material import (
    PATCH,
    STRAP,
    T0,
    acknowledged,
    at,
    fresh_state,
    slice_of,
    values,
)
from tests.fakes.charted import NORMAL, Alerts, alarms, charted, passed
from tests.fakes.score_cells import MEWS_CELLS, NEWS2_CELLS, SCALE_2_ON_AIR, SCALE_2_ON_OXYGEN
from vitals.kinds import OBSERVATION_KINDS
from vitals.records import ObservationRun
from vitals.scores.news2 import CURRENT_FOR_MS, Spo2Scale
from vitals.scores.tables import Consciousness

HALF_A_DAY_S = CURRENT_FOR_MS // 1000
PREGNANT = Facts(is_pregnant=True)
ON_SCALE_2 = Facts(spo2_scale=Spo2Scale.TWO)
SEVEN = {"respiratory_rate": 26.0, "body_temperature": 39.5, "systolic_pressure": 95.0}
"""3 + 2 + 2 points."""
SIX = SEVEN | {"body_temperature": 38.5}
FIVE = SIX | {"systolic_pressure": 105.0}
FOUR = {"body_temperature": 39.5, "systolic_pressure": 95.0}
SCORES_ALONE = CarePlan(rules=RuleSet(ROWS))


def shows(key: str, value: float) -> bool:
    """Tell whether a wearer can show a value; what none can is not judged at all."""
    return key not in OBSERVATION_KINDS or OBSERVATION_KINDS[key].is_plausible(value)


def score(alert: Alert) -> dict[str, Any]:
    found = alert.explanation["score"]
    assert isinstance(found, dict)
    return found


def part(alert: Alert, key: str) -> dict[str, Any]:
    found: dict[str, Any]
    (found,) = (each for each in score(alert)["parts"] if each["kind"] == key)
    return found


def points_seen(key: str, value: float, facts: Facts | None = None, **more: float) -> int:
    """Return how many points a value got, on top of those of two other signs."""
    others = {"respiratory_rate": 26.0, "heart_rate": 120.0} if key in FOUR else FOUR
    alerts = alarms(NORMAL | others | {key: value} | more, facts)
    told = next(
        (alerts[one] for one in ("news2-high", "news2-medium", "news2-single") if one in alerts), None
    )
    return 0 if told is None else part(told, key)["lowest"]


@pytest.mark.parametrize(
    ("key", "value", "points"),
    [
        (key, *cell)
        for key, cells in NEWS2_CELLS.items()
        for cell in cells
        if cell[1] > 0 and shows(key, cell[0])
    ],
)
def test_each_cell_of_news2_that_gives_points_gives_them_in_an_alert(
    key: str, value: float, points: int
) -> None:
    assert points_seen(key, value) == points


@pytest.mark.parametrize(
    ("key", "value"),
    [(key, value) for key, cells in NEWS2_CELLS.items() for value, points in cells if points == 0],
)
def test_each_cell_of_news2_that_gives_none_adds_nothing(key: str, value: float) -> None:
    assert alarms(NORMAL | {key: value}) == {}


@pytest.mark.parametrize(
    ("oxygen", "value", "points"),
    [(0, *cell) for cell in SCALE_2_ON_AIR] + [(1, *cell) for cell in SCALE_2_ON_OXYGEN],
)
def test_each_cell_of_scale_2_is_read_by_whether_oxygen_is_given(
    oxygen: int, value: float, points: int
) -> None:
    alerts = alarms(NORMAL | SIX | {"oxygen_saturation": value, "supplemental_oxygen": oxygen}, ON_SCALE_2)
    told = alerts.get("news2-high") or alerts["news2-medium"]
    assert part(told, "oxygen_saturation")["lowest"] == points
    assert score(told)["lowest"] == 6 + 2 * oxygen + points


@pytest.mark.parametrize(
    ("key", "value", "points"), [(key, *cell) for key, cells in MEWS_CELLS.items() for cell in cells]
)
def test_each_cell_of_mews_counts_where_it_is_used(key: str, value: float, points: int) -> None:
    others = {
        "systolic_pressure": 75.0, "heart_rate": 135.0, "respiratory_rate": 25.0
    }  # 2 + 3 + 2 of which two are enough  # fmt: skip
    kept = {kind: value for kind, value in others.items() if kind != key}
    alerts = alarms(NORMAL | kept | {key: value}, PREGNANT)
    least = sum({"systolic_pressure": 2, "heart_rate": 3, "respiratory_rate": 2}[kind] for kind in kept)
    if least + points < 5:
        assert "mews-critical" not in alerts
        return
    assert part(alerts["mews-critical"], key)["lowest"] == points
    assert score(alerts["mews-critical"])["lowest"] == least + points


@pytest.mark.parametrize(
    ("signs", "condition", "priority", "total"),
    [
        (FOUR, None, None, None),
        (FIVE, "news2-medium", Priority.MEDIUM, 5),
        (SIX, "news2-medium", Priority.MEDIUM, 6),
        (SEVEN, "news2-high", Priority.HIGH, 7),
        ({"respiratory_rate": 26.0}, "news2-single", Priority.MEDIUM, 3),
        ({"respiratory_rate": 24.0}, None, None, None),
    ],
)
def test_what_chart_2_calls_for_is_raised_once(
    signs: dict[str, float], condition: str | None, priority: Priority | None, total: int | None
) -> None:
    alerts = alarms(NORMAL | signs)
    assert list(alerts) == ([condition] if condition else [])
    for alert in alerts.values():
        assert (alert.priority, alert.explanation["value"], score(alert)["lowest"]) == (
            priority,
            total,
            total,
        )


def test_an_alert_says_every_part_with_its_points_and_age_and_what_is_missing() -> None:
    signs = {"respiratory_rate": 26.0, "body_temperature": 39.5, "systolic_pressure": 95.0}
    state, plan = charted(signs)
    _, alerts = passed(state, plan, 5, 130)
    alert = alerts["news2-high"]
    assert (score(alert)["name"], score(alert)["lowest"], score(alert)["highest"]) == ("NEWS2", 7, 18)
    assert part(alert, "respiratory_rate") == {
        "kind": "respiratory_rate",
        "value": 26.0,
        "unit": "/min",
        "age_ms": 130_000,
        "is_current": True,
        "lowest": 3,
        "highest": 3,
    }
    missing = {each["kind"]: each["highest"] for each in score(alert)["parts"] if not each["is_current"]}
    assert missing == {"oxygen_saturation": 3, "supplemental_oxygen": 2, "heart_rate": 3, "consciousness": 3}
    assert alert.explanation["devices"] == [STRAP]


def test_what_is_missing_raises_nothing_by_itself() -> None:
    assert alarms({"body_temperature": 39.5}) == alarms({}) == {}


def test_a_value_of_half_a_day_ago_counts_and_one_older_does_not() -> None:
    for age_s, raised in ((HALF_A_DAY_S - 200, True), (HALF_A_DAY_S + 1, False)):
        state, _ = charted({"body_temperature": 39.5, "systolic_pressure": 95.0})
        state, plan = charted({"respiratory_rate": 26.0}, state=state, at_s=age_s)
        _, alerts = passed(state, plan, age_s + 5, age_s + 126)
        assert ("news2-high" in alerts) is raised


def test_a_score_that_nobody_has_seen_does_not_end_because_its_values_grow_old() -> None:
    state, plan = charted(SEVEN)
    state, _ = passed(state, plan, 5, 130)
    state, alerts = passed(state, plan, *range(HALF_A_DAY_S, HALF_A_DAY_S + 4_000, 300))
    assert alerts == {}
    assert [one.life for one in state.episodes if one.rule == "news2-high"] == [AlertState.ACTIVE]


def test_once_somebody_has_seen_it_it_ends_when_its_values_are_too_old() -> None:
    state, plan = charted(SEVEN)
    state, _ = passed(state, plan, 5, 130)
    state = acknowledged(state)
    state, alerts = passed(state, plan, *range(HALF_A_DAY_S, HALF_A_DAY_S + 700, 60))
    assert alerts["news2-high"].state is AlertState.RESOLVED


def test_a_score_ends_when_what_made_it_is_measured_better_for_five_minutes() -> None:
    state, plan = charted(SEVEN)
    state, _ = passed(state, plan, 5, 130)
    state, plan = charted(NORMAL, state=state, at_s=1_000)
    state, alerts = passed(state, plan, 1_005, 1_299)
    assert alerts == {}
    _, alerts = passed(state, plan, 1_300)
    assert alerts["news2-high"].state is AlertState.RESOLVED


@pytest.mark.parametrize(("total", "goes_on"), [(SIX, True), (FIVE, False)])
def test_a_high_score_ends_at_five_and_not_at_six(total: dict[str, float], *, goes_on: bool) -> None:
    state, plan = charted(NORMAL | SEVEN)
    state, _ = passed(state, plan, 5, 130)
    state, plan = charted(NORMAL | total, state=state, at_s=1_000)
    _, alerts = passed(state, plan, 1_005, 1_400)
    assert ("news2-high" not in alerts) is goes_on
    assert ("news2-medium" in alerts) is not goes_on


@pytest.mark.parametrize(("second", "raised"), [(119.999, False), (120, True)])
def test_a_score_is_told_once_it_has_stood_for_two_minutes(second: float, *, raised: bool) -> None:
    state, plan = charted(NORMAL | SEVEN)
    _, alerts = passed(state, plan, second)
    assert ("news2-high" in alerts) is raised


def test_one_wild_reading_of_a_wearable_does_not_score() -> None:
    state = fresh_state()
    for second in range(0, 600, 5):
        value = 45.0 if 300 <= second < 330 else 16.0
        fresh = slice_of(values("respiratory_rate", (second, value)), received_s=second + 1)
        state, alerts = evaluate(state, fresh, at(second + 1), SCORES_ALONE)
        assert (alerts, state.episodes) == ([], ())


def test_a_score_that_goes_on_is_raised_by_what_is_measured_without_a_look_in_between() -> None:
    state, raised = fresh_state(), []
    for second in range(0, 400, 5):
        runs = [values(kind, (second, value)) for kind, value in (NORMAL | SEVEN).items() if kind in SEVEN]
        fresh = slice_of(*runs, received_s=second + 1)
        state, alerts = evaluate(state, fresh, at(second + 1), SCORES_ALONE)
        raised += [(one.condition, one.began_ms, one.noticed_ms) for one in alerts]
    assert raised == [("news2-high", T0, at(120))]


def test_what_arrives_hours_late_is_judged_by_when_it_was_measured_and_marked() -> None:
    runs = [values(kind, *((s, value) for s in range(0, 600, 30))) for kind, value in SEVEN.items()]
    state, raised = fresh_state(), []
    for cut in range(0, 20, 4):
        parts = [_cut(run, cut, cut + 4) for run in runs]
        state, alerts = evaluate(
            state, slice_of(*parts, received_s=7_200 + cut), at(7_200 + cut), SCORES_ALONE
        )
        raised += alerts
    (alert,) = raised
    assert (alert.condition, alert.began_ms, alert.delayed) == ("news2-high", at(90), True)
    assert part(alert, "respiratory_rate")["age_ms"] == 7_200_000 + 4_000 - 210_000


@pytest.mark.parametrize(("second", "raised"), [(159, False), (160, True)])
def test_a_score_waits_two_minutes_though_the_clock_that_saw_it_begin_was_ahead(
    second: float, *, raised: bool
) -> None:
    state, plan = charted(NORMAL | SEVEN)
    _, alerts = passed(of_a_clock_ahead(state, "began_ms"), plan, 40, second)
    assert ("news2-high" in alerts) is raised


@pytest.mark.parametrize(("second", "ended"), [(509, False), (510, True)])
def test_a_score_ends_in_five_minutes_though_the_clock_that_saw_it_fall_was_ahead(
    second: float, *, ended: bool
) -> None:
    state, plan = charted(NORMAL | SEVEN)
    state, _ = passed(state, plan, 5, 130)
    state, plan = charted(NORMAL, state=state, at_s=200)
    _, alerts = passed(of_a_clock_ahead(state, "clearing_ms"), plan, 210, second)
    assert ("news2-high" in alerts) is ended


def test_nobody_is_told_twice_of_a_sign_whose_own_limit_has_been_told() -> None:
    state, conditions = fresh_state(), []
    plan = CarePlan()
    for second in range(0, 1_200, 5):
        fresh = slice_of(values("heart_rate", (second, 142.0)), received_s=second)
        state, alerts = evaluate(state, fresh, at(second), plan)
        conditions += [one.condition for one in alerts]
        state, alerts = tick(state, at(second), None, plan)
        conditions += [one.condition for one in alerts]
    assert conditions == ["tachycardia"]


def test_a_graver_row_of_the_score_is_told_alone_and_a_lesser_one_after_it_has_ended() -> None:
    state, plan = charted(NORMAL | SEVEN)
    state, alerts = passed(state, plan, *range(5, 900, 5))
    assert list(alerts) == ["news2-high"]
    state, plan = charted(NORMAL | FIVE, state=state, at_s=1_000)
    _, alerts = passed(state, plan, *range(1_005, 1_600, 5))
    assert [(one.condition, one.state) for one in alerts.values()] == [
        ("news2-high", AlertState.RESOLVED),
        ("news2-medium", AlertState.ACTIVE),
    ]


def test_an_acknowledged_score_is_not_raised_again_while_it_stands() -> None:
    state, plan = charted(NORMAL | SEVEN)
    state, _ = passed(state, plan, 5, 130)
    state, alerts = passed(acknowledged(state), plan, *range(200, 8_000, 100))
    assert alerts == {}


@pytest.mark.parametrize(
    ("facts", "conditions"),
    [
        (Facts(age_years=16.0), {"news2-high"}),
        (Facts(), {"news2-high"}),
        (Facts(age_years=15.9), set()),
        (Facts(age_years=15.9, is_pregnant=True), set()),
        (PREGNANT, {"mews-critical"}),
    ],
)
def test_each_score_is_used_for_whom_it_was_made(facts: Facts, conditions: set[str]) -> None:
    signs = SEVEN | {"systolic_pressure": 75.0, "respiratory_rate": 31.0}
    found = {one for one in alarms(NORMAL | signs, facts) if one.startswith(("news2", "mews"))}
    assert found == conditions


def test_a_score_under_way_ends_when_it_turns_out_not_to_be_for_this_person() -> None:
    state, plan = charted(NORMAL | SEVEN)
    state, _ = passed(state, plan, 5, 130)
    _, alerts = passed(state, CarePlan(facts=Facts(age_years=9.0)), 200)
    assert alerts["news2-high"].state is AlertState.RESOLVED


def test_a_scale_that_is_prescribed_counts_from_the_next_look_on() -> None:
    state, plan = charted(NORMAL | {"oxygen_saturation": 89.0})
    _, alerts = passed(state, plan, *range(5, 601, 5))
    assert list(alerts) == ["news2-single"]
    _, alerts = passed(state, CarePlan(facts=ON_SCALE_2), *range(5, 601, 5))
    assert alerts == {}


def test_what_somebody_saw_counts_with_its_age_for_half_a_day() -> None:
    facts = Facts(consciousness=Consciousness.CONFUSED, said_ms={"consciousness": T0})
    _, alerts = passed(fresh_state(), CarePlan(facts=facts), 1, 302)
    assert part(alerts["news2-single"], "consciousness")["age_ms"] == 302_000
    _, alerts = passed(fresh_state(), CarePlan(facts=facts), HALF_A_DAY_S + 1, HALF_A_DAY_S + 900)
    assert alerts == {}


def test_the_better_of_two_wearables_counts_unless_it_has_fallen_silent() -> None:
    state, _ = evaluate(
        fresh_state(),
        slice_of(
            values("heart_rate", (0, 70.0)), values("pulse_rate", (1, 140.0), device=PATCH), received_s=2
        ),
        at(2),
        SCORES_ALONE,
    )
    assert _single(state, 2, 303) == {}
    state, _ = evaluate(
        state,
        slice_of(values("pulse_rate", (400, 140.0), device=PATCH), received_s=401),
        at(401),
        SCORES_ALONE,
    )
    alert = _single(state, 402, 703)["news2-single"]
    assert part(alert, "heart_rate")["value"] == 140.0


@pytest.mark.parametrize(
    ("value", "quality", "t_s"),
    [(26.0, 0.49, 0), (81.0, None, 0), (26.0, None, 1_000), (26.0, None, -(10**9))],
)
def test_what_cannot_be_believed_is_no_newest_value(value: float, quality: float | None, t_s: float) -> None:
    run = values("respiratory_rate", (t_s, value), quality=quality)
    state, _ = evaluate(fresh_state(), slice_of(run, received_s=1), at(1), SCORES_ALONE)
    assert state.newest == {}


def test_a_clock_that_was_ahead_and_is_set_back_blocks_no_newer_value() -> None:
    ahead = msgspec.structs.replace(fresh_state(), newest={"respiratory_rate": [(at(10_000), 16.0)]})
    run = values("respiratory_rate", (0, 26.0))
    state, _ = evaluate(ahead, slice_of(run, received_s=1), at(1), SCORES_ALONE)
    assert state.newest == {"respiratory_rate": [(T0, 26.0)]}


def test_a_run_of_many_minutes_leaves_the_last_five_one_point_each_half_minute() -> None:
    run = values("respiratory_rate", *((second, float(second)) for second in range(10, 80)))
    long = msgspec.structs.replace(run, t_ms=[at(10 * n) for n in range(70)], value=[16.0] * 70)
    state, _ = evaluate(fresh_state(), slice_of(long, received_s=700), at(700), SCORES_ALONE)
    assert [t_ms for t_ms, _ in state.newest["respiratory_rate"]] == [at(s) for s in range(420, 691, 30)][
        -10:
    ]


def test_repeated_and_older_values_change_nothing() -> None:
    run = values("respiratory_rate", (60, 26.0))
    state, _ = evaluate(fresh_state(), slice_of(run, received_s=61), at(61), SCORES_ALONE)
    older = values("respiratory_rate", (20, 12.0))
    again, _ = evaluate(state, slice_of(run, older, received_s=62), at(62), SCORES_ALONE)
    assert again.newest == state.newest


def test_a_state_of_before_there_were_scores_is_read_and_one_with_them_again() -> None:
    known = msgspec.msgpack.decode(encode_state(fresh_state()))
    for name in ("newest", "looked_ms"):
        del known[name]
    assert decode_state(msgspec.msgpack.encode(known)) == fresh_state()
    state, _ = charted(NORMAL)
    assert decode_state(encode_state(state)) == state


def test_what_scores_remember_of_a_day_at_one_a_second_is_small() -> None:
    kinds = NORMAL.keys() - {"supplemental_oxygen", "consciousness"}
    runs = [values(kind, *((s, NORMAL[kind]) for s in range(0, 3_600, 5))) for kind in sorted(kinds)]
    state, _ = evaluate(fresh_state(), slice_of(*runs, received_s=3_600), at(3_600), SCORES_ALONE)
    assert len(msgspec.msgpack.encode(state.newest)) < 1_200


def of_a_clock_ahead(state: PatientState, name: str) -> PatientState:
    """Return a state whose episodes have a time that was noted by a clock an hour ahead."""
    episodes = tuple(msgspec.structs.replace(one, **{name: at(3_600)}) for one in state.episodes)
    return msgspec.structs.replace(state, episodes=episodes)


def _single(state: PatientState, *seconds: float) -> Alerts:
    _, alerts = passed(state, SCORES_ALONE, *seconds)
    return alerts


def _cut(run: ObservationRun, first: int, last: int) -> ObservationRun:
    return msgspec.structs.replace(run, t_ms=run.t_ms[first:last], value=run.value[first:last])
