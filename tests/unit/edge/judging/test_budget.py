import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.judging.budget import AdaptiveThreshold, AlarmBudget

BUDGET = AlarmBudget(per_day=2.0, burst=3, ceiling=0.95, source="this test")
FLOOR = 0.6
HOP_S = 5.0
DAY = round(86_400 / HOP_S)

probabilities = st.floats(min_value=0.0, max_value=1.0, allow_nan=False)
budgets = st.builds(
    AlarmBudget,
    per_day=st.floats(min_value=0.1, max_value=20_000.0),
    burst=st.integers(min_value=1, max_value=6),
    ceiling=st.floats(min_value=0.3, max_value=1.0),
    source=st.just("drawn"),
)


def play(
    threshold: AdaptiveThreshold, given_probabilities: list[float], *, hop_s: float = HOP_S
) -> list[float]:
    """Return the probabilities that became alarms, a window a hop."""
    told = []
    for probability in given_probabilities:
        threshold.elapse(hop_s)
        if threshold.admits(probability):
            threshold.charge()
            told.append(probability)
    return told


def fresh(**changes: float) -> AdaptiveThreshold:
    return AdaptiveThreshold(floor=FLOOR, budget=BUDGET, **changes)


@given(budget=budgets, floor=st.floats(0.0, 1.0), given_probabilities=st.lists(probabilities, max_size=300))
def test_alarms_below_the_ceiling_stay_within_the_budget_whatever_comes(
    budget: AlarmBudget, floor: float, given_probabilities: list[float]
) -> None:
    told = play(AdaptiveThreshold(floor=floor, budget=budget), given_probabilities)
    below = [probability for probability in told if probability < budget.ceiling]
    assert len(below) <= budget.most_in(HOP_S * len(given_probabilities))


def test_an_adversary_who_always_just_reaches_the_threshold_gets_the_budgeted_rate_in_the_long_run() -> None:
    threshold, told, days = fresh(), 0, 30
    for _ in range(days * DAY):
        threshold.elapse(HOP_S)
        if threshold.value < BUDGET.ceiling:
            assert threshold.admits(threshold.value)
            threshold.charge()
            told += 1
    assert BUDGET.per_day * days - 1 <= told <= BUDGET.most_in(days * 86_400)


@given(spent=st.floats(0.0, 4.0), sure=st.floats(BUDGET.ceiling, 1.0))
def test_what_is_as_sure_as_the_ceiling_is_always_told(spent: float, sure: float) -> None:
    assert fresh(spent=spent).admits(sure)


@given(spent=st.floats(0.0, 4.0), unsure=st.floats(0.0, FLOOR, exclude_max=True))
def test_what_is_below_the_floor_is_never_told(spent: float, unsure: float) -> None:
    assert not fresh(spent=spent).admits(unsure)


@given(before=st.lists(probabilities, max_size=60), after=st.lists(probabilities, max_size=60))
def test_a_restart_is_as_no_restart(before: list[float], after: list[float]) -> None:
    unbroken = fresh()
    play(unbroken, before)
    again = fresh(spent=unbroken.spent)
    assert play(again, after) == play(unbroken, after)
    assert again.spent == unbroken.spent


def test_the_threshold_is_at_the_ceiling_after_a_burst_and_sinks_as_the_budget_allows() -> None:
    threshold = fresh()
    assert play(threshold, [0.8] * 10) == [0.8, 0.8]  # the third would have to reach 0.83
    assert play(threshold, [0.9] * 10) == [0.9]
    assert threshold.value == pytest.approx(BUDGET.ceiling, abs=0.001)
    for _ in range(DAY):
        threshold.elapse(HOP_S)
    assert threshold.spent == pytest.approx(1.0, abs=0.01)
    assert threshold.value == pytest.approx(FLOOR + (BUDGET.ceiling - FLOOR) / 3, abs=0.001)


def test_time_that_was_not_judged_earns_nothing_and_a_clock_set_ahead_hardly_anything() -> None:
    threshold = fresh(spent=2.0)
    threshold.elapse(10 * 365 * 86_400.0)
    threshold.elapse(-3_600.0)
    assert threshold.spent == pytest.approx(2.0, abs=0.01)


def test_an_alarm_that_was_right_costs_nothing() -> None:
    threshold = fresh()
    threshold.charge()
    threshold.refund()
    assert threshold.value == FLOOR


@pytest.mark.parametrize("spent", [-5.0, 1e9], ids=["less-than-nothing", "more-than-can-be"])
def test_a_memory_that_makes_no_sense_is_brought_within_bounds(spent: float) -> None:
    assert FLOOR <= fresh(spent=spent).value <= BUDGET.ceiling
    threshold = fresh(spent=spent)
    for _ in range(3 * DAY):
        threshold.elapse(HOP_S)
    assert threshold.admits(0.9)
