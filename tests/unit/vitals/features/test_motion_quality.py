import numpy as np

from tests.fakes.movement import fall, jumping, walking
from vitals.features.motion_quality import MotionFault, motion_faults


def test_what_wearers_do_has_no_fault():
    for samples in (walking(7.0), fall(), jumping()):
        assert not motion_faults(samples)


def test_a_gap_of_nan_is_told():
    samples = walking(7.0)
    samples[20, 1] = np.nan
    assert motion_faults(samples) == {MotionFault.NOT_FINITE}


def test_a_sensor_off_by_its_scale_feels_no_gravity():
    assert motion_faults(4.0 * walking(7.0)) == {MotionFault.NO_GRAVITY}
    assert motion_faults(0.25 * walking(7.0)) == {MotionFault.NO_GRAVITY}


def test_a_sensor_that_says_the_very_same_for_over_a_second_is_stuck():
    samples = walking(7.0)
    samples[200:251] = samples[200]
    assert motion_faults(samples) == {MotionFault.STUCK}
    samples = walking(7.0)
    samples[200:240] = samples[200]
    assert not motion_faults(samples)
