"""The rule as published, held against its description date by date."""

from datetime import date, timedelta
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vitals.scores.night_signal import (
    ALERTS,
    SETTLED_NIGHTS,
    TRANSITIONS,
    Night,
    NightAlert,
    NightGrade,
    NightState,
    night_mean,
    night_signal,
)

FIRST = date(2026, 3, 1)
USUAL, RAISED, HIGH, MISSING = NightGrade.USUAL, NightGrade.RAISED, NightGrade.HIGH, NightGrade.MISSING


def nights(*means: int | None) -> dict[date, int]:
    return {FIRST + timedelta(days=n): mean for n, mean in enumerate(means) if mean is not None}


def shown(*means: int | None) -> list[str]:
    return [night.alert.value for night in night_signal(nights(*means))]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (NightState.CALM, {USUAL: "calm", RAISED: "one-raised", HIGH: "one-high", MISSING: "calm"}),
        (
            NightState.ONE_RAISED,
            {USUAL: "calm", RAISED: "yellow-raised", HIGH: "yellow-high", MISSING: "calm"},
        ),
        (NightState.ONE_HIGH, {USUAL: "calm", RAISED: "yellow-raised", HIGH: "red", MISSING: "calm"}),
        (
            NightState.YELLOW_RAISED,
            {USUAL: "calm", RAISED: "yellow-raised", HIGH: "yellow-high", MISSING: "calm"},
        ),
        (NightState.YELLOW_HIGH, {USUAL: "calm", RAISED: "yellow-raised", HIGH: "red", MISSING: "calm"}),
        (NightState.RED, {USUAL: "calm", RAISED: "yellow-raised", HIGH: "red", MISSING: "calm"}),
    ],
)
def test_each_state_goes_on_as_the_table_says(before, after):
    assert {grade: TRANSITIONS[before, grade].value for grade in NightGrade} == after


def test_the_table_is_complete():
    assert TRANSITIONS.keys() == {(state, grade) for state in NightState for grade in NightGrade}
    assert ALERTS.keys() == set(NightState)


def test_two_nights_four_above_the_median_are_red_and_the_first_of_them_is_not():
    assert shown(60, 60, 60, 60, 60, 64, 64)[-3:] == ["green", "green", "red"]


def test_three_above_is_yellow_on_the_second_night():
    assert shown(60, 60, 60, 60, 60, 63, 63)[-3:] == ["green", "green", "yellow"]


def test_a_high_night_after_a_raised_one_is_yellow_and_the_next_high_one_red():
    assert shown(60, 60, 60, 60, 60, 60, 60, 63, 64, 64)[-3:] == ["green", "yellow", "red"]


def test_a_raised_night_after_a_red_one_is_yellow():
    assert shown(60, 60, 60, 60, 60, 60, 60, 64, 64, 63)[-2:] == ["red", "yellow"]


def test_two_above_is_nothing_however_long():
    assert set(shown(*[60] * 9, *[62] * 5)) == {"green"}


def test_a_usual_night_ends_an_alert():
    assert shown(60, 60, 60, 60, 60, 60, 60, 64, 64, 60, 64)[-3:] == ["red", "green", "green"]


def test_a_night_is_part_of_its_own_baseline():
    (_, second) = night_signal(nights(60, 66))
    assert (second.baseline, second.grade) == (63, RAISED)


def test_the_baseline_is_cut_to_a_whole_number():
    assert night_signal(nights(60, 61))[-1].baseline == 60


def test_a_single_missing_night_is_imputed_and_can_complete_an_alert():
    found = night_signal(nights(60, 60, 60, 60, 60, 60, 65, None, 65, 65))
    assert [(night.mean, night.is_imputed, night.alert) for night in found[-3:]] == [
        (65, True, NightAlert.RED),
        (65, False, NightAlert.RED),
        (65, False, NightAlert.RED),
    ]


def test_a_missing_night_between_two_that_stand_alone_stays_missing():
    found = night_signal(nights(60, None, 61))
    assert [night.date.day for night in found] == [1, 3]


def test_two_missing_nights_break_a_row():
    assert shown(60, 60, 60, 60, 60, 60, 60, 65, None, None, 65) == ["green"] * 9


def test_a_baseline_is_settled_after_a_week():
    settled = [night.is_settled for night in night_signal(nights(*[60] * 8))]
    assert settled == [False] * (SETTLED_NIGHTS - 1) + [True, True]


def test_heart_rates_and_their_mean_are_cut_to_whole_numbers():
    assert night_mean([60.9, 61.9, 62.9]) == 61
    assert night_mean([60, 61]) == 60
    assert night_mean([]) is None


def published(means: dict[date, int]) -> dict[date, str]:
    """The published procedure, step by step over dates, written apart from the code under test."""
    a_day = timedelta(days=1)
    keys = sorted(means)
    filled = dict(means)
    for i in range(1, len(keys) - 1):
        before, here, after = keys[i - 1], keys[i], keys[i + 1]
        if after - here == a_day and here - before == 2 * a_day:
            filled.setdefault(here - a_day, int(round((means[here] + means[before]) / 2, 1)))
        if after - here == 2 * a_day and here - before == a_day:
            filled.setdefault(here + a_day, int(round((means[here] + means[after]) / 2, 1)))
    medians = {day: int(median([filled[each] for each in filled if each <= day])) for day in filled}
    reds = {day for day in filled if filled[day] >= medians[day] + 4}
    yellows = {day for day in filled if filled[day] >= medians[day] + 3}
    red_alerts = {day for day in reds if day - a_day in reds}
    yellow_alerts = {day for day in yellows if day - a_day in yellows} - red_alerts
    return {
        day: "red" if day in red_alerts else "yellow" if day in yellow_alerts else "green"
        for day in sorted(filled)
    }


@given(st.lists(st.one_of(st.none(), st.integers(55, 70)), min_size=1, max_size=40))
def test_the_rule_gives_what_the_published_procedure_gives(means):
    found: tuple[Night, ...] = night_signal(nights(*means))
    assert {night.date: night.alert.value for night in found} == published(nights(*means))
