"""Runs of ventricular beats as events, and their share as a value: with a beat model, a bad one, and none."""

from collections import Counter
from collections.abc import Callable, Iterable

import numpy as np
import pytest

from edge.health import GatewayHealth
from edge.judging.judge import Judge
from edge.judging.models import Companions, ModelSet
from edge.ports import Inference
from edge.rhythm.analysis import EcgAnalysis
from edge.rhythm.beats import BURDEN, TACHYCARDIA, BeatWatch
from edge.rhythm.ventricular import JudgedBeat, Run, RunFollower
from tests.fakes.beat_model import FakeBeatModel
from tests.fakes.ecg_watch import DEVICE, events_in
from tests.fakes.strap import steady_mv
from vitals.features.beats import BeatWindow
from vitals.prototypes import LabelledWindow, PrototypeSet
from vitals.records import HealthEvent, ObservationRun, Phase

RATE_HZ = 130
BEAT = BeatWindow(at=0, fault=None, inputs={}, features=None, beat_mv=(), median_mv=())


def beats(labels: str, *, rr_s: float = 0.5) -> Iterable[JudgedBeat]:
    """One beat a letter; `-` could not be judged, and of `v` the model is hardly sure."""
    unsure = Inference(probabilities={"N": 0.35, "S": 0.2, "V": 0.45})
    for number, label in enumerate(labels):
        sure = Inference(probabilities={"N": 0.0, "V": 0.0} | {label: 1.0})
        found = {"-": None, "v": unsure}.get(label, sure)
        yield JudgedBeat(at_s=number * rr_s, at_ms=round(1000 * number * rr_s), window=BEAT, found=found)


def runs(labels: str, *, rr_s: float = 0.5) -> list[tuple[int, str]]:
    follower, told = RunFollower(), []
    for number, beat in enumerate(beats(labels, rr_s=rr_s)):
        if follower.step(beat) is not None:
            told.append((number, "begins"))
        if follower.ended():
            told.append((number, "ends"))
    return told


@pytest.mark.parametrize(
    ("labels", "told"),
    [
        ("NNNVVVVN", []),
        ("NNNVVVVVN", [(7, "begins")]),
        ("VVVVVVVVVVNNVVVVNNN", [(4, "begins"), (18, "ends")]),
        ("VVNVVNVVNVV", []),
        ("VV-VV-V", [(6, "begins")]),
        ("-------", []),
        ("vvvvvvv", []),
        ("VVvVVV", [(5, "begins")]),
        ("VVVVVvvvvvv", [(4, "begins")]),
        ("VVVVV----", [(4, "begins")]),
        ("VVVVVNNNVVVVV", [(4, "begins"), (7, "ends"), (12, "begins")]),
    ],
)
def test_five_in_a_row_begin_a_run_and_three_others_in_a_row_end_it(
    labels: str, told: list[tuple[int, str]]
) -> None:
    assert runs(labels) == told


@pytest.mark.parametrize(("rr_s", "is_told"), [(0.59, True), (0.601, False), (0.9, False), (2.5, False)])
def test_a_run_is_told_only_over_a_hundred_a_minute(rr_s: float, *, is_told: bool) -> None:
    assert bool(runs("NVVVVVVVN", rr_s=rr_s)) is is_told


def test_beats_before_a_gap_and_after_it_are_no_run() -> None:
    follower = RunFollower()
    first, second = list(beats("VVV")), list(beats("VVV"))
    assert [follower.step(beat) for beat in first] == [None] * 3
    follower.restart()
    assert [follower.step(beat) for beat in second] == [None] * 3


def test_the_rate_of_a_run_is_that_between_its_first_and_last_beat() -> None:
    assert Run(beats=tuple(beats("VVVVV"))).rate_per_min == pytest.approx(120.0)


# --- Through the signal ------------------------------------------------------------------------


def judge(answer: Callable[[int], str | None] | None, *, companions: Companions | None = None) -> Judge:
    health = GatewayHealth()
    models = {"beats": FakeBeatModel(answer)} if answer else {}
    known = {"beats": companions} if companions else {}
    return Judge(
        models=ModelSet(models=models, health=health, companions=known),
        health=health,
        new_id=lambda: "episode-1",
    )


def told(by: Judge, *, seconds: float = 40.0) -> list[HealthEvent]:
    watch = BeatWatch(device=DEVICE, judge=by)
    return events_in(steady_mv(seconds, rr_s=0.5), RATE_HZ, [watch])


def test_a_run_is_told_with_its_beat_over_the_wearers_own_and_ends() -> None:
    onset, end = told(judge(lambda number: "V" if 20 <= number < 32 else "N"))
    assert (onset.condition, onset.phase, end.phase) == (TACHYCARDIA, Phase.ONSET, Phase.END)
    assert 8.0 < onset.t_ms / 1000 < 13.0
    assert onset.noticed_ms / 1000 - onset.t_ms / 1000 < 6.0
    evidence = onset.evidence
    assert evidence is not None
    assert (evidence.model, evidence.probability) == ("beats", pytest.approx(0.94))
    values = {feature.name: feature for feature in evidence.features}
    assert values["run_beats"].value == 5.0
    assert values["run_rate"].value == pytest.approx(120.0, abs=1.0)
    assert values["qrs_width"].unit == "ms"
    assert len(evidence.beat_uv) == len(evidence.median_beat_uv) == 90
    assert evidence.stages[-1] == "run"


def test_the_labelled_beats_nearest_to_it_explain_it() -> None:
    windows = [
        LabelledWindow(label="N", embedding=[0.0] * 4, beat_uv=[0, 900]),
        LabelledWindow(label="V", embedding=[5.0] * 4, beat_uv=[0, -900]),
    ]
    prototypes = PrototypeSet(model="beats", rate_hz=100.0, windows=windows)
    by = judge(lambda number: "V" if number > 20 else "N", companions=Companions(prototypes=prototypes))
    (onset,) = told(by)
    assert onset.evidence is not None
    assert [(found.label, found.distance) for found in onset.evidence.prototypes] == [("V", 0.0), ("N", 10.0)]


def test_without_a_beat_model_nothing_is_told_and_nothing_counted() -> None:
    by = judge(None)
    assert told(by) == []
    assert not by.health.counters


def test_a_beat_model_that_fails_is_told_of_and_raises_no_run() -> None:
    by = judge(lambda _: None)
    assert told(by) == []
    assert by.health.counters["beats.model-failed"] > 50
    assert "alarm.model-unusable" in by.health.counted()


def test_the_share_of_ventricular_beats_is_told_every_five_minutes() -> None:
    by = judge(lambda number: "V" if number % 4 == 0 else "N")
    analysis = EcgAnalysis(
        device=DEVICE, rate_hz=RATE_HZ, watches=[BeatWatch(device=DEVICE, judge=by)], counters=Counter()
    )
    records = analysis.push(
        np.tile(steady_mv(10.0, rr_s=0.5), 31), wall_ms=lambda place: place * 8, noticed_ms=1
    )
    (run,) = [each for each in records if isinstance(each, ObservationRun) and each.kind == BURDEN]
    assert run.value[0] == pytest.approx(25.0, abs=1.0)
    assert run.quality is not None
    assert run.quality[0] > 0.9
