"""What is remembered of a patient stays small, whatever is measured of them and however often."""

from collections.abc import Iterator, Mapping
from math import sin

import pytest

from cloud.alerts.judging.evaluate import evaluate
from cloud.alerts.judging.state import encode_state
from cloud.alerts.rules.ruleset import STANDARD
from tests.fakes.alert_material import at, fresh_state, slice_of, values
from vitals.records import ObservationRun

MOST_BYTES = 20_000
WELL = {
    "heart_rate": 75.0,
    "pulse_rate": 75.0,
    "oxygen_saturation": 97.0,
    "respiratory_rate": 15.0,
    "body_temperature": 36.9,
    "ecg_quality": 0.9,
    "glucose": 110.0,
    "systolic_pressure": 130.0,
    "diastolic_pressure": 80.0,
    "blood_glucose": 110.0,
    "body_weight": 80.0,
}
FIVE = ("heart_rate", "oxygen_saturation", "respiratory_rate", "body_temperature", "systolic_pressure")
ILL = {"heart_rate": 140.0, "oxygen_saturation": 88.0, "respiratory_rate": 29.0}
HOUR_MIN = 60


def test_these_are_all_the_kinds_that_any_row_reads() -> None:
    assert set(WELL) == STANDARD.kinds


@pytest.mark.parametrize(
    ("usual", "later"),
    [(WELL, WELL), ({kind: WELL[kind] for kind in FIVE}, {kind: WELL[kind] for kind in FIVE} | ILL)],
    ids=["every kind at 1 Hz", "five kinds at 1 Hz, then three of them far off"],
)
def test_an_hour_leaves_less_than_20_kb(usual: Mapping[str, float], later: Mapping[str, float]) -> None:
    state, conditions = fresh_state(), set[str]()
    for minute in range(HOUR_MIN):
        signs = usual if minute < HOUR_MIN - 20 else later
        received_s = 60 * (minute + 1)
        fresh = slice_of(*minute_of(signs, minute), received_s=received_s)
        state, changed = evaluate(state, fresh, at(received_s))
        conditions |= {alert.condition for alert in changed}
        assert len(encode_state(state)) < MOST_BYTES
    assert bool(conditions) is (usual != later)
    assert len(state.lately) == len(usual)


def minute_of(signs: Mapping[str, float], minute: int) -> Iterator[ObservationRun]:
    """A minute of values that are never twice the same, each kind from a device of its own."""
    for number, (kind, level) in enumerate(signs.items()):
        points = [(60 * minute + second, level * (1 + 0.01 * sin(second + minute))) for second in range(60)]
        yield values(kind, *points, device=f"c0-00-00-00-00-{number:02d}")
