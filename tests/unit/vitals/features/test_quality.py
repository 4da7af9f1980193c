import numpy as np
import pytest

from tests.fakes.ecg import excerpt, found_in, steady
from vitals.errors import ValidationError
from vitals.features.quality import QualityReason, assess_ecg

RATE_HZ = 130.0


def judged(ecg_mv):
    return assess_ecg(ecg_mv, RATE_HZ, found_in(ecg_mv, RATE_HZ))


def with_flat_half(ecg):
    return np.where(np.arange(len(ecg)) < len(ecg) // 2, 0.0, ecg)


def clipped(ecg):
    return np.clip(5 * ecg + 0.3 * np.sin(np.arange(len(ecg)) / 20), -0.3, 0.8)


def with_muscle(ecg):
    return ecg + np.random.default_rng(2).normal(scale=0.4, size=len(ecg))


def with_wander(ecg):
    return ecg + 6.0 * np.sin(2 * np.pi * 0.2 * np.arange(len(ecg)) / RATE_HZ)


@pytest.mark.parametrize("record", ["101", "203"])
def test_real_recordings_of_fair_quality_may_be_judged(record):
    recording = excerpt(record)
    quality = assess_ecg(recording.ecg_mv, recording.rate_hz, found_in(recording.ecg_mv, recording.rate_hz))
    assert quality.score >= 0.5


def test_a_clean_lead_is_without_fault():
    quality = judged(steady())
    assert quality.score == 1
    assert quality.reasons == frozenset()


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (with_flat_half, QualityReason.FLAT),
        (clipped, QualityReason.CLIPPED),
        (with_muscle, QualityReason.MUSCLE_NOISE),
        (with_wander, QualityReason.BASELINE_WANDER),
    ],
)
def test_each_fault_lowers_the_score_and_is_named(spoil, reason):
    quality = judged(spoil(steady()))
    assert quality.score < 0.5
    assert reason in quality.reasons


def with_hum_of_the_mains(ecg):
    return 2.0 * np.sin(2 * np.pi * 50 * np.arange(len(ecg)) / RATE_HZ)


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (lambda ecg: ecg / 1000, QualityReason.FLAT),
        (lambda ecg: np.full(len(ecg), 4.9), QualityReason.FLAT),
        (lambda ecg: np.full(len(ecg), -4.9), QualityReason.IMPLAUSIBLE_BEATS),
        (with_hum_of_the_mains, QualityReason.IMPLAUSIBLE_BEATS),
        (lambda ecg: 1000 * ecg, QualityReason.NO_HEARTS_HEIGHT),
    ],
    ids=[
        "volts for millivolts",
        "a rail",
        "the other rail",
        "lead off, mains on",
        "microvolts for millivolts",
    ],
)
def test_what_is_no_heart_at_all_is_not_to_be_judged(wrong, reason):
    quality = judged(wrong(steady()))
    assert quality.score < 0.1
    assert reason in quality.reasons


@pytest.mark.parametrize("record", ["101", "203"])
def test_real_beats_drowned_in_noise_of_their_own_band_are_not_to_be_judged(record):
    recording, random = excerpt(record), np.random.default_rng(11)
    wave = np.convolve(random.normal(size=len(recording.ecg_mv)), np.hanning(7), mode="same")
    noisy = recording.ecg_mv + 0.3 * np.ptp(recording.ecg_mv) * wave / wave.std()
    quality = assess_ecg(noisy, recording.rate_hz, found_in(noisy, recording.rate_hz))
    assert quality.score < 0.5
    assert QualityReason.NOISE_BETWEEN_BEATS in quality.reasons


def test_fast_wide_beats_that_leave_nothing_between_them_are_no_noise():
    t_s = np.arange(10 * 130) / 130
    wide = np.sin(2 * np.pi * 3.5 * t_s)
    quality = assess_ecg(wide, RATE_HZ, np.round(np.arange(0.5, 9.8, 1 / 3.5) * RATE_HZ).astype(int))
    assert QualityReason.NOISE_BETWEEN_BEATS not in quality.reasons


def test_a_heart_in_another_unit_is_none():
    quality = judged(1000 * steady(rate_hz=250.0))
    assert quality.score == 0.0
    assert quality.reasons == {QualityReason.NO_HEARTS_HEIGHT}


def test_a_stretch_without_beats_is_not_plausible():
    quality = assess_ecg(steady(), RATE_HZ, [])
    assert quality.score == 0
    assert quality.reasons == {QualityReason.IMPLAUSIBLE_BEATS}


def test_beats_unlike_each_other_are_named():
    random = np.random.default_rng(5)
    quality = assess_ecg(steady(), RATE_HZ, np.sort(random.choice(3800, 36, replace=False)))
    assert QualityReason.BEATS_UNLIKE_EACH_OTHER in quality.reasons


@pytest.mark.parametrize("ecg", [np.zeros(100), np.full(1000, np.nan), np.zeros((2, 1000))])
def test_what_cannot_be_judged_is_refused(ecg):
    with pytest.raises(ValidationError, match="finite"):
        assess_ecg(ecg, RATE_HZ, [])
