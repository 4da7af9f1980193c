import numpy as np
import pytest

from tests.fakes.movement import LYING, still, walking
from vitals.errors import ValidationError
from vitals.features.gait import is_walking


@pytest.mark.parametrize("bounce_g", [0.12, 0.3, 0.8])
def test_steps_are_walking(bounce_g):
    assert is_walking(walking(5.0, bounce_g=bounce_g))


def test_lying_still_is_not():
    assert not is_walking(still(5.0, up=LYING))


def test_stirring_on_the_floor_is_not():
    random = np.random.default_rng(4)
    assert not any(
        is_walking(still(5.0, up=LYING) + 0.2 * random.standard_normal((250, 3))) for _ in range(50)
    )


@pytest.mark.parametrize("spoilt", [np.zeros((249, 3)), np.full((250, 3), np.inf)])
def test_other_than_five_finite_seconds_are_refused(spoilt):
    with pytest.raises(ValidationError, match="five seconds"):
        is_walking(spoilt)
