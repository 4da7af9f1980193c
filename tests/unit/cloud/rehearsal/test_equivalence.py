"""A rehearsal raises what evaluation raises when it is given every record, one after the other."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud.alerts.judging.evaluate import evaluate
from cloud.alerts.judging.state import PatientState
from cloud.alerts.rules.catalogue import RULES
from cloud.alerts.rules.plan import CarePlan
from cloud.alerts.rules.rows import Direction, ThresholdRule
from cloud.alerts.rules.ruleset import RuleSet
from cloud.ports import Alert, PatientSlice
from cloud.rehearsal.engine import STRETCH_MS, rehearse
from cloud.rehearsal.history import Span
from tests.fakes.alert_material import PATCH, PATIENT, STRAP, T0
from tests.fakes.past import FakeHistory
from tests.fakes.rr import excerpts

LIMITS = tuple(row for row in RULES.values() if isinstance(row, ThresholdRule))
PLAN = CarePlan(rules=RuleSet(LIMITS))
TACHYCARDIA = next(row for row in LIMITS if row.key == "tachycardia")


class Raised(NamedTuple):
    """An alert as far as a rehearsal tells of it."""

    id: str
    condition: str
    began_ms: int
    raised_ms: int | None
    ended_ms: int | None


def evaluated(history: FakeHistory, plan: CarePlan, length: int) -> set[Raised]:
    """Give evaluation all that was measured, in slices of so many values."""
    state, alerts = PatientState(patient_id=PATIENT), dict[str, Alert]()
    runs = [run for kind in history.series for run in history.runs(kind, length)]
    for number, run in enumerate(sorted(runs, key=lambda run: run.t_ms[-1])):
        now_ms = run.t_ms[-1]
        fresh = PatientSlice(message_id=str(number), patient_id=PATIENT, received_ms=now_ms, records=(run,))
        state, changed = evaluate(state, fresh, now_ms, plan)
        alerts |= {alert.id: alert for alert in changed if alert.condition in plan.rules.rows}
    return {
        Raised(each.id, each.condition, each.began_ms, each.noticed_ms, each.resolved_ms)
        for each in alerts.values()
    }


def rehearsed(history: FakeHistory, plan: CarePlan) -> set[Raised]:
    times = [series.t_ms for series in history.series.values() if len(series.t_ms)]
    span = Span(from_ms=int(min(t[0] for t in times)), to_ms=int(max(t[-1] for t in times)) + 1)
    found = rehearse(history, plan, span, patient_id=PATIENT)
    assert found.until_ms == span.to_ms
    return {
        Raised(each.id, each.condition, each.began_ms, each.raised_ms, each.ended_ms) for each in found.alerts
    }


def wandering(
    seed: int, *, seconds: int, centre: float, reach: float
) -> tuple[list[int], list[float], list[float]]:
    """A quantity that wanders about a limit, with breaks, wild values and stretches of bad signal."""
    random = np.random.default_rng(seed)
    steps_s = np.where(random.random(seconds) < 0.01, random.integers(2, 90, seconds), 1)
    t_ms = T0 + np.cumsum(steps_s) * 1000 + random.integers(0, 300, seconds)
    slow = np.cumsum(random.normal(0, 0.35, seconds))
    value = centre + reach * np.sin(slow / 6) + random.normal(0, reach / 8, seconds)
    value = np.where(random.random(seconds) < 0.002, 9_999.0, value)
    quality = np.where(np.repeat(random.random(seconds // 40 + 1) < 0.1, 40)[:seconds], 0.2, 0.9)
    return t_ms.tolist(), np.round(value, 1).tolist(), quality.tolist()


@pytest.mark.parametrize("seed", range(6))
def test_wandering_about_the_limits_it_is_the_same(seed: int) -> None:
    history = FakeHistory()
    history.put(
        ("heart_rate", STRAP, *wandering(seed, seconds=4_000, centre=125.0, reach=20.0)),
        ("heart_rate", PATCH, *wandering(seed + 50, seconds=2_500, centre=44.0, reach=9.0)),
        ("oxygen_saturation", STRAP, *wandering(seed + 90, seconds=3_000, centre=85.0, reach=5.0)),
    )
    found = rehearsed(history, PLAN)
    assert found == evaluated(history, PLAN, 40)
    assert len(found) >= 2


@pytest.mark.parametrize("record", ["04043", "04746", "04908", "06995"])
def test_of_recorded_hearts_it_is_the_same_with_limits_they_cross(record: str) -> None:
    rr_ms = np.asarray(excerpts()[record].rr_ms)
    t_ms = (T0 + np.cumsum(rr_ms)).astype(np.int64)
    history = FakeHistory()
    history.put(("heart_rate", STRAP, t_ms.tolist(), (60_000 / rr_ms).tolist(), None))
    middle = float(np.median(60_000 / rr_ms))
    rules = [
        replace(TACHYCARDIA, key="tachycardia", limit=middle + 3, clear_at=middle, hold_s=5, clear_s=3),
        replace(
            TACHYCARDIA, key="oxygen-very-low", limit=middle + 9, clear_at=middle + 9, hold_s=0, clear_s=0
        ),
        replace(
            TACHYCARDIA,
            key="bradycardia",
            direction=Direction.BELOW,
            limit=middle - 2,
            clear_at=middle,
            hold_s=4,
            clear_s=2,
        ),
    ]
    plan = CarePlan(rules=RuleSet(rules))
    found = rehearsed(history, plan)
    assert found == evaluated(history, plan, 25)
    assert {each.condition for each in found} == {rule.key for rule in rules}


VALUES = st.sampled_from([38.0, 40.0, 41.0, 44.0, 45.0, 46.0, 80.0, 119.0, 120.0, 121.0, 130.0, 131.0, 140.0])
STEPS_S = st.sampled_from([1, 5, 14, 15, 16, 31, 61, STRETCH_MS // 2000])


@st.composite
def limits(draw: st.DrawFn) -> ThresholdRule:
    """A limit as somebody may set it: wide, narrow, at once, patient, or crossing itself."""
    return replace(
        TACHYCARDIA,
        key=draw(st.sampled_from(["tachycardia", "bradycardia", "oxygen-very-low"])),
        direction=draw(st.sampled_from(Direction)),
        limit=draw(VALUES),
        clear_at=draw(VALUES),
        hold_s=draw(st.sampled_from([0, 1, 15, 30, 60, 900])),
        clear_s=draw(st.sampled_from([0, 1, 30, 61])),
        longest_gap_s=draw(st.sampled_from([1, 15, 60, 30_000])),
        latched=draw(st.booleans()),
    )


@settings(max_examples=120, deadline=None)
@given(
    rules=st.lists(limits(), min_size=1, max_size=3, unique_by=lambda row: row.key),
    steps=st.lists(
        st.tuples(STEPS_S, VALUES, st.sampled_from([STRAP, STRAP, PATCH])), min_size=1, max_size=120
    ),
    offset_ms=st.sampled_from([0, 1, STRETCH_MS - 30_000, STRETCH_MS // 2]),
    length=st.sampled_from([1, 7, 50]),
)
def test_of_any_values_and_any_limits_it_is_the_same(
    rules: list[ThresholdRule], steps: list[tuple[int, float, str]], offset_ms: int, length: int
) -> None:
    history, plan = FakeHistory(), CarePlan(rules=RuleSet(rules))
    history.put(*_by_device(steps, T0 + offset_ms))
    found = {
        each._replace(ended_ms=None) if _is_latched(rules, each) else each
        for each in rehearsed(history, plan)
    }
    assert found == evaluated(history, plan, length)


def _is_latched(rules: Iterable[ThresholdRule], each: Raised) -> bool:
    return any(row.key == each.condition and row.latched for row in rules)


def _by_device(
    steps: Iterable[tuple[int, float, str]], t_ms: int
) -> list[tuple[str, str, list[int], list[float], None]]:
    seen: Mapping[str, tuple[list[int], list[float]]] = {STRAP: ([], []), PATCH: ([], [])}
    for step_s, value, device in steps:
        t_ms += step_s * 1000
        seen[device][0].append(t_ms)
        seen[device][1].append(value)
    return [("heart_rate", device, times, values, None) for device, (times, values) in seen.items() if times]
