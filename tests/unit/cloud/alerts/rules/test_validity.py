"""What is wrong with a row is said in a sentence, and the rows that ship are without fault."""

from collections.abc import Sequence
from dataclasses import replace
from math import inf, nan

import pytest

from cloud.alerts.errors import RuleError
from cloud.alerts.rules.catalogue import RULES
from cloud.alerts.rules.combination import CombinationRule, Formula, Sign, Together, UnderWay, all_of, any_of
from cloud.alerts.rules.plan import CarePlan
from cloud.alerts.rules.rows import Direction, ForecastRule, QuietDeviceRule, RateRule, Rule, ThresholdRule
from cloud.alerts.rules.ruleset import STANDARD, RuleSet
from cloud.alerts.rules.validity import faults
from cloud.ports import Facts, Family, Priority
from vitals.scores.news2 import Spo2Scale

FAST = Sign(kind="heart_rate", direction=Direction.ABOVE, limit=111.0, lasting_s=60)
HIGH = ThresholdRule(
    key="high",
    display="High",
    family=Family.PHYSIOLOGICAL,
    priority=Priority.MEDIUM,
    source="nothing but this test",
    kind="heart_rate",
    direction=Direction.ABOVE,
    limit=120.0,
    hold_s=60,
    clear_at=110.0,
    clear_s=30,
)
LOW = replace(HIGH, key="low", direction=Direction.BELOW, limit=50.0, clear_at=55.0)
RISING = RateRule(
    key="rising",
    display="Rising",
    family=Family.PHYSIOLOGICAL,
    priority=Priority.MEDIUM,
    source="nothing but this test",
    kind="glucose",
    direction=Direction.ABOVE,
    limit=30.0,
    hold_s=0,
    clear_at=15.0,
    clear_s=0,
    longest_gap_s=15,
    within_s=300,
)
FALLING = replace(RISING, key="falling", direction=Direction.BELOW, limit=-30.0, clear_at=-15.0)
SOON_LOW = ForecastRule(
    key="soon-low",
    display="Soon low",
    family=Family.PHYSIOLOGICAL,
    priority=Priority.HIGH,
    source="nothing but this test",
    kind="glucose",
    direction=Direction.BELOW,
    limit=55.0,
    hold_s=0,
    clear_at=70.0,
    clear_s=0,
    longest_gap_s=660,
    within_s=900,
    ahead_s=1200,
)
QUIET = QuietDeviceRule(
    key="quiet",
    display="Quiet",
    family=Family.TECHNICAL,
    priority=Priority.LOW,
    source="nothing but this test",
    after_s=240,
)


def combined(formula: Formula) -> CombinationRule:
    return CombinationRule(
        key="both",
        display="Both",
        family=Family.PHYSIOLOGICAL,
        priority=Priority.MEDIUM,
        source="nothing but this test",
        formula=formula,
        hold_s=0,
        clear_s=0,
    )


def test_the_rows_that_ship_are_without_fault() -> None:
    assert faults(STANDARD) == ()


@pytest.mark.parametrize(
    "row", [HIGH, LOW, RISING, FALLING, SOON_LOW, QUIET, combined(all_of(FAST))], ids=lambda row: row.key
)
def test_a_sound_row_is_without_fault(row: Rule) -> None:
    assert faults(RuleSet([row])) == ()


@pytest.mark.parametrize(
    ("row", "says"),
    [
        (replace(HIGH, kind="mood"), "high: nothing of the kind mood is measured: take one of vitals.kinds."),
        (replace(HIGH, clear_at=120.0), "clear_at 120 is itself beyond the limit 120"),
        (replace(HIGH, clear_at=130.0), "choose one below it."),
        (replace(LOW, clear_at=50.0), "choose one above it."),
        (replace(HIGH, limit=nan), "limit and clear_at are to be numbers"),
        (replace(HIGH, clear_at=-inf), "limit and clear_at are to be numbers"),
        (replace(HIGH, limit=301.0), "limit is 301, and heart rate can be 20 to 300 /min."),
        (replace(LOW, limit=19.0), "limit is 19, and"),
        (replace(HIGH, clear_at=19.0), "clear_at is 19, and"),
        (replace(SOON_LOW, limit=9.0), "limit is 9, and glucose can be 10 to 600 mg/dL."),
        (replace(RISING, limit=-30.0, clear_at=-40.0), "limit is -30, and glucose can be 0 to 590"),
        (replace(FALLING, limit=30.0, clear_at=40.0), "limit is 30, and glucose can be -590 to 0"),
        (replace(HIGH, hold_s=-1), "hold_s is -1: choose 0 to 86400 seconds."),
        (replace(HIGH, hold_s=86_401), "hold_s is 86401"),
        (replace(HIGH, clear_s=86_401), "clear_s is 86401"),
        (replace(HIGH, longest_gap_s=0), "longest_gap_s is 0: choose 1 to 604800 seconds."),
        (replace(RISING, within_s=59), "within_s is 59: choose 60 to"),
        (replace(SOON_LOW, ahead_s=3_601), "ahead_s is 3601: choose 60 to 3600 seconds."),
        (replace(QUIET, after_s=59), "after_s is 59"),
        (combined(all_of(FAST, replace(FAST, limit=400.0))), "no wearer comes to 400 of heart_rate"),
        (combined(all_of(replace(FAST, lasting_s=0))), "a sign of it counts for 0 seconds: choose 1 to"),
        (combined(UnderWay(condition="fall", within_s=0)), "a sign of it counts for 0 seconds"),
        (
            replace(RISING, within_s=301),
            "a course of 301 s has a point in 15 s, and longest_gap_s 15 parts them",
        ),
        (replace(HIGH, inhibited_by=("gloom",)), "inhibited by gloom, which is no condition"),
        (replace(HIGH, inhibited_by=("high",)), "neither would be told"),
    ],
)
def test_each_fault_is_said_with_what_to_do(row: Rule, says: str) -> None:
    fault = faults(RuleSet([row]))[0]
    assert fault.startswith(f"{row.key}: ")
    assert fault.endswith(".")
    assert says in fault


