"""Models asked by name: one that is missing, fails or was never shown the like abstains."""

import numpy as np

from edge.alarms.local_alarm import AlarmChange, AlarmKey, LocalAlarms
from edge.health import GatewayHealth
from edge.judging.abstention import Abstention
from edge.judging.models import ModelSet
from edge.ports import Inference
from tests.fakes.rhythm_model import FakeRhythmModel

NOTHING: dict[str, np.ndarray] = {}


def test_a_model_that_is_not_here_abstains() -> None:
    models = ModelSet(models={}, health=GatewayHealth())
    assert models.infer("rhythm", NOTHING, 1) is Abstention.NO_MODEL
    assert models.manifest("rhythm") is None


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


def test_every_model_that_cannot_be_used_is_told_of_once() -> None:
    told: list[AlarmChange] = []
    models = ModelSet(models={}, health=GatewayHealth(alarms=LocalAlarms(hook=told.append)))
    models.note_fault("rhythm", "rhythm is unsigned", 1)
    models.note_fault("falls", "falls is altered", 2)
    models.note_fault("falls", "falls is altered", 3)
    raised = [change.detail for change in told if change.is_raised]
    assert raised == ["rhythm is unsigned", "rhythm is unsigned; falls is altered"]
