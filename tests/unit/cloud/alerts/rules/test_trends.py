"""Every boundary of what is read from a course: changes, and what lies ahead."""

from dataclasses import dataclass

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloud.alerts.judging.evaluate import evaluate
from cloud.alerts.judging.state import PatientState
from cloud.alerts.rules.catalogue import RULES, rules_of
from cloud.alerts.rules.plan import CarePlan
from cloud.alerts.rules.rows import CourseRule
from cloud.alerts.rules.ruleset import RuleSet
from cloud.ports import Alert, AlertState
from tests.fakes.alert_material import PATCH, at, fresh_state, slice_of, values
from vitals.kinds import OBSERVATION_KINDS
from vitals.records import ObservationRun


@dataclass(frozen=True, kw_only=True)
class Edge:
    """A row as a person would check it: readings `every_s` that just raise, and just do not.

    `clear` and `not_clear` are what is read from the line.
    """

    rule: str
    every_s: int
    beyond: tuple[float, ...]
    within: tuple[float, ...]
    clear: float
    not_clear: float


EDGES = (
    Edge(
        rule="glucose-falling",
        every_s=300,
        beyond=(150, 140, 130, 120),
        within=(150, 140, 131, 121),
        clear=-20,
        not_clear=-21,
    ),
    Edge(
        rule="glucose-falling-fast",
        every_s=300,
        beyond=(180, 165, 150, 135),
        within=(180, 165, 151, 136),
        clear=-39,
        not_clear=-40,
    ),
    Edge(
        rule="glucose-soon-very-low",
        every_s=300,
        beyond=(125, 115, 105, 95),
        within=(126, 116, 106, 96),
        clear=70,
        not_clear=69,
    ),
    Edge(
        rule="weight-gain",
        every_s=86_400,
        beyond=(80, 80.665, 81.335, 82.0),
        within=(80, 80.66, 81.33, 81.99),
        clear=1.0,
        not_clear=1.005,
    ),
)
BY_EDGE = pytest.mark.parametrize("edge", EDGES, ids=lambda edge: edge.rule)


def row(edge: Edge) -> CourseRule:
    rule = RULES[edge.rule]
    assert isinstance(rule, CourseRule)
    return rule


def run(edge: Edge, *readings: float) -> ObservationRun:
    return values(row(edge).kind, *((edge.every_s * n, value) for n, value in enumerate(readings)))


def judged(
    edge: Edge, *runs: ObservationRun, state: PatientState | None = None
) -> tuple[PatientState, list[Alert]]:
    """Judge by this row alone, a while later."""
    plan, received_s = CarePlan(rules=RuleSet([row(edge)])), 3_000_000
    return evaluate(state or fresh_state(), slice_of(*runs, received_s=received_s), at(received_s), plan)


def test_every_row_of_a_course_has_its_boundaries_tested() -> None:
    assert {edge.rule for edge in EDGES} == {rule.key for rule in rules_of(CourseRule)}


@BY_EDGE
def test_a_course_at_the_limit_is_raised_with_the_reading_that_showed_it(edge: Edge) -> None:
    (alert,) = judged(edge, run(edge, *edge.beyond))[1]
    assert (alert.condition, alert.state) == (edge.rule, AlertState.ACTIVE)
    assert alert.began_ms == alert.noticed_ms == at(edge.every_s * (len(edge.beyond) - 1))
    assert alert.explanation["value"] == alert.explanation["limit"] == row(edge).limit


@BY_EDGE
def test_a_course_one_step_within_the_limit_is_not(edge: Edge) -> None:
    assert judged(edge, run(edge, *edge.within))[1] == []


@BY_EDGE
def test_a_course_that_turns_ends_the_episode(edge: Edge) -> None:
    back = edge.beyond[0]
    (alert,) = judged(edge, run(edge, *edge.beyond, *(back for _ in range(5))))[1]
    assert alert.state is AlertState.RESOLVED


@BY_EDGE
def test_what_is_read_is_over_at_the_clear_value_and_not_a_step_short_of_it(edge: Edge) -> None:
    rule = row(edge)
    assert rule.is_clear(edge.clear)
    assert not rule.is_clear(edge.not_clear)
    assert not rule.is_beyond(edge.not_clear)


