from datetime import date, timedelta
from itertools import pairwise

import pytest

from vitals.features.baseline import Usual
from vitals.scores.early_warning import (
    RULES,
    UNUSUAL,
    Deviation,
    Level,
    ModelVerdict,
    Reason,
    Sign,
    early_warning,
)
from vitals.scores.news2 import NEWS2_ROWS, news2
from vitals.scores.night_signal import night_signal
from vitals.scores.tables import Measured

NORMAL = {
    "respiratory_rate": 16.0,
    "oxygen_saturation": 97.0,
    "supplemental_oxygen": 0.0,
    "systolic_pressure": 125.0,
    "heart_rate": 70.0,
    "consciousness": 0.0,
    "body_temperature": 37.0,
}
USUAL = Usual(median=60.0, spread=2.0, days=20)


def chart(*without, **changes):
    values = {key: value for key, value in (NORMAL | changes).items() if key not in without}
    measured = {key: Measured(value=value, age_ms=60_000) for key, value in values.items()}
    return news2(measured, age_years=70)


def model(probability):
    parts = {"heart_rate": 0.8, "body_temperature": -0.2, "age": 0.1, "shock_index": 0.5, "coma_score": 0.3}
    return ModelVerdict(probability=probability, threshold=0.3, parts=parts)


def pulse(spreads):
    return Deviation(
        key="heart_rate",
        display="Heart rate",
        ucum="/min",
        value=USUAL.median + spreads * USUAL.spread,
        age_ms=5_000,
        usual=USUAL,
    )


def nights(*means):
    first = date(2026, 3, 1)
    return night_signal({first + timedelta(days=n): mean for n, mean in enumerate(means)})[-1]


RED, YELLOW = nights(*[60] * 7, 66, 66), nights(*[60] * 7, 63, 63)


def fused(news2=None, model=None, deviations=(), night=None):
    return early_warning(news2=news2 or chart(), model=model, deviations=deviations, night=night)


def test_all_as_usual_is_routine_and_hides_nothing():
    found = fused(model=model(0.05), deviations=[pulse(0.5)], night=nights(*[60] * 9))
    assert (found.level, found.at_worst, found.reasons) == (Level.ROUTINE, Level.ROUTINE, ())


@pytest.mark.parametrize(
    ("signs", "level", "reasons"),
    [
        ({"news2": chart(heart_rate=135, respiratory_rate=26, body_temperature=39.5)}, "emergency",
         {"news2-high", "news2-single-three"}),
        ({"news2": chart(heart_rate=120, respiratory_rate=22, body_temperature=38.5)}, "urgent-review",
         {"news2-medium"}),
        ({"news2": chart(heart_rate=135)}, "urgent-review", {"news2-single-three"}),
        ({"news2": chart(heart_rate=120, respiratory_rate=22)}, "routine", set()),
        ({"model": model(0.3)}, "watch", {"model-over-threshold"}),
        ({"model": model(0.29)}, "routine", set()),
        ({"model": model(0.99)}, "watch", {"model-over-threshold"}),
        ({"deviations": [pulse(UNUSUAL)]}, "watch", {"unusual-for-them"}),
        ({"deviations": [pulse(-UNUSUAL)]}, "watch", {"unusual-for-them"}),
        ({"deviations": [pulse(3.4)]}, "routine", set()),
        ({"night": RED}, "watch", {"nights-red"}),
        ({"night": YELLOW}, "routine", set()),
        ({"night": YELLOW, "deviations": [pulse(4)]}, "urgent-review",
         {"signs-together", "unusual-for-them"}),
        ({"night": RED, "model": model(0.5)}, "urgent-review",
         {"signs-together", "nights-red", "model-over-threshold"}),
    ],
)  # fmt: skip
def test_each_sign_raises_as_far_as_its_rule_says(signs, level, reasons):
    found = fused(**signs)
    assert (found.level, set(found.reasons)) == (level, reasons)


def test_every_reason_has_one_rule_and_they_stand_from_the_highest_level_down():
    assert sorted(rule.reason for rule in RULES) == sorted(Reason)
    levels = [list(Level).index(rule.level) for rule in RULES]
    assert all(above >= below for above, below in pairwise(levels))


def test_only_the_chart_calls_for_an_emergency():
    found = fused(model=model(1.0), deviations=[pulse(50)], night=RED)
    assert found.level is Level.URGENT


def test_nights_before_the_baseline_is_settled_count_for_nothing():
    early = nights(60, 60, 60, 66, 66)
    assert early.alert == "red"
    found = fused(night=early)
    assert (found.level, found.contributors) == (Level.ROUTINE, ())


def test_what_is_missing_lowers_nothing_and_may_hide_an_emergency():
    found = fused(news2=chart("consciousness", "respiratory_rate", "supplemental_oxygen"))
    assert (found.level, found.at_worst) == (Level.ROUTINE, Level.EMERGENCY)
    assert fused(news2=chart("supplemental_oxygen")).at_worst is Level.ROUTINE
    assert fused(news2=chart("consciousness")).at_worst is Level.URGENT


def test_without_any_chart_an_emergency_may_be_hidden():
    found = early_warning(news2=None, model=None, deviations=(), night=None)
    assert (found.level, found.at_worst) == (Level.ROUTINE, Level.EMERGENCY)


def test_contributors_are_named_with_values_units_and_ages():
    found = fused(
        news2=chart(heart_rate=135, body_temperature=38.5), model=model(0.4), deviations=[pulse(4)], night=RED
    )
    by_sign = {sign: [each for each in found.contributors if each.sign is sign] for sign in Sign}
    assert [(each.key, each.value, each.ucum, each.weight) for each in by_sign[Sign.NEWS2]] == [
        ("heart_rate", 135.0, "/min", 3.0),
        ("body_temperature", 38.5, "Cel", 1.0),
    ]
    assert [(each.key, each.weight) for each in by_sign[Sign.MODEL]] == [
        ("heart_rate", 0.8),
        ("shock_index", 0.5),
        ("coma_score", 0.3),
    ]
    (unusual,) = by_sign[Sign.BASELINE]
    assert (unusual.value, unusual.usual_low, unusual.usual_high, unusual.weight) == (68.0, 56.0, 64.0, 4.0)
    (night,) = by_sign[Sign.NIGHT]
    assert (night.value, night.usual_high, night.weight) == (66.0, 60.0, 6.0)


def test_a_stale_value_is_no_contributor():
    stale = {row.key: Measured(value=200.0, age_ms=13 * 3_600_000) for row in NEWS2_ROWS}
    assert fused(news2=news2(stale, age_years=70)).contributors == ()
