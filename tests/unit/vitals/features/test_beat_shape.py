import numpy as np
import pytest

from tests.fakes.ecg import steady
from vitals.features.beat_shape import BEAT_LENGTH, beat_shape

RATE_HZ = 100


def shape_of(ecg_mv):
    r_peaks = np.round((0.5 + 0.8 * np.arange(36)) * RATE_HZ).astype(np.int64)
    return beat_shape(ecg_mv, r_peaks)


def noisy(ecg_mv):
    return ecg_mv + np.random.default_rng(3).normal(scale=0.03, size=len(ecg_mv))


def test_the_median_beat_has_the_drawn_shape_with_r_at_its_place():
    shape = shape_of(steady(rate_hz=RATE_HZ))
    assert len(shape.median_mv) == BEAT_LENGTH
    assert int(np.argmax(shape.median_mv)) == 35
    assert shape.qrs_height_mv == pytest.approx(1.4, abs=0.15)
    assert shape.likeness > 0.99
    assert shape.unlike_share == 0


def test_p_waves_are_seen_where_they_are_and_not_where_they_are_not():
    present = shape_of(noisy(steady(rate_hz=RATE_HZ)))
    absent = shape_of(noisy(steady(rate_hz=RATE_HZ, p_waves=False)))
    assert present.p_wave_consistency > 0.7
    assert absent.p_wave_consistency < 0.4
    assert present.p_wave_share > 2 * absent.p_wave_share


def test_fewer_than_three_whole_beats_have_no_median():
    assert beat_shape(steady(rate_hz=RATE_HZ), np.array([10, 50, 130, 2995])) is None
