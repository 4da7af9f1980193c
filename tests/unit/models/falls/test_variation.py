import numpy as np
import pytest

from models.falls.variation import OTHER_SENSORS, VARIATIONS, aligned, varied
from tests.fakes.movement import fall
from vitals.features.falls import fall_evidence, fall_inputs
from vitals.features.impacts import ImpactGate

BY_NAME = {row.name: row for row in VARIATIONS}


@pytest.fixture
def surround_g():
    (blow,) = ImpactGate().push(fall())
    return blow.surround_g


def applied(name, surround_g, seed=3):
    return BY_NAME[name].apply(surround_g, np.random.default_rng(seed))


@pytest.mark.parametrize("row", VARIATIONS, ids=lambda row: row.name)
def test_each_variation_keeps_the_shape_and_stays_finite(row, surround_g):
    for seed in range(20):
        changed = row.apply(surround_g, np.random.default_rng(seed))
        assert changed.shape == surround_g.shape
        assert np.isfinite(changed).all()


def test_the_same_seed_varies_alike_and_another_does_not(surround_g):
    one, same, other = (varied(surround_g, np.random.default_rng(seed)) for seed in (5, 5, 6))
    np.testing.assert_array_equal(one, same)
    assert np.abs(one - other).max() > 0.01


def test_the_blow_stays_where_the_gate_would_have_put_it(surround_g):
    for seed in range(20):
        magnitude = np.linalg.norm(varied(surround_g, np.random.default_rng(seed)), axis=1)
        assert magnitude[200] == pytest.approx(magnitude[175:226].max())


def test_turning_the_sensor_changes_no_feature(surround_g):
    before, after = fall_inputs(surround_g), fall_inputs(applied("turned", surround_g))
    assert np.abs(surround_g - applied("turned", surround_g)).max() > 0.1
    for name, rows in before.items():
        np.testing.assert_allclose(after[name], rows, atol=1e-5)


def test_a_clipping_sensor_ends_at_its_range(surround_g):
    assert np.abs(applied("clipped", 4 * surround_g)).max() in {3.0, 4.0, 6.0, 8.0}


def test_a_sensor_elsewhere_tells_another_posture_of_the_same_blow(surround_g):
    changes = [fall_evidence(applied("elsewhere", surround_g, seed)).posture_change_deg for seed in range(10)]
    assert np.ptp(changes) > 20
    np.testing.assert_allclose(
        np.linalg.norm(applied("elsewhere", surround_g), axis=1), np.linalg.norm(surround_g, axis=1)
    )


def test_somebody_stirring_is_less_still_after_the_blow_and_as_before_it(surround_g):
    stirred = applied("stirring", surround_g)
    np.testing.assert_array_equal(stirred[:201], surround_g[:201])
    assert fall_evidence(stirred).movement_after_g > fall_evidence(surround_g).movement_after_g


def test_aligning_what_is_aligned_changes_nothing(surround_g):
    np.testing.assert_array_equal(aligned(surround_g), surround_g)


def test_every_other_sensor_is_made_of_variations_that_are_taught():
    taught = {row.apply for row in VARIATIONS}
    assert all(set(changes) <= taught for changes in OTHER_SENSORS.values())
