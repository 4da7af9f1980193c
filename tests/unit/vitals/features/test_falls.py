import numpy as np
import pytest

from tests.fakes.movement import LYING, fall, jumping
from vitals.errors import ValidationError
from vitals.features.falls import FALL_INPUTS, fall_evidence, fall_inputs, is_hard_fall
from vitals.features.impacts import ImpactGate


def around(samples):
    gate = ImpactGate()
    return max((*gate.push(samples), *gate.flush()), key=lambda blow: blow.peak_g).surround_g


def rotation(seed):
    turned, _ = np.linalg.qr(np.random.default_rng(seed).standard_normal((3, 3)))
    return turned


def test_the_tensors_are_shaped_as_promised():
    tensors = fall_inputs(around(fall()))
    assert {name: rows.shape for name, rows in tensors.items()} == FALL_INPUTS
    assert all(rows.dtype == np.float32 and np.isfinite(rows).all() for rows in tensors.values())


@pytest.mark.parametrize("seed", range(5))
def test_it_makes_no_difference_how_the_sensor_sits(seed):
    surround_g = around(fall())
    turned = fall_inputs(surround_g @ rotation(seed).T)
    for name, rows in fall_inputs(surround_g).items():
        np.testing.assert_allclose(turned[name], rows, atol=1e-5)
    assert fall_evidence(surround_g @ rotation(seed).T) == fall_evidence(surround_g)


def test_a_fall_is_named_by_its_blow_its_lightness_its_posture_and_its_stillness():
    seen = fall_evidence(around(fall(peak_g=5.0)))
    assert seen.peak_g == pytest.approx(5.0, abs=0.6)
    assert seen.free_fall_ms == pytest.approx(400, abs=60)
    assert seen.least_g == pytest.approx(0.15, abs=0.05)
    assert 60 <= seen.posture_change_deg <= 120
    assert seen.stillness_s == pytest.approx(2.0, abs=0.1)
    assert seen.movement_after_g < 0.05 < seen.movement_before_g


def test_a_jump_changes_no_posture_and_leaves_nobody_still():
    seen = fall_evidence(around(jumping()))
    assert seen.posture_change_deg < 20
    assert seen.stillness_s < 1.5


def test_a_hard_blow_with_stillness_is_a_fall_to_the_rule():
    assert is_hard_fall(fall_evidence(around(fall(peak_g=4.0))))


def test_a_soft_blow_or_one_after_which_somebody_moves_is_none_to_the_rule():
    assert not is_hard_fall(fall_evidence(around(fall(peak_g=2.0))))
    moving = around(fall())
    moving[200:] += 0.4 * np.random.default_rng(1).standard_normal((150, 3))
    assert not is_hard_fall(fall_evidence(moving))


@pytest.mark.parametrize("spoilt", [np.zeros((349, 3)), np.zeros((350, 2)), np.full((350, 3), np.nan)])
def test_what_is_no_blows_surroundings_is_refused(spoilt):
    with pytest.raises(ValidationError, match="ImpactGate"):
        fall_inputs(spoilt)


def test_a_sensor_that_feels_nothing_is_measured_without_a_warning():
    tensors = fall_inputs(np.zeros((350, 3)))
    assert all(np.isfinite(rows).all() for rows in tensors.values())


def test_a_sensor_that_ends_at_8_g_gives_nearly_the_same_as_one_that_does_not():
    surround_g = around(fall(peak_g=12.0))
    axis = np.argmax(np.abs(LYING))
    assert np.abs(surround_g[:, axis]).max() > 8.0
    whole, cut = fall_inputs(surround_g), fall_inputs(np.clip(surround_g, -8.0, 8.0))
    assert np.abs(whole["motion"] - cut["motion"]).max() < 0.6
