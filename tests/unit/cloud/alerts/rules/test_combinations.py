"""Every boundary of every combination: each sign at its limit and a step within, in whatever order."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, permutations
from math import ceil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud.alerts.judging.evaluate import evaluate
from cloud.alerts.judging.state import PatientState, decode_state, encode_state
from cloud.alerts.rules.catalogue import RULES, rules_of
from cloud.alerts.rules.combination import CombinationRule
from cloud.alerts.rules.plan import CarePlan
from cloud.alerts.rules.ruleset import RuleSet
from cloud.ports import Alert, AlertState, Facts
from tests.fakes.alert_material import PATCH, STRAP, T0, at, end, fresh_state, onset, slice_of, values
from vitals.records import AnyRecord, ObservationRun
from vitals.scores.news2 import Spo2Scale

CUFF = "c0-00-00-00-00-03"
Signs = dict[str, float]
"""A value of each kind."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """What is measured together all the while, and whether the row speaks of it."""

    rule: str
    signs: Signs
    is_raised: bool
    event: str | None = None


CASES = (
    Case(
        rule="oxygen-low-breathing-fast",
        signs={"oxygen_saturation": 91, "respiratory_rate": 21},
        is_raised=True,
    ),
    Case(
        rule="oxygen-low-breathing-fast",
        signs={"oxygen_saturation": 92, "respiratory_rate": 21},
        is_raised=False,
    ),
    Case(
        rule="oxygen-low-breathing-fast",
        signs={"oxygen_saturation": 91, "respiratory_rate": 20},
        is_raised=False,
    ),
    Case(
        rule="oxygen-low-breathing-fast",
        signs={"oxygen_saturation": 93, "respiratory_rate": 25},
        is_raised=True,
    ),
    Case(
        rule="oxygen-low-breathing-fast",
        signs={"oxygen_saturation": 94, "respiratory_rate": 25},
        is_raised=False,
    ),
    Case(
        rule="oxygen-low-breathing-fast",
        signs={"oxygen_saturation": 93, "respiratory_rate": 24},
        is_raised=False,
    ),
    Case(rule="oxygen-low-breathing-fast", signs={"oxygen_saturation": 80}, is_raised=False),
    Case(rule="fever-with-fast-signs", signs={"body_temperature": 38.1, "heart_rate": 111}, is_raised=True),
    Case(rule="fever-with-fast-signs", signs={"body_temperature": 38.0, "heart_rate": 111}, is_raised=False),
    Case(rule="fever-with-fast-signs", signs={"body_temperature": 38.1, "heart_rate": 110}, is_raised=False),
    Case(rule="fever-with-fast-signs", signs={"body_temperature": 38.1, "pulse_rate": 111}, is_raised=True),
    Case(rule="fever-with-fast-signs", signs={"body_temperature": 38.1, "pulse_rate": 110}, is_raised=False),
    Case(
        rule="fever-with-fast-signs", signs={"body_temperature": 38.1, "respiratory_rate": 21}, is_raised=True
    ),
    Case(
        rule="fever-with-fast-signs",
        signs={"body_temperature": 38.1, "respiratory_rate": 20},
        is_raised=False,
    ),
    Case(rule="fever-with-fast-signs", signs={"heart_rate": 150, "respiratory_rate": 30}, is_raised=False),
    Case(rule="irregular-and-fast", event="atrial-fibrillation", signs={"heart_rate": 110}, is_raised=True),
    Case(rule="irregular-and-fast", event="atrial-fibrillation", signs={"heart_rate": 109}, is_raised=False),
    Case(rule="irregular-and-fast", signs={"heart_rate": 130}, is_raised=False),
    Case(rule="fall-with-heart", event="fall", signs={"heart_rate": 131}, is_raised=True),
    Case(rule="fall-with-heart", event="fall", signs={"heart_rate": 130}, is_raised=False),
    Case(rule="fall-with-heart", event="fall", signs={"heart_rate": 41}, is_raised=False),
    Case(rule="fall-with-heart", event="fall", signs={"heart_rate": 40}, is_raised=True),
    Case(rule="fall-with-heart", signs={"heart_rate": 40}, is_raised=False),
)
BY_CASE = pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rule}-{case.signs}")
FAST_FEVER = CASES[7]


def row(case: Case) -> CombinationRule:
    rule = RULES[case.rule]
    assert isinstance(rule, CombinationRule)
    return rule


def told(case: Case, long_s: float, *, from_s: float = 0) -> list[AnyRecord]:
    """Each kind every quarter minute from a device of its own, and the event at the beginning."""
    times = [*(from_s + 15.0 * n for n in range(ceil(long_s / 15))), from_s + long_s]
    events = [] if case.event is None else [onset(from_s, condition=case.event)]
    devices = (STRAP, PATCH, CUFF)
    runs = [
        values(kind, *((second, value) for second in times), device=device)
        for (kind, value), device in zip(case.signs.items(), devices, strict=False)
    ]
    return [*events, *runs]


def judged(
    case: Case, records: Sequence[AnyRecord], *, state: PatientState | None = None, received_s: float = 20_000
) -> tuple[PatientState, list[Alert]]:
    """Judge by every row; return what this one says."""
    state, alerts = evaluate(
        state or fresh_state(), slice_of(*records, received_s=received_s), at(received_s)
    )
    return state, [one for one in alerts if one.condition == case.rule]


def test_every_combination_has_its_boundaries_tested() -> None:
    raised = {case.rule for case in CASES if case.is_raised}
    assert raised == {case.rule for case in CASES} == {rule.key for rule in rules_of(CombinationRule)}


@BY_CASE
def test_signs_at_their_limits_for_the_whole_time_are_raised_and_a_step_within_is_not(case: Case) -> None:
    _, alerts = judged(case, told(case, row(case).hold_s))
    assert [(one.state, one.began_ms) for one in alerts] == [(AlertState.ACTIVE, T0)] * case.is_raised


@BY_CASE
def test_a_millisecond_short_of_the_time_nothing_is(case: Case) -> None:
    assert judged(case, told(case, row(case).hold_s - 0.001))[1] == []


@pytest.mark.parametrize("case", [case for case in CASES if case.is_raised], ids=lambda case: str(case.signs))
class TestWhatIsRaised:
    def test_is_raised_in_whatever_order_kinds_come(self, case: Case) -> None:
        for order in permutations(told(case, row(case).hold_s)):
            assert [one.began_ms for one in judged(case, order)[1]] == [T0]

    def test_says_each_sign_with_its_value_and_limit_and_every_device(self, case: Case) -> None:
        ((alert),) = judged(case, told(case, row(case).hold_s))[1]
        found = {one["value"] for one in alert.explanation["contributors"]}  # type: ignore[attr-defined,index]
        assert found == set(case.signs.values())
        assert alert.explanation["devices"] == [STRAP, PATCH][: len(case.signs)]
        [first] = {one["kind"] for one in alert.explanation["contributors"][:1]}  # type: ignore[index]
        assert alert.explanation["history_kind"] == first
        assert alert.explanation["history"]

    def test_ends_once_the_signs_have_been_gone_for_the_clear_time(self, case: Case) -> None:
        rule = row(case)
        state, _ = judged(case, told(case, rule.hold_s))
        well = Case(rule=case.rule, signs=dict.fromkeys(case.signs, 0.0), is_raised=False)
        usual = {"oxygen_saturation": 98, "body_temperature": 37.0, "respiratory_rate": 14}
        well.signs.update({kind: usual.get(kind, 70) for kind in well.signs})
        soon, none = judged(well, told(well, rule.clear_s - 1, from_s=rule.hold_s + 1), state=state)
        assert none == []
        after = told(well, rule.clear_s, from_s=rule.hold_s + rule.clear_s + 1)
        (alert,) = judged(well, after, state=soon)[1]
        assert alert.state is (AlertState.LATCHED if rule.latched else AlertState.RESOLVED)

    def test_goes_on_from_the_stored_state(self, case: Case) -> None:
        records, hold_s = told(case, row(case).hold_s), row(case).hold_s
        state, none = judged(case, told(case, hold_s - 1))
        assert none == []
        (alert,) = judged(case, records, state=decode_state(encode_state(state)))[1]
        assert alert.began_ms == T0


def test_a_temperature_counts_for_four_hours_and_no_longer() -> None:
    for age_s, is_raised in ((14_400, True), (14_401, False)):
        heart = values("heart_rate", *((age_s - 600 + second, 120) for second in range(0, 601, 30)))
        _, alerts = judged(FAST_FEVER, [values("body_temperature", (0, 38.5), device=CUFF), heart])
        assert bool(alerts) is is_raised


def test_a_newer_reading_within_takes_an_older_one_back() -> None:
    records = [*told(FAST_FEVER, 300), values("body_temperature", (310, 37.0), device=CUFF)]
    heart = values("heart_rate", *((second, 120) for second in range(310, 1_000, 30)), device=STRAP)
    assert judged(FAST_FEVER, [*records, heart])[1] == []


def test_the_newest_of_two_devices_counts_whichever_comes_last() -> None:
    older = values("body_temperature", (0, 39.5), device=CUFF)
    newer = values("body_temperature", (60, 37.0), device=PATCH)
    heart = values("heart_rate", *((second, 120) for second in range(90, 1_000, 30)))
    for first, second in ((older, newer), (newer, older)):
        assert judged(FAST_FEVER, [first, second, heart])[1] == []


@pytest.mark.parametrize(("fell_s", "is_raised"), [(-1, False), (0, True), (570, True), (571, False)])
def test_a_fall_counts_for_the_ten_minutes_after_it(fell_s: float, *, is_raised: bool) -> None:
    case = Case(rule="fall-with-heart", signs={}, is_raised=True)
    heart = values("heart_rate", *((570 + second, 140) for second in range(0, 31, 10)))
    _, alerts = judged(case, [heart, onset(fell_s, condition="fall")])
    assert bool(alerts) is is_raised


def test_a_fall_that_is_over_still_counts_while_a_person_has_yet_to_see_it() -> None:
    case = Case(rule="fall-with-heart", signs={"heart_rate": 140}, is_raised=True)
    fell = [onset(0, condition="fall"), end(5, condition="fall")]
    state, _ = judged(case, fell)
    assert [one.life for one in state.episodes] == [AlertState.LATCHED]
    assert len(judged(case, told(case, 60, from_s=10), state=state)[1]) == 1


def test_an_uneven_heartbeat_that_is_over_counts_no_longer() -> None:
    case = Case(rule="irregular-and-fast", signs={}, is_raised=True)
    heart = values("heart_rate", *((second, 120) for second in range(10, 700, 10)))
    for order in permutations([onset(0), end(500), heart]):
        assert judged(case, order)[1] == []
    for order in permutations([onset(0), end(695), heart]):
        assert [one.state for one in judged(case, order)[1]] == [AlertState.ACTIVE]


def test_scale_2_hears_nothing_of_a_saturation_that_is_prescribed() -> None:
    plan = CarePlan(facts=Facts(spo2_scale=Spo2Scale.TWO))
    records = told(CASES[3], 600)
    _, alerts = evaluate(fresh_state(), slice_of(*records, received_s=700), at(700), plan)
    assert {one.condition for one in alerts} == {"breathing-fast"}


@given(
    cuts=st.sets(st.integers(1, 59), max_size=12),
    heart=st.lists(st.sampled_from([70, 110, 111, 135]), min_size=60, max_size=60),
    breath=st.lists(st.sampled_from([14, 21, 25]), min_size=60, max_size=60),
)
@settings(max_examples=40, deadline=None)
def test_a_catch_up_says_what_living_through_it_would_have_said(
    cuts: set[int], heart: list[int], breath: list[int]
) -> None:
    rules = CarePlan(rules=RuleSet(rules_of(CombinationRule)))
    told = []
    for bounds in ([0, 60], [0, *sorted(cuts), 60]):
        state, changed = fresh_state(), dict[str, Alert]()
        for first, last in pairwise(bounds):
            minutes = range(first, last)
            runs = [
                values(
                    "respiratory_rate", *((60 * minute, breath[minute]) for minute in minutes), device=PATCH
                ),
                values("heart_rate", *((60 * minute, heart[minute]) for minute in minutes)),
                values("oxygen_saturation", *((60 * minute + 30, 92) for minute in minutes), device=PATCH),
                values(
                    "body_temperature", *((60 * minute + 10, 38.5) for minute in minutes if minute % 20 == 0)
                ),
            ]
            fresh = slice_of(*(run for run in runs if run.t_ms), received_s=60 * last)
            state, alerts = evaluate(state, fresh, at(60 * last), rules)
            changed |= {alert.id: alert for alert in alerts}
        told.append({(one.condition, one.began_ms, one.state, one.resolved_ms) for one in changed.values()})
    assert told[0] == told[1]


def test_low_oxygen_of_who_turns_out_to_be_on_scale_2_is_taken_back() -> None:
    run = values("oxygen_saturation", *((second, 90) for second in range(0, 121, 5)))
    state, raised = evaluate(fresh_state(), slice_of(run, received_s=121), at(121))
    assert {one.condition for one in raised} == {"oxygen-low"}
    plan = CarePlan(facts=Facts(spo2_scale=Spo2Scale.TWO))
    _, ended = evaluate(state, slice_of(received_s=130), at(130), plan)
    assert [(one.condition, one.state) for one in ended] == [("oxygen-low", AlertState.RESOLVED)]


class TestBadInput:
    def test_fahrenheit_sent_as_celsius_is_no_fever(self) -> None:
        records = [values("body_temperature", (0, 101.3)), *told(FAST_FEVER, 600)[1:]]
        state, alerts = judged(FAST_FEVER, records)
        assert alerts == []
        assert state.skipped == {"implausible": 1}
        assert "body_temperature" not in state.latest

    def test_a_reading_of_a_clock_that_is_ahead_does_not_stand_for_ever(self) -> None:
        """A thermometer four minutes ahead says a fever; the next, by a clock set right, takes it back."""
        ahead = evaluate(
            fresh_state(), slice_of(values("body_temperature", (240, 39.0), device=CUFF), received_s=0), at(0)
        )[0]
        later = values("body_temperature", (300, 36.8), device=CUFF)
        heart = values("heart_rate", *((second, 120) for second in range(300, 1_000, 30)))
        assert judged(FAST_FEVER, [later, heart], state=ahead, received_s=1_000)[1] == []

    def test_a_reading_of_a_clock_far_ahead_is_not_taken_at_all(self) -> None:
        records = [values("body_temperature", (900_000, 39.0), device=CUFF), *told(FAST_FEVER, 600)[1:]]
        state, alerts = judged(FAST_FEVER, records)
        assert alerts == []
        assert state.skipped == {"clock-doubted": 1}

    def test_what_comes_twice_is_raised_once(self) -> None:
        state, first = judged(FAST_FEVER, told(FAST_FEVER, 700))
        after, again = judged(FAST_FEVER, told(FAST_FEVER, 700), state=state)
        assert len(first) == 1
        assert again == []
        assert after.episodes == state.episodes

    @given(
        st.lists(
            st.tuples(
                st.sampled_from(["heart_rate", "body_temperature", "oxygen_saturation", "respiratory_rate"]),
                st.integers(0, 20_000),
                st.floats(allow_nan=False, allow_infinity=False) | st.integers(0, 200),
            ),
            max_size=40,
        )
    )
    def test_any_numbers_at_any_time_are_judged(self, samples: list[tuple[str, int, float]]) -> None:
        runs: list[ObservationRun] = [values(kind, (second, value)) for kind, second, value in samples]
        state, alerts = evaluate(fresh_state(), slice_of(*runs, received_s=20_000), at(20_000))
        assert len({one.id for one in alerts}) == len(alerts)
        assert decode_state(encode_state(state)) == state


def test_a_combination_alone_needs_no_limit_of_its_kinds() -> None:
    rules = RuleSet([row(FAST_FEVER)])
    state, alerts = evaluate(
        fresh_state(), slice_of(*told(FAST_FEVER, 600), received_s=700), at(700), CarePlan(rules=rules)
    )
    assert [one.condition for one in alerts] == ["fever-with-fast-signs"]
    assert set(state.latest) == {"body_temperature", "heart_rate"}
