"""Models asked by name: one that is missing, fails or was never shown the like abstains."""

import numpy as np
import pytest

from edge.alarms.local_alarm import AlarmKey
from edge.health import GatewayHealth
from edge.judging.abstention import Abstention
from edge.judging.models import ModelSet
from edge.ports import Inference
from tests.fakes.rhythm_model import FakeRhythmModel, manifest

NOTHING: dict[str, np.ndarray] = {}


class FarAway:
    """A model that answers, and says how far the window lies from its training."""

    def __init__(self, distance: float | None, *, limit: float | None = 2.0) -> None:
        self.manifest = manifest(distance_limit=limit)
        self._inference = Inference(probabilities={"N": 1.0}, distance=distance)

    def infer(self, _: object) -> Inference:
        return self._inference


def asked(model: object) -> Inference | Abstention:
    return ModelSet(models={"rhythm": model}, health=GatewayHealth()).infer("rhythm", NOTHING, 1)


def test_a_model_that_is_not_here_abstains() -> None:
    models = ModelSet(models={}, health=GatewayHealth())
    assert models.infer("rhythm", NOTHING, 1) is Abstention.NO_MODEL
    assert models.manifest("rhythm") is None


@pytest.mark.parametrize("distance", [2.1, float("nan"), float("inf")])
def test_a_window_unlike_the_training_is_not_judged(distance: float) -> None:
    assert asked(FarAway(distance)) is Abstention.UNLIKE_TRAINING


@pytest.mark.parametrize(("distance", "limit"), [(2.0, 2.0), (None, None), (9.0, None)])
def test_a_window_like_the_training_is_judged(distance: float | None, limit: float | None) -> None:
    assert isinstance(asked(FarAway(distance, limit=limit)), Inference)


def test_the_alarm_stands_while_any_model_fails_and_goes_with_the_last() -> None:
    health, answers = GatewayHealth(), iter([None, 0.2])
    models = ModelSet(models={"rhythm": FakeRhythmModel(lambda _: next(answers))}, health=health)
    models.note_fault("beats", "unsigned", 1)
    assert models.infer("rhythm", NOTHING, 2) is Abstention.MODEL_FAILED
    assert isinstance(models.infer("rhythm", NOTHING, 3), Inference)
    assert AlarmKey.MODEL_UNUSABLE in health.alarms.standing  # for the other one
    assert models.timings.count == 1


def test_the_alarm_goes_once_the_only_model_that_failed_is_well() -> None:
    health, answers = GatewayHealth(), iter([None, 0.2])
    models = ModelSet(models={"rhythm": FakeRhythmModel(lambda _: next(answers))}, health=health)
    models.infer("rhythm", NOTHING, 2)
    models.infer("rhythm", NOTHING, 3)
    assert not health.alarms.standing