@pytest.mark.parametrize(
    "row",
    [
        replace(HIGH, limit=300.0),
        replace(LOW, limit=20.0),
        replace(HIGH, hold_s=86_400),
        replace(HIGH, longest_gap_s=1),
        replace(RISING, within_s=60),
        replace(RISING, within_s=300),
        replace(SOON_LOW, ahead_s=3_600),
        replace(HIGH, clear_at=119.0),
    ],
)
def test_the_outermost_that_can_be_asked_for_is_no_fault(row: Rule) -> None:
    assert faults(RuleSet([row])) == ()


def test_every_fault_of_a_row_is_said() -> None:
    assert len(faults(RuleSet([replace(HIGH, hold_s=-1, clear_s=-1, clear_at=130.0)]))) == 3


@pytest.mark.parametrize(("low", "is_sound"), [(118.0, True), (119.0, False), (120.0, False), (140.0, False)])
def test_a_low_limit_leaves_something_well_below_the_high_one(low: float, *, is_sound: bool) -> None:
    found = faults(RuleSet([HIGH, replace(LOW, limit=low, clear_at=low + 1)]))
    assert (found == ()) is is_sound
    assert is_sound or found[0].startswith(f"low: between its limit {low:g} and that of high, 120, ")


def test_limits_of_different_kinds_do_not_cross() -> None:
    low = replace(LOW, kind="systolic_pressure", limit=140.0, clear_at=150.0)
    assert faults(RuleSet([HIGH, low])) == ()


def test_conditions_that_hold_each_other_back_are_told_of_however_long_the_way() -> None:
    ring = [
        replace(HIGH, key="a", inhibited_by=("b",)),
        replace(HIGH, key="b", inhibited_by=("c",)),
        replace(HIGH, key="c", inhibited_by=("a",)),
    ]
    assert [one[:2] for one in faults(RuleSet(ring))] == ["a:", "b:", "c:"]


class TestACombination:
    def test_of_what_nothing_measures_is_refused_where_it_is_written(self) -> None:
        with pytest.raises(
            RuleError, match=r"nothing of the kind mood is measured: take one of vitals\.kinds"
        ):
            Sign(kind="mood", direction=Direction.ABOVE, limit=1.0, lasting_s=60)

    def test_of_a_condition_that_no_row_is_of_is_refused(self) -> None:
        with pytest.raises(RuleError, match="both is of gloom, which is no condition: name one of RULES"):
            RuleSet([combined(any_of(FAST, all_of(FAST, UnderWay(condition="gloom"))))])

    def test_of_a_combination_is_refused(self) -> None:
        first = combined(all_of(FAST))
        second = replace(combined(UnderWay(condition="both")), key="second")
        with pytest.raises(RuleError, match="second is of both, itself a combination"):
            RuleSet([first, second])

    def test_may_be_of_a_condition_that_is_not_watched_for_in_this_patient(self) -> None:
        key = next(iter(RULES))
        assert faults(RuleSet([combined(all_of(FAST, UnderWay(condition=key)))])) == ()

    @pytest.mark.parametrize(("least", "parts"), [(0, [FAST]), (2, [FAST]), (1, [])])
    def test_of_fewer_signs_than_asked_for_or_none_is_refused(
        self, least: int, parts: Sequence[Formula]
    ) -> None:
        with pytest.raises(RuleError, match="ask for 1 at least"):
            Together(least=least, parts=tuple(parts))


class TestRowsForSomeOnly:
    ROWS = RuleSet([HIGH, replace(LOW, concerns=lambda facts: facts.spo2_scale is Spo2Scale.TWO)])

    def test_are_left_out_for_others(self) -> None:
        assert set(self.ROWS.concerning(Facts()).rows) == {"high"}
        assert set(CarePlan(rules=self.ROWS).rules.rows) == {"high"}

    def test_are_kept_for_whom_they_are(self) -> None:
        assert self.ROWS.concerning(Facts(spo2_scale=Spo2Scale.TWO)) is self.ROWS

    def test_are_shared_by_all_who_are_alike(self) -> None:
        assert self.ROWS.concerning(Facts(age_years=30)) is self.ROWS.concerning(Facts(age_years=40))
