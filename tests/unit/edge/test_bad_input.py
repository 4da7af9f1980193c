"""Whatever is wrong with a signal or a model: no verdict without a reason, and the rules go on."""

from collections.abc import Callable, Mapping

import numpy as np
import pytest
from numpy.typing import NDArray

from edge.health import GatewayHealth
from edge.pipeline import Pipeline
from edge.ports import Inference, Model
from tests.fakes.judge import judge_of
from tests.fakes.rhythm_model import FakeRhythmModel, manifest
from tests.fakes.strap import FakeStrap, beats_mv, stamp_at, steady_mv
from vitals.gatt import uuids
from vitals.records import AnyRecord, HealthEvent, ObservationRun, Waveform
from vitals.wire.envelope import encode_record

STRAP = "c0-00-00-00-00-01"
RATE_HZ = 130
FAULT_S, HEART_S, STILL_S = 42, 16, 9
Samples = NDArray[np.float64]


def certain(_: Mapping[str, NDArray[np.float32]]) -> float:
    """A model that sees atrial fibrillation in everything it is shown."""
    return 0.99


def stopping_mv() -> Samples:
    """A steady heart that stands still for nine seconds: what every rule must still tell."""
    first = np.arange(0.4, HEART_S, 0.8)
    second = np.arange(first[-1] + STILL_S, first[-1] + STILL_S + 12.0, 0.8)
    return beats_mv(np.concatenate([first, second]), float(second[-1]) + 1.0, RATE_HZ)


class Bench:
    def __init__(self, model: Model | None) -> None:
        self.health = GatewayHealth()
        self.pipeline = Pipeline(judge=judge_of(self.health, model), software="carewire test")
        self.records: list[AnyRecord] = []

    def play(self, ecg_mv: Samples, *, start_s: float = 0.0, rate_hz: int = RATE_HZ, first: int = 0) -> None:
        strap = FakeStrap(
            ecg_mv=ecg_mv,
            rate_hz=rate_hz,
            first_sequence=first,
            device_start_us=round(5e6 + 1e6 * start_s),
        )
        for value, received in strap.frames():
            later = stamp_at(received.monotonic_s - 50.0 + start_s)
            for record in self.pipeline.on_notification(STRAP, uuids.SIGNAL_DATA, value, later):
                encode_record(record)
                self.records.append(record)
        self.records += self.pipeline.close()

    def conditions(self) -> list[str]:
        return [event.condition for event in self.records if isinstance(event, HealthEvent)]

    def samples(self) -> int:
        return sum(len(strip.samples) // 2 for strip in self.records if isinstance(strip, Waveform))

    def qualities(self) -> list[float]:
        runs = [run for run in self.records if isinstance(run, ObservationRun) and run.kind == "ecg_quality"]
        return [run.value[0] for run in runs]


def still(_: Samples) -> Samples:
    return np.zeros(FAULT_S * RATE_HZ)


def saturated(_: Samples) -> Samples:
    return np.full(FAULT_S * RATE_HZ, 8.0)


def clipped(heart: Samples) -> Samples:
    return np.clip(8.0 * heart, -0.4, 0.4)


def lead_off(heart: Samples) -> Samples:
    swing = 5.0 * np.sin(2 * np.pi * 0.7 * np.arange(len(heart)) / RATE_HZ)
    return 0.02 * heart + swing + np.random.default_rng(1).normal(0.0, 0.3, len(heart))


def mains(heart: Samples) -> Samples:
    return 0.1 * heart + np.random.default_rng(1).normal(0.0, 0.6, len(heart))


def in_volts(heart: Samples) -> Samples:
    return heart / 1000


def in_microvolts(heart: Samples) -> Samples:
    return 1000 * heart


SIGNAL_FAULTS = (still, saturated, clipped, lead_off, mains, in_volts, in_microvolts)


@pytest.mark.parametrize("spoil", SIGNAL_FAULTS, ids=lambda spoil: spoil.__name__)
def test_a_spoilt_signal_is_kept_whole_judged_by_nothing_and_says_why(
    spoil: Callable[[Samples], Samples],
) -> None:
    bench = Bench(FakeRhythmModel(certain))
    spoilt = spoil(steady_mv(FAULT_S))
    bench.play(spoilt)
    assert bench.samples() == len(spoilt)
    assert bench.conditions() == []
    assert max(bench.qualities()) < 0.5
    assert bench.health.counters["rhythm.poor-signal"] == 3
    assert bench.health.counters["rhythm.judged"] == 0


@pytest.mark.parametrize("spoil", [still, saturated, clipped, lead_off], ids=lambda spoil: spoil.__name__)
def test_once_the_signal_is_good_again_a_heart_that_stops_is_told(
    spoil: Callable[[Samples], Samples],
) -> None:
    bench = Bench(None)
    heart = stopping_mv()
    bench.play(np.concatenate([spoil(steady_mv(FAULT_S))[: 12 * RATE_HZ], heart]))
    assert bench.conditions() == ["asystole", "asystole"]


@pytest.mark.parametrize("rate_hz", [50, 100, 500])
def test_a_rate_no_heart_can_be_judged_at_is_stored_and_nothing_said_of_it(rate_hz: int) -> None:
    bench = Bench(FakeRhythmModel(certain))
    heart = steady_mv(FAULT_S, rate_hz=rate_hz)
    bench.play(heart, rate_hz=rate_hz)
    assert bench.samples() >= len(heart) - rate_hz
    assert (bench.conditions(), bench.qualities()) == ([], [])


def test_a_clock_with_gaps_never_makes_a_window_of_what_lies_apart() -> None:
    model = FakeRhythmModel(certain)
    bench = Bench(model)
    for number in range(3):  # 25 s of heart, 5 s of nothing: no 30 s unbroken, though 75 s in all
        bench.play(steady_mv(25.0), start_s=30.0 * number, first=60 * number)
    assert model.calls == 0
    assert bench.conditions() == []


# --- Models ------------------------------------------------------------------------------------


class Far:
    """Certain of everything, and far from all it was trained on."""

    manifest = manifest(distance_limit=3.0)

    def infer(self, _: object) -> Inference:
        return Inference(probabilities={"N": 0.0, "A": 1.0, "O": 0.0, "~": 0.0}, distance=3.1)


class Noisy:
    """Calls everything noise."""

    manifest = manifest()

    def infer(self, _: object) -> Inference:
        return Inference(probabilities={"N": 0.0, "A": 0.4, "O": 0.0, "~": 0.6})


def broken(_: Mapping[str, NDArray[np.float32]]) -> float:
    raise KeyError("a mistake in a library")


@pytest.mark.parametrize(
    ("model", "counted"),
    [
        (None, "rhythm.no-model"),
        (FakeRhythmModel(lambda _: None), "rhythm.model-failed"),
        (Far(), "rhythm.unlike-training"),
        (Noisy(), "rhythm.called-noise"),
        (FakeRhythmModel(broken), "ecg.watch_failed"),
    ],
    ids=["missing-or-refused", "answers-nan", "never-saw-the-like", "calls-it-noise", "breaks"],
)
def test_without_a_models_word_the_reason_is_counted_and_the_rules_still_tell(
    model: Model | None, counted: str
) -> None:
    bench = Bench(model)
    bench.play(np.concatenate([steady_mv(40.0), stopping_mv()]))
    assert bench.health.counters[counted] > 3
    assert bench.conditions() == ["asystole", "asystole"]