@BY_EDGE
def test_a_gap_longer_than_the_longest_makes_no_course(edge: Edge) -> None:
    rule = row(edge)
    parted = [(n * (rule.longest_gap_s + 0.001), value) for n, value in enumerate(edge.beyond)]
    assert judged(edge, values(rule.kind, *parted))[1] == []


@BY_EDGE
def test_the_readings_of_two_devices_make_no_course_together(edge: Edge) -> None:
    both = run(edge, *edge.beyond)
    mine = msgspec.structs.replace(both, t_ms=both.t_ms[::2], value=both.value[::2])
    other = msgspec.structs.replace(both, device=PATCH, t_ms=both.t_ms[1::2], value=both.value[1::2])
    assert judged(edge, mine, other)[1] == []


class TestBadInput:
    @BY_EDGE
    def test_samples_out_of_order_are_put_in_order(self, edge: Edge) -> None:
        straight = run(edge, *edge.beyond)
        shuffled = msgspec.structs.replace(straight, t_ms=straight.t_ms[::-1], value=straight.value[::-1])
        assert judged(edge, shuffled) == judged(edge, straight)

    @BY_EDGE
    def test_what_comes_twice_changes_nothing(self, edge: Edge) -> None:
        once, alerts = judged(edge, run(edge, *edge.beyond))
        twice, again = judged(edge, run(edge, *edge.beyond), state=once)
        assert [one.state for one in alerts] == [AlertState.ACTIVE]
        assert again == []
        assert (twice.episodes, twice.devices, twice.lately) == (once.episodes, once.devices, once.lately)

    def test_glucose_in_mmol_is_no_fall(self) -> None:
        """A device that changes its unit from mg/dL to mmol/L: below 10 nobody lives, and it is counted."""
        falling = EDGES[0]
        state, alerts = judged(falling, run(falling, 150, 149, 148, 8.2, 8.1, 8.0))
        assert alerts == []
        assert state.skipped == {"implausible": 3}

    def test_weight_in_pounds_is_no_gain(self) -> None:
        """One weighing in another unit, or of somebody else."""
        gain = EDGES[3]
        daily = values("body_weight", *((86_400 * day, 176.4 if day == 3 else 80.0) for day in range(7)))
        assert judged(gain, daily)[1] == []

    def test_a_clock_that_jumps_ahead_and_back_raises_nothing(self) -> None:
        falling = EDGES[0]
        points = [(0, 150), (300, 149), (4_000_000, 60), (600, 148), (900, 147)]
        state, alerts = judged(falling, values("glucose", *points))
        assert alerts == []
        assert state.skipped == {"clock-doubted": 1}

    def test_values_of_low_quality_make_no_course(self) -> None:
        points = [(300 * n, value) for n, value in enumerate(EDGES[0].beyond)]
        assert judged(EDGES[0], values("glucose", *points, quality=0.4))[1] == []

    @given(
        edge=st.sampled_from(EDGES),
        samples=st.lists(
            st.tuples(st.integers(0, 400_000), st.floats(allow_nan=False, allow_infinity=False)), max_size=40
        ),
        order=st.randoms(use_true_random=False),
    )
    def test_any_numbers_in_any_order_are_judged_alike(
        self, edge: Edge, samples: list[tuple[int, float]], order: object
    ) -> None:
        of_a_time = list(dict(samples).items())
        shuffled = list(of_a_time)
        order.shuffle(shuffled)  # type: ignore[attr-defined]  # a Random, by hypothesis
        kind = row(edge).kind
        if not samples:
            return
        _, alerts = judged(edge, values(kind, *sorted(of_a_time)))
        assert judged(edge, values(kind, *shuffled))[1] == alerts


def test_a_forecast_is_never_of_what_no_living_wearer_can_show() -> None:
    edge = EDGES[2]
    (alert,) = judged(edge, run(edge, 150, 110, 70, 40))[1]
    assert alert.explanation["value"] == OBSERVATION_KINDS["glucose"].plausible[0]


def test_a_day_of_glucose_that_comes_and_goes_with_meals_is_calm() -> None:
    """Up 70 mg/dL in an hour and down again in two is no fall of 2 mg/dL a minute."""
    meal = [90 + 70 * (n / 12 if n < 12 else max(0.0, 1 - (n - 12) / 24)) for n in range(60)]
    for edge in EDGES[:3]:
        assert judged(edge, run(edge, *meal))[1] == []
