import numpy as np

from models.streaming import stream_r_peaks
from tests.fakes.ecg import drawn, steady


def test_the_last_beat_of_a_recording_is_told():
    ecg = drawn(np.arange(0.5, 20, 0.8), duration_s=19.9, rate_hz=130)
    assert stream_r_peaks(ecg, 130)[-1] == round(19.7 * 130)


def test_missing_samples_are_a_gap_and_the_places_stay_true():
    ecg = steady(duration_s=40)
    broken = ecg.copy()
    broken[15 * 130 : 17 * 130] = np.nan
    whole, found = stream_r_peaks(ecg, 130), stream_r_peaks(broken, 130)
    outside = whole[(whole < 14.5 * 130) | (whole > 18 * 130)]
    assert np.isin(outside, found).all()
    assert not ((found > 15 * 130) & (found < 17 * 130)).any()


def test_a_recording_of_nothing_has_no_beats():
    assert stream_r_peaks(np.full(1000, np.nan), 130).size == 0
