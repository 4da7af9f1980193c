import numpy as np
import pytest

from models.falls.examples import Blows
from models.falls.judging import Outputs, judge
from models.falls.recordings import sisfall
from tests.fakes.fall_model import FakeFallModel
from tests.fakes.movement import people, write_sisfall

MANIFEST = FakeFallModel(lambda _: 0.0).manifest
THRESHOLD = MANIFEST.thresholds["fall"]
LIMIT = MANIFEST.distance_limit


@pytest.fixture(scope="module")
def recordings(tmp_path_factory):
    return list(sisfall(write_sisfall(tmp_path_factory.mktemp("sisfall"), people(1))))


@pytest.fixture(scope="module")
def blows(recordings):
    return Blows.gather(recordings)


def outputs(blows, probability, distance=0.0):
    return Outputs(
        probability=np.where(blows.is_fall, probability, 0.0), distance=np.full(len(blows), distance)
    )


def test_a_probability_at_the_threshold_is_an_alarm_and_one_below_is_none(recordings, blows):
    at = judge(recordings, blows, outputs(blows, THRESHOLD), MANIFEST)
    below = judge(recordings, blows, outputs(blows, THRESHOLD - 0.01), MANIFEST)
    np.testing.assert_array_equal(at.alarms > 0, at.is_fall)
    assert not below.alarms.any()
    np.testing.assert_array_equal(at.judged_blows, at.blows)


def test_a_blow_unlike_all_training_is_decided_by_the_rule_as_on_the_gateway(recordings, blows):
    judged = judge(recordings, blows, outputs(blows, 0.0, distance=LIMIT + 0.1), MANIFEST)
    np.testing.assert_array_equal(judged.alarms, judged.rule_alarms)
    assert judged.alarms[judged.is_fall].all()
    assert not judged.judged_blows.any()


def test_a_recording_without_a_blow_is_one_without_an_alarm(recordings):
    nothing = Blows.gather([])
    judged = judge(recordings, nothing, outputs(nothing, 0.0), MANIFEST)
    assert not judged.alarms.any()
    assert not judged.probability.any()
    assert len(judged.records) == len(recordings)
