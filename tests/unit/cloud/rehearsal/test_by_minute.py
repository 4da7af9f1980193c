"""Rows about more than one value, rehearsed on the means of minutes."""

from dataclasses import replace

import numpy as np
import pytest

from cloud.alerts.rules.catalogue import RULES
from cloud.alerts.rules.combination import CombinationRule, Sign, all_of
from cloud.alerts.rules.habits import Habits
from cloud.alerts.rules.plan import CarePlan
from cloud.alerts.rules.rows import Direction, RateRule, Rule
from cloud.alerts.rules.ruleset import RuleSet
from cloud.alerts.rules.scoring import BaselineRule, NightRule, ScoreRule
from cloud.rehearsal.engine import STRETCH_MS, rehearse
from cloud.rehearsal.history import Span
from cloud.rehearsal.outcome import Outcome, WhyLeftOut
from tests.fakes.alert_material import PATIENT, STRAP, T0
from tests.fakes.past import FakeHistory
from vitals.features.baseline import Usual

HOURS = Span(from_ms=T0 - T0 % STRETCH_MS, to_ms=T0 - T0 % STRETCH_MS + 4 * STRETCH_MS)
USUAL = Usual(median=64.0, spread=3.0, days=20)


def history(**values: tuple[float, float, float]) -> FakeHistory:
    """Each kind once in ten seconds over six hours: before the second hour, in it, and after it."""
    found = FakeHistory()
    parts = []
    for kind, (before, within, after) in values.items():
        at_s = np.arange(0, 6 * 3600, 10)
        value = np.where(at_s < 3600, before, np.where(at_s < 7200, within, after))
        parts.append((kind, STRAP, (HOURS.from_ms + at_s * 1000).tolist(), value.tolist(), None))
    found.put(*parts)
    return found


def over(past: FakeHistory, *rows: Rule, habits: Habits | None = None) -> Outcome:
    plan = CarePlan(rules=RuleSet(rows), habits=habits or Habits())
    return rehearse(past, plan, HOURS, patient_id=PATIENT)


def minute(t_ms: int | None) -> float | None:
    return None if t_ms is None else (t_ms - HOURS.from_ms) / 60_000


def test_a_score_that_was_certain_for_long_enough_is_raised_and_ends() -> None:
    row = RULES["news2-high"]
    assert isinstance(row, ScoreRule)
    ill = history(heart_rate=(70, 135, 70), respiratory_rate=(15, 27, 15), oxygen_saturation=(97, 90, 97))
    (alert,) = over(ill, row).alerts
    assert alert.condition == "news2-high"
    assert minute(alert.raised_ms) == pytest.approx(60, abs=12)
    assert minute(alert.ended_ms) == pytest.approx(120, abs=17)
    assert not over(history(heart_rate=(70, 80, 70)), row).alerts


def test_what_is_unusual_for_one_person_is_held_against_what_is_usual_for_them_now() -> None:
    row = RULES["heart-rate-unusual"]
    assert isinstance(row, BaselineRule)
    quick = replace(row, hold_s=1_800)
    fast = history(heart_rate=(65, 88, 65))
    known = Habits(by_hour={"heart_rate": [USUAL] * 24})
    assert [alert.condition for alert in over(fast, quick, habits=known).alerts] == ["heart-rate-unusual"]
    without = over(fast, quick)
    assert not without.alerts
    assert (WhyLeftOut.KNOWN_THEN, quick.key) in [(left.why, left.what) for left in without.left_out]


def test_such_rows_are_said_to_be_rehearsed_by_the_minute_and_nights_not_at_all() -> None:
    night = next(row for row in RULES.values() if isinstance(row, NightRule))
    found = over(history(heart_rate=(70, 70, 70)), RULES["news2-high"], night, RULES["tachycardia"])
    why = {left.what: left.why for left in found.left_out}
    assert why["news2-high"] is WhyLeftOut.BY_THE_MINUTE
    assert why[night.key] is WhyLeftOut.KNOWN_THEN
    assert "tachycardia" not in why


def test_no_row_that_ships_is_passed_over_in_silence() -> None:
    rows = CarePlan(rules=RuleSet(RULES.values())).rules.rows.values()
    found = over(FakeHistory(), *rows)
    named = {left.what for left in found.left_out}
    for row in rows:
        is_exact = type(row).__name__ in {"ThresholdRule", "EventRule", "DeviceRule", "GapRule"}
        assert is_exact or row.key in named


def test_a_change_too_fast_is_raised_where_it_was() -> None:
    row = next(row for row in RULES.values() if isinstance(row, RateRule) and row.kind == "glucose")
    at_s = np.arange(0, 6 * 3600, 60)
    drop = np.clip((at_s - 7200) / 60 * (row.limit / row.within_s * 60 * 1.5), -120, 0)
    falling = FakeHistory()
    t_ms = (HOURS.from_ms + at_s * 1000).tolist()
    falling.put(("glucose", STRAP, t_ms, (190 + drop).tolist(), None))
    (alert,) = over(falling, row).alerts
    assert alert.condition == row.key
    assert 120 <= (minute(alert.raised_ms) or 0) <= 150


def test_a_combination_is_raised_by_values_of_several_kinds() -> None:
    hot_and_fast = CombinationRule(
        key="tachycardia",
        display="Hot and fast",
        family=RULES["tachycardia"].family,
        priority=RULES["tachycardia"].priority,
        source="a test",
        formula=all_of(
            Sign(kind="heart_rate", direction=Direction.ABOVE, limit=110, lasting_s=300),
            Sign(kind="body_temperature", direction=Direction.ABOVE, limit=38.5, lasting_s=300),
        ),
        hold_s=600,
        clear_s=60,
    )
    both = history(heart_rate=(70, 120, 70), body_temperature=(36.8, 39.0, 36.8))
    (alert,) = over(both, hot_and_fast).alerts
    assert minute(alert.began_ms) == pytest.approx(60, abs=6)
    assert not over(
        history(heart_rate=(70, 120, 70), body_temperature=(36.8, 37.0, 36.8)), hot_and_fast
    ).alerts
