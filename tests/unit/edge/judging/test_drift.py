"""Drift is measured on each device, told upward and as a technical condition, in bounded memory."""

import numpy as np
import pytest
from numpy.typing import NDArray

from edge.alarms.local_alarm import AlarmKey
from edge.health import GatewayHealth
from edge.judging.drift import DriftBook, DriftWatch
from edge.ports import Inference
from vitals.reference import Measure, Reference

DEVICE = "c0-00-00-00-00-01"
RNG = np.random.default_rng(1)
PATIENTS = [RNG.normal(0.0, 1.0, 400) + RNG.normal(0.0, 0.3) for _ in range(40)]
SHARES = [1.0 / (1.0 + np.exp(-rows)) for rows in PATIENTS]
REFERENCE = Reference(
    model="rhythm",
    windows=16_000,
    patients=40,
    measures={
        "rhythm:1": Measure.of(np.concatenate(PATIENTS), PATIENTS),
        "probability:A": Measure.of(np.concatenate(SHARES), SHARES),
    },
)


class Bench:
    def __init__(self, reference: Reference | None = REFERENCE) -> None:
        self.health = GatewayHealth()
        self.book = DriftBook(health=self.health)
        self.watch = DriftWatch(
            device=DEVICE, model="rhythm", labels=("A", "N"), reference=reference, book=self.book
        )
        self.now_ms = 0

    def take(self, values: NDArray[np.float64]) -> None:
        for value in values:
            self.now_ms += 5_000
            share = float(1.0 / (1.0 + np.exp(-value)))
            row = np.array([[0.0, value]], dtype=np.float32)
            found = Inference(probabilities={"A": share, "N": 1.0 - share})
            self.watch.take({"rhythm": row}, found, now_ms=self.now_ms)

    @property
    def stands(self) -> bool:
        return AlarmKey.MODEL_DRIFT in self.health.alarms.standing


def test_a_wearer_like_those_it_learnt_from_has_not_drifted() -> None:
    bench = Bench()
    bench.take(np.random.default_rng(2).normal(0.1, 1.0, 3_000))
    assert not bench.stands
    assert 0 <= bench.book.counted()["drift.rhythm.percent_of_limit"] < 100


def test_one_unlike_them_is_told_of_and_taken_back_once_it_is_as_before() -> None:
    bench = Bench()
    bench.take(np.random.default_rng(2).normal(3.0, 0.3, 1_500))
    assert bench.stands
    assert bench.health.alarms.devices(AlarmKey.MODEL_DRIFT) == {DEVICE}
    assert bench.book.counted()["drift.rhythm.percent_of_limit"] > 150
    bench.take(np.random.default_rng(3).normal(0.0, 1.0, 20_000))
    assert not bench.stands


def test_nothing_is_said_of_few_windows() -> None:
    bench = Bench()
    bench.take(np.full(900, 9.0))
    assert bench.book.counted() == {}


def test_a_model_that_came_without_a_reference_is_measured_against_itself_alone() -> None:
    bench = Bench(reference=None)
    bench.take(np.concatenate([np.full(3_000, -2.0), np.full(3_000, 2.0)]))
    assert bench.book.counted() == {}
    assert bench.health.counters["drift.rhythm.changed"] >= 2  # of each label
    assert not bench.stands


def test_an_alarm_stands_as_long_as_any_model_of_the_device_has_drifted() -> None:
    bench = Bench()
    for model in ("rhythm", "beats"):
        bench.book.note(DEVICE, model, measure="rr:0", times=2.0, now_ms=1)
    bench.book.note(DEVICE, "rhythm", measure="rr:0", times=0.5, now_ms=2)
    assert bench.stands
    bench.book.note(DEVICE, "beats", measure="rr:0", times=0.5, now_ms=3)
    assert not bench.stands


@pytest.mark.parametrize("times", [1.0, 1.2, 1.99])
def test_between_the_two_limits_it_stays_as_it_is(times: float) -> None:
    bench = Bench()
    bench.book.note(DEVICE, "rhythm", measure="rr:0", times=times, now_ms=1)
    assert not bench.stands
    bench.book.note(DEVICE, "rhythm", measure="rr:0", times=2.0, now_ms=2)
    bench.book.note(DEVICE, "rhythm", measure="rr:0", times=times, now_ms=3)
    assert bench.stands
