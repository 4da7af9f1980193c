import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes.ecg import drawn, excerpt, found_in, steady
from vitals.errors import ValidationError
from vitals.features.rpeaks import DECISION_LATENCY_S, SEARCH_BACK_LATENCY_S, RPeakDetector


def unmatched(truth_s, found_s, tolerance_s=0.15):
    missed = [beat for beat in truth_s if not len(found_s) or np.abs(found_s - beat).min() > tolerance_s]
    extra = [peak for peak in found_s if np.abs(truth_s - peak).min() > tolerance_s]
    return len(missed), len(extra)


@pytest.mark.parametrize(("record", "most_missed", "most_extra"), [("101", 0, 0), ("203", 2, 2)])
def test_finds_the_annotated_beats_of_real_recordings(record, most_missed, most_extra):
    recording = excerpt(record)
    found_s = found_in(recording.ecg_mv, recording.rate_hz) / recording.rate_hz
    truth_s = recording.beats / recording.rate_hz
    judged_s = (truth_s > 0.5) & (truth_s < 39)
    missed, extra = unmatched(truth_s[judged_s], found_s[(found_s > 0.5) & (found_s < 39)])
    assert missed <= most_missed
    assert extra <= most_extra


@pytest.mark.parametrize("rate_hz", [125.0, 130.0, 250.0, 256.0, 360.0])
def test_puts_each_peak_on_the_apex_at_every_rate(rate_hz):
    beats_s = np.cumsum(np.tile([0.8, 0.9, 0.7, 1.1], 8))
    ecg = drawn(beats_s, duration_s=float(beats_s[-1] + 2), rate_hz=rate_hz)
    found = found_in(ecg, rate_hz)
    assert len(found) == len(beats_s)
    assert np.abs(found - beats_s * rate_hz).max() <= 1


@settings(max_examples=12, deadline=None)
@given(cuts=st.lists(st.integers(0, 5200), max_size=40), record=st.sampled_from(["101", "203"]))
def test_any_chunking_of_a_stream_gives_the_same_peaks(cuts, record):
    recording = excerpt(record)
    detector = RPeakDetector(rate_hz=recording.rate_hz)
    chunks = np.split(recording.ecg_mv, sorted(cuts))
    assert [p for chunk in chunks for p in detector.push(chunk)] == found_in(
        recording.ecg_mv, recording.rate_hz
    ).tolist()


def test_samples_one_by_one_give_the_same_peaks():
    ecg = steady(duration_s=12)
    detector = RPeakDetector(rate_hz=130)
    one_by_one = [peak for sample in ecg for peak in detector.push(np.array([sample]))]
    assert one_by_one == found_in(ecg, 130).tolist()


def test_peaks_rise_strictly_even_in_noise():
    noise = np.random.default_rng(4).normal(scale=0.5, size=40 * 130)
    assert (np.diff(found_in(noise, 130)) > 0).all()


def test_an_inverted_lead_has_the_same_beats():
    recording = excerpt("101")
    upright, inverted = (found_in(sign * recording.ecg_mv, recording.rate_hz) for sign in (1, -1))
    assert upright.tolist() == inverted.tolist()


@pytest.mark.parametrize("level_mv", [0.0, -4.9])
def test_a_flat_line_has_no_beats(level_mv):
    assert found_in(np.full(30 * 130, level_mv), 130).tolist() == []


def test_the_hum_of_an_idle_amplifier_has_no_beats():
    hum = np.random.default_rng(1).normal(scale=0.005, size=60 * 130)
    assert found_in(hum, 130).tolist() == []


def test_beats_return_after_an_artefact_far_larger_than_they_are():
    ecg = steady(duration_s=40)
    ecg[10 * 130 : 10 * 130 + 20] += 40.0
    after_s = found_in(ecg, 130) / 130
    assert len(after_s[after_s > 20]) >= 23


def test_beats_are_followed_when_they_shrink_to_a_fifth():
    ecg = steady(duration_s=60)
    ecg[20 * 130 :] /= 5
    found_s = found_in(ecg, 130) / 130
    assert len(found_s[found_s > 35]) >= 29


