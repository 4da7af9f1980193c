import pytest
from hypothesis import given
from hypothesis import strategies as st

from vitals.errors import ValidationError
from vitals.features.baseline import FEWEST_DAYS, KEPT_DAYS, LONGEST_FLAGGED, PersonalBaseline


def resting(days, *, night=58.0, day=72.0, first=0):
    """A heart that beats slower by night, a little different every day."""
    baseline = PersonalBaseline(1.0)
    for number in range(first, first + days):
        for hour in range(24):
            baseline.learn(number, hour, (night if hour < 7 else day) + number % 3 - 1)
    return baseline


def test_what_is_usual_depends_on_the_time_of_day():
    baseline = resting(14)
    assert baseline.usual(3, before_day=14).median == 58
    assert baseline.usual(15, before_day=14).median == 72


def test_it_says_nothing_before_a_week_of_days():
    baseline = resting(FEWEST_DAYS - 1)
    assert baseline.usual(3, before_day=FEWEST_DAYS - 1) is None
    baseline.learn(FEWEST_DAYS - 1, 3, 58.0)
    assert baseline.usual(3, before_day=FEWEST_DAYS).days == FEWEST_DAYS


def test_many_values_of_few_days_are_still_a_cold_start():
    baseline = PersonalBaseline(1.0)
    for hour in range(24):
        for day in range(FEWEST_DAYS - 1):
            baseline.learn(day, hour, 60.0)
    assert all(baseline.usual(hour, before_day=9) is None for hour in range(24))


def test_the_day_that_is_judged_is_no_part_of_what_is_usual():
    baseline = resting(14)
    before = baseline.usual(3, before_day=14)
    for hour in range(24):
        baseline.learn(14, hour, 150.0)
    assert baseline.usual(3, before_day=14) == before


def test_midnight_has_neighbours_on_both_sides():
    baseline = PersonalBaseline(1.0)
    for day in range(10):
        baseline.learn(day, 23, 60.0)
    assert baseline.usual(0, before_day=10).days == 10
    assert baseline.usual(22, before_day=10).days == 10
    assert baseline.usual(1, before_day=10) is None


def test_a_few_wild_days_move_it_hardly():
    baseline = resting(21)
    for day in (4, 9, 16):
        for hour in range(24):
            baseline.learn(day, hour, 190.0)
    assert baseline.usual(3, before_day=21).median == pytest.approx(58, abs=1)


def test_flagged_days_are_not_learnt_from():
    baseline = resting(14)
    for day in range(14, 24):
        for hour in range(24):
            baseline.learn(day, hour, 95.0)
        baseline.flag(day)
    usual = baseline.usual(3, before_day=24)
    assert (usual.median, usual.days) == (58, 14)


def test_what_lasts_longer_than_two_weeks_is_what_is_usual_now():
    baseline = resting(4)
    for day in range(4, 4 + LONGEST_FLAGGED):
        for hour in range(24):
            baseline.learn(day, hour, 80.0)
        baseline.flag(day)
    assert baseline.usual(3, before_day=18) is None
    baseline.learn(18, 3, 80.0)
    baseline.flag(18)
    assert baseline.usual(3, before_day=19).median == 80


def test_days_older_than_four_weeks_are_let_go():
    baseline = resting(10)
    assert baseline.usual(3, before_day=10 + KEPT_DAYS) is None
    for day in range(10, 10 + KEPT_DAYS):
        baseline.learn(day, 3, 66.0)
    assert baseline.usual(3, before_day=10 + KEPT_DAYS).median == 66
    baseline.learn(2, 3, 10.0)
    assert baseline.usual(3, before_day=10 + KEPT_DAYS).median == 66


def test_deviation_counts_in_spreads_and_never_in_less_than_what_can_matter():
    baseline = PersonalBaseline(2.0)
    for day in range(10):
        baseline.learn(day, 3, 60.0)
    usual = baseline.usual(3, before_day=10)
    assert usual.spread == 2.0
    assert usual.deviation(66.0) == 3.0
    assert usual.range() == (56.0, 64.0)


def test_the_spread_is_that_of_a_standard_deviation():
    baseline = PersonalBaseline(0.1)
    for day in range(28):
        baseline.learn(day, 3, 60.0 + (day % 3 - 1) * 4)
    assert baseline.usual(3, before_day=28).spread == pytest.approx(4 * 1.4826)


@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 23), st.floats(30, 200)), max_size=150),
    st.sets(st.integers(0, 60), max_size=20),
)
def test_a_stored_state_goes_on_as_if_it_had_never_been_stored(learnt, flagged):
    baseline = PersonalBaseline(1.0)
    for day, hour, value in learnt:
        baseline.learn(day, hour, value)
    for day in flagged:
        baseline.flag(day)
    again = PersonalBaseline.from_bytes(baseline.to_bytes())
    assert again.to_bytes() == baseline.to_bytes()
    assert again.usual(12, before_day=61) == baseline.usual(12, before_day=61)


def test_the_state_stays_small_however_long_it_learns():
    baseline = resting(400)
    for day in range(400):
        baseline.flag(day)
    assert len(baseline.to_bytes()) < 8_000


@pytest.mark.parametrize(
    "content", [b"", b"{}", b'{"least_spread":1.0,"days":[1],"flagged":[],"values":[[1.0]]}']
)
def test_a_state_that_is_none_is_refused_and_says_what_to_do(content):
    with pytest.raises(ValidationError, match="anew"):
        PersonalBaseline.from_bytes(content)
