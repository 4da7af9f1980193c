import numpy as np
import pytest

from tests.fakes.movement import jumping, still, walking
from vitals.errors import ValidationError
from vitals.features.acceleration import MOTION_RATE_HZ, MotionResampler, RestingGravity, quiet_seconds

RATES_HZ = (20.0, 25.0, 50.0, 52.0, 104.0, 125.0, 200.0, 238.0)


def in_pieces(resampler, samples, sizes):
    pieces, start = [], 0
    for size in sizes:
        pieces.append(resampler.push(samples[start : start + size]))
        start += size
    return np.concatenate(pieces)


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_it_makes_no_difference_in_what_pieces_samples_come(rate_hz):
    samples = np.random.default_rng(1).standard_normal((int(10 * rate_hz), 3))
    sizes = np.random.default_rng(2).integers(0, 30, len(samples))
    whole = MotionResampler(rate_hz).push(samples)
    assert len(whole) == pytest.approx(10 * MOTION_RATE_HZ, abs=1)
    np.testing.assert_allclose(in_pieces(MotionResampler(rate_hz), samples, sizes), whole, atol=1e-9)


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_what_stands_still_stays_as_it_is(rate_hz):
    samples = np.tile([0.1, -0.9, 0.3], (200, 1))
    np.testing.assert_allclose(MotionResampler(rate_hz).push(samples)[5], [0.1, -0.9, 0.3], atol=1e-9)


def test_fifty_hertz_pass_unchanged():
    samples = walking(4.0)
    np.testing.assert_allclose(MotionResampler(50).push(samples), samples, atol=1e-12)


def test_each_sample_is_the_mean_over_its_own_20_ms():
    samples = np.arange(24.0).reshape(8, 3)
    np.testing.assert_allclose(MotionResampler(200).push(samples), [samples[:4].mean(0), samples[4:].mean(0)])


@pytest.mark.parametrize("rate_hz", [0.0, -50.0, float("nan"), float("inf")])
def test_a_rate_that_is_none_is_refused(rate_hz):
    with pytest.raises(ValidationError, match="state how many samples"):
        MotionResampler(rate_hz)


def test_a_sensor_that_reads_a_tenth_too_much_at_rest_is_found_out():
    gravity = RestingGravity()
    gravity.push(1.1 * still(10.0))
    assert gravity.value == pytest.approx(1.1, abs=0.01)


def test_nobody_at_rest_tells_nothing_of_the_sensor():
    gravity = RestingGravity()
    gravity.push(jumping(seconds=10.0))
    assert gravity.value is None


def test_rest_is_told_in_whatever_pieces_it_comes():
    gravity = RestingGravity()
    for sample in still(6.0):
        gravity.push(sample[None, :])
    assert gravity.value == pytest.approx(1.0, abs=0.01)


def test_a_dead_sensor_is_never_quiet():
    assert len(quiet_seconds(np.zeros((500, 3)))) == 0