def test_tall_t_waves_are_not_beats():
    t_s = np.arange(30 * 130) / 130
    beats_s = np.arange(0.5, 29.5, 0.9)
    t_waves = sum(0.9 * np.exp(-0.5 * ((t_s - beat - 0.3) / 0.05) ** 2) for beat in beats_s)
    found = found_in(drawn(beats_s, duration_s=30, rate_hz=130) + t_waves, 130)
    assert len(found) == len(beats_s)


def test_a_single_faint_beat_is_found_by_searching_back():
    beats_s = np.arange(0.5, 30, 0.8)
    faint = beats_s[20]
    whole = drawn(beats_s[beats_s != faint], duration_s=31, rate_hz=130)
    ecg = whole + 0.25 * drawn(np.array([faint]), duration_s=31, rate_hz=130)
    assert np.abs(found_in(ecg, 130) / 130 - faint).min() < 0.02
    assert np.abs(found_in(whole, 130) / 130 - faint).min() > 0.5


def test_a_slow_but_tall_beat_among_narrow_ones_is_found():
    t_s = np.arange(40 * 130) / 130
    beats_s = np.arange(0.5, 39, 0.8)
    slow = beats_s[20::3]
    narrow = beats_s[~np.isin(beats_s, slow)]
    tall = sum(1.3 * np.exp(-0.5 * ((t_s - beat) / 0.055) ** 2) for beat in slow)
    found_s = found_in(drawn(narrow, duration_s=40, rate_hz=130) + tall, 130) / 130
    assert all(np.abs(found_s - beat).min() < 0.1 for beat in slow)


@pytest.mark.parametrize("gain", [1.5, 3.0])
def test_the_gain_of_an_amplifier_changes_no_beat(gain):
    t_s, narrow_s = np.arange(60 * 130) / 130, np.arange(0.5, 58, 1.3)
    bumps = (
        (narrow_s[4:] + 0.55, 0.5, 0.04),
        (narrow_s + 0.95, 0.09, 0.02),
        (narrow_s[::3] - 0.2, 0.2, 0.02),
    )
    ecg = 0.45 * drawn(narrow_s, duration_s=60, rate_hz=130, p_waves=False) + sum(
        height_mv * np.exp(-0.5 * ((t_s - at_s) / width_s) ** 2)
        for places_s, height_mv, width_s in bumps
        for at_s in places_s
    )
    assert found_in(gain * ecg, 130).tolist() == found_in(ecg, 130).tolist()


def test_every_beat_is_told_within_the_latency_stated():
    ecg, rate_hz = steady(duration_s=30), 130
    detector = RPeakDetector(rate_hz=rate_hz)
    delays_s = {}
    for seen in range(1, len(ecg) + 1):
        delays_s |= {peak: (seen - peak) / rate_hz for peak in detector.push(ecg[seen - 1 : seen])}
    assert max(delays_s.values()) <= SEARCH_BACK_LATENCY_S
    assert max(delay for peak, delay in delays_s.items() if peak > 3 * rate_hz) <= DECISION_LATENCY_S


def test_a_reset_detector_starts_again_as_a_new_one():
    ecg = steady(duration_s=20)
    detector = RPeakDetector(rate_hz=130)
    first = detector.push(ecg)
    detector.reset()
    assert detector.push(ecg) == first


@pytest.mark.parametrize("poison", [np.nan, np.inf])
def test_a_sample_that_is_no_number_is_refused_and_leaves_the_stream_whole(poison):
    ecg = steady(duration_s=20)
    detector = RPeakDetector(rate_hz=130)
    before = detector.push(ecg[:1300])
    with pytest.raises(ValidationError, match="finite"):
        detector.push(np.array([0.1, poison]))
    assert before + detector.push(ecg[1300:]) == found_in(ecg, 130).tolist()


def test_more_than_one_row_is_refused():
    with pytest.raises(ValidationError, match="one row"):
        RPeakDetector(rate_hz=130).push(np.zeros((2, 100)))


@pytest.mark.parametrize("rate_hz", [50.0, 124.0, 500.0, float("nan")])
def test_a_rate_outside_its_range_is_refused(rate_hz):
    with pytest.raises(ValidationError, match="resample"):
        RPeakDetector(rate_hz=rate_hz)
