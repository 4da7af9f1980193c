"""What stands between a window and a judgement: each stage made to hold one back, its reason counted."""

from collections.abc import Mapping

import numpy as np
import pytest
from numpy.typing import NDArray

from edge.health import GatewayHealth
from edge.judging.abstention import Abstention
from edge.judging.models import ModelSet
from edge.judging.stages import STAGES, Window, judged
from edge.ports import Inference
from tests.fakes.rhythm_model import FakeRhythmModel, manifest

NOTHING: dict[str, NDArray[np.float32]] = {}
SURE = {"N": 0.9, "A": 0.1, "O": 0.0, "~": 0.0}


class Model:
    """Says what it is told to, and how far the window lies from its training."""

    def __init__(
        self, probabilities: Mapping[str, float], *, distance: float | None = None, limit: float | None = 2.0
    ) -> None:
        self.manifest = manifest(distance_limit=limit)
        self.calls = 0
        self._inference = Inference(probabilities=probabilities, distance=distance)

    def infer(self, _: object) -> Inference:
        self.calls += 1
        return self._inference


def outcome(model: object | None, *, quality: float = 1.0) -> tuple[Inference | Abstention, dict[str, int]]:
    health = GatewayHealth()
    models = ModelSet(models={"rhythm": model} if model else {}, health=health)
    window = Window(model="rhythm", quality=quality, inputs=lambda: NOTHING, now_ms=1)
    return judged(window, models), dict(health.counters)


def test_the_stages_come_in_this_order() -> None:
    assert [stage.name for stage in STAGES] == ["quality", "probability", "distance", "certainty"]


@pytest.mark.parametrize(
    ("model", "quality", "reason"),
    [
        (Model(SURE), 0.49, Abstention.POOR_SIGNAL),
        (None, 1.0, Abstention.NO_MODEL),
        (FakeRhythmModel(lambda _: None), 1.0, Abstention.MODEL_FAILED),
        (Model(SURE, distance=2.1), 1.0, Abstention.UNLIKE_TRAINING),
        (Model(SURE, distance=float("nan")), 1.0, Abstention.UNLIKE_TRAINING),
        (Model(SURE, distance=float("inf")), 1.0, Abstention.UNLIKE_TRAINING),
        (Model({"N": 0.2, "A": 0.3, "O": 0.1, "~": 0.4}), 1.0, Abstention.CALLED_NOISE),
        (Model({"N": 0.3, "A": 0.36, "O": 0.2, "~": 0.14}), 1.0, Abstention.UNSURE),
    ],
)
def test_each_stage_holds_back_with_its_reason_and_counts_it(
    model: object | None, quality: float, reason: Abstention
) -> None:
    assert outcome(model, quality=quality) == (reason, {f"rhythm.{reason}": 1})


@pytest.mark.parametrize(
    "model",
    [
        Model(SURE),
        Model(SURE, distance=2.0),
        Model(SURE, distance=9.0, limit=None),
        Model({"N": 0.3, "A": 0.38, "O": 0.2, "~": 0.12}),
    ],
    ids=["sure", "as-far-as-may-be", "no-limit", "as-unsure-as-may-be"],
)
def test_what_passes_every_stage_is_judged_and_counted(model: Model) -> None:
    found, counted = outcome(model)
    assert isinstance(found, Inference)
    assert counted == {"rhythm.judged": 1}


def test_a_poor_signal_costs_no_inference_and_no_inputs() -> None:
    model, health = Model(SURE), GatewayHealth()

    def inputs() -> Mapping[str, NDArray[np.float32]]:
        raise AssertionError("made for nothing")

    models = ModelSet(models={"rhythm": model}, health=health)
    judged(Window(model="rhythm", quality=0.1, inputs=inputs, now_ms=1), models)
    assert model.calls == 0


def test_a_model_of_two_labels_may_be_as_unsure_as_a_coin() -> None:
    found, _ = outcome(Model({"AF": 0.5, "other": 0.5}))
    assert isinstance(found, Inference)
