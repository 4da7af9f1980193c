"""A strap that streams an ECG and notifies RR intervals of the same heart, through the whole pipeline."""

import numpy as np
import pytest

from edge.alarms.local_alarm import LocalAlarms
from edge.health import GatewayHealth
from edge.pipeline import Pipeline
from tests.fakes.judge import judge_of
from tests.fakes.rhythm_model import FakeRhythmModel
from tests.fakes.rr_model import FakeRrModel, unlike_its_neighbours
from tests.fakes.strap import FakeStrap, beats_mv, stamp_at
from vitals.features.rhythm import RHYTHM_FEATURES
from vitals.gatt import heart_rate, uuids
from vitals.gatt.heart_rate import HeartRateMeasurement
from vitals.records import HealthEvent, Phase

STRAP = "c0-00-00-00-00-01"
LENGTH_S = 200.0


SPREAD = RHYTHM_FEATURES.index("rr.coefficient_of_variation")


def irregular(inputs):
    return 0.97 if inputs["rhythm"][0, SPREAD] > 0.12 else 0.05


def events_of(rr_s, *, rhythm=None, has_ecg=True, noise_mv=0.0):
    health = GatewayHealth(alarms=LocalAlarms(hook=lambda _: None))
    judge = judge_of(health, rhythm, FakeRrModel(unlike_its_neighbours))
    pipeline = Pipeline(judge=judge, software="carewire test")
    beats_s = 0.4 + np.cumsum(rr_s)
    beats_s = beats_s[beats_s < LENGTH_S - 1]
    ecg_mv = beats_mv(beats_s, LENGTH_S, 130)
    ecg_mv += np.random.default_rng(5).normal(0.0, noise_mv, len(ecg_mv)) if noise_mv else 0.0
    strap = FakeStrap(ecg_mv=ecg_mv)
    told = [(received, uuids.SIGNAL_DATA, value) for value, received in strap.frames() if has_ecg]
    for second in range(1, int(LENGTH_S)):
        place = np.flatnonzero((beats_s[1:] > second - 1) & (beats_s[1:] <= second))
        measurement = HeartRateMeasurement(
            heart_rate_bpm=80, rr_intervals_ms=tuple(1000 * np.diff(beats_s)[place])
        )
        told.append((stamp_at(second), uuids.HEART_RATE_MEASUREMENT, heart_rate.encode(measurement)))
    records = [
        record
        for received, uuid, value in sorted(told, key=lambda one: one[0].monotonic_s)
        for record in pipeline.on_notification(STRAP, uuid, value, received)
    ]
    return [one for one in records if isinstance(one, HealthEvent) and one.condition == "atrial-fibrillation"]


FIBRILLATING_S = np.random.default_rng(7).uniform(0.45, 1.1, 400)


def test_both_see_it_and_the_ecg_tells_it_once():
    (event,) = events_of(FIBRILLATING_S, rhythm=FakeRhythmModel(irregular))
    assert event.evidence.model == "rhythm"


@pytest.mark.parametrize(
    "how",
    [{"has_ecg": False}, {"rhythm": None}, {"noise_mv": 3.0}],
    ids=["no-ecg", "no-rhythm-model", "an-ecg-of-noise"],
)
def test_where_no_ecg_can_be_judged_the_intervals_tell_it_once(how):
    (event,) = events_of(FIBRILLATING_S, **({"rhythm": FakeRhythmModel(irregular)} | how))
    assert (event.phase, event.evidence.model) == (Phase.ONSET, "rr-af")


def test_an_ecg_that_sees_none_keeps_the_intervals_quiet():
    assert events_of(FIBRILLATING_S, rhythm=FakeRhythmModel(lambda _: 0.05)) == []
