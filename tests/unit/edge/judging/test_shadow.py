"""A model in the shadow changes nothing; one that takes another's place judges from the next window on."""

import numpy as np
import pytest

from edge.health import GatewayHealth
from edge.judging.judging import Judging
from edge.judging.shadow import ShadowedModel
from edge.judging.stages import Window
from tests.fakes.judge import judge_of
from tests.fakes.rhythm_model import FakeRhythmModel, manifest
from vitals.errors import ModelRejectedError
from vitals.records import Phase

INPUTS = {tensor.name: np.zeros(tensor.shape, dtype=np.float32) for tensor in manifest().inputs}


def model(share: float | None, version: int = 3, **changes: object) -> FakeRhythmModel:
    made = FakeRhythmModel(lambda _: share)
    made.manifest = manifest(version=version, **changes)
    return made


def test_only_the_incumbent_is_heard_and_what_differs_is_counted() -> None:
    shadowed = ShadowedModel(model(0.2), model(0.9, 4))
    assert shadowed.manifest.version == 3
    assert shadowed.infer(INPUTS).probabilities["A"] == 0.2
    assert (shadowed.windows, shadowed.disagreed, shadowed.fault) == (1, 1, None)


def test_a_candidate_that_fails_is_asked_no_more_and_costs_nobody_anything() -> None:
    candidate = model(None, 4)
    shadowed = ShadowedModel(model(0.2), candidate)
    for _ in range(3):
        assert shadowed.infer(INPUTS).probabilities["A"] == 0.2
    assert candidate.calls == 1
    assert shadowed.fault is not None


def test_an_incumbent_that_fails_fails_and_the_candidate_is_not_asked() -> None:
    candidate = model(0.9, 4)
    with pytest.raises(ModelRejectedError):
        ShadowedModel(model(None), candidate).infer(INPUTS)
    assert candidate.calls == 0


def test_another_version_judges_from_the_next_window_by_its_own_thresholds_and_no_window_is_lost() -> None:
    judge = judge_of(GatewayHealth(), model(0.7, thresholds={"A": 0.9}))
    judging = Judging(device="c0-01", model="rhythm", judge=judge)

    def step(number: int) -> list[Phase]:
        window = Window(model="rhythm", quality=1.0, inputs=lambda: INPUTS, now_ms=number * 10_000)
        turns = judging.step(window, from_ms=number * 10_000, to_ms=number * 10_000 + 30_000)
        return [turn.phase for turn in turns]

    assert [step(number) for number in range(20)] == [[]] * 20
    judge.models.put("rhythm", model(0.7, 4, thresholds={"A": 0.6}))
    began = [phase for number in range(20, 40) for phase in step(number)]
    assert began == [Phase.ONSET]
    judge.models.put("rhythm", model(0.7, 5, thresholds={"A": 0.6}))
    assert [step(number) for number in range(40, 60)] == [[]] * 20, "an episode that stands goes on"
    assert judge.health.counters["rhythm.judged"] == 60
