"""Who judges a blow, and what becomes of it when the model cannot."""

import numpy as np
import pytest

from edge.alarms.local_alarm import AlarmKey
from edge.falls.verdict import MODEL, RULE, Verdict, judge_blow
from edge.health import GatewayHealth
from edge.judging.abstention import Abstention
from tests.fakes.fall_model import FakeFallModel
from tests.fakes.judge import judge_of
from tests.fakes.movement import fall, jumping
from vitals.features.impacts import Impact, ImpactGate


def blow_of(samples: np.ndarray) -> Impact:
    gate = ImpactGate()
    return max((*gate.push(samples), *gate.flush()), key=lambda blow: blow.peak_g)


def judged(
    samples: np.ndarray, model: FakeFallModel | None, health: GatewayHealth | None = None
) -> Verdict | Abstention:
    return judge_blow(blow_of(samples), judge_of(health or GatewayHealth(), model), 1_000)


@pytest.mark.parametrize("probability", [0.71, 0.7, 0.69])
def test_the_model_judges_by_the_threshold_of_its_manifest(probability: float) -> None:
    verdict = judged(jumping(), FakeFallModel(lambda _: probability))
    assert (verdict.is_fall, verdict.said_by, verdict.version) == (probability >= 0.7, MODEL, 2)
    assert (verdict.probability, verdict.threshold, verdict.abstention) == (probability, 0.7, None)


def test_without_a_model_a_hard_blow_and_stillness_are_a_fall_and_a_rule_said_so() -> None:
    verdict = judged(fall(), None)
    assert (verdict.is_fall, verdict.said_by, verdict.abstention) == (True, RULE, Abstention.NO_MODEL)


def test_without_a_model_a_soft_blow_is_none() -> None:
    assert not judged(fall(peak_g=2.0), None).is_fall


def test_a_model_that_fails_raises_the_gateways_alarm_and_the_rule_judges() -> None:
    health = GatewayHealth()
    verdict = judged(fall(), FakeFallModel(lambda _: None), health)
    assert (verdict.is_fall, verdict.said_by, verdict.abstention) == (True, RULE, Abstention.MODEL_FAILED)
    assert AlarmKey.MODEL_UNUSABLE in health.alarms.standing


def test_a_blow_unlike_all_training_is_judged_by_the_rule() -> None:
    verdict = judged(fall(), FakeFallModel(lambda _: 0.0, distance=3.1))
    assert (verdict.is_fall, verdict.abstention) == (True, Abstention.UNLIKE_TRAINING)


def test_a_sensor_broken_by_the_fall_is_judged_by_the_rule() -> None:
    health, model = GatewayHealth(), FakeFallModel(lambda _: 0.0)
    samples = fall()
    blow = int(np.linalg.norm(samples, axis=1).argmax())
    samples[blow + 3 :] = samples[-1]
    verdict = judged(samples, model, health)
    assert (verdict.is_fall, verdict.abstention, model.calls) == (True, Abstention.POOR_SIGNAL, 0)
    assert health.counters["fall.stuck"] == 1


def test_a_sensor_without_gravity_is_not_believed_at_all() -> None:
    health = GatewayHealth()
    assert judged(3.0 * fall(), FakeFallModel(lambda _: 1.0), health) is Abstention.POOR_SIGNAL
    assert health.counters["fall.no-gravity"] == 1
