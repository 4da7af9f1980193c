import numpy as np
import pytest

from tests.fakes.ecg import steady
from vitals.features.strip_noise import strip_noise

PEAKS = np.round(np.arange(0.5, 29.5, 0.8) * 100).astype(np.int64)
CLEAN_MV = steady(rate_hz=100.0)


def test_a_clean_strip_is_smooth_and_even():
    clean = strip_noise(CLEAN_MV, PEAKS, 1.4)
    assert clean.roughness < 0.01
    assert clean.largest_size < 1.3
    assert clean.beats_per_s == pytest.approx(37 / 30)
    assert clean.longest_without_beat_s == pytest.approx(0.8, abs=0.1)


def test_muscle_noise_shows_as_roughness_and_in_its_band():
    noise = 0.1 * np.random.default_rng(2).normal(size=3000)
    noisy, clean = (strip_noise(ecg, PEAKS, 1.4) for ecg in (CLEAN_MV + noise, CLEAN_MV))
    assert noisy.roughness > 5 * clean.roughness
    assert noisy.muscle_share > clean.muscle_share


def test_a_burst_is_seen_in_one_part_and_not_in_the_others():
    burst = CLEAN_MV.copy()
    burst[1000:1200] += 3 * np.sin(np.arange(200))
    found = strip_noise(burst, PEAKS, 1.4)
    assert found.largest_size > 5
    assert found.roughness_least < 0.01 < found.roughness_most


def test_wander_shows_in_its_band():
    wander = np.sin(2 * np.pi * 0.6 * np.arange(3000) / 100)
    assert strip_noise(CLEAN_MV + wander, PEAKS, 1.4).wander_share > 0.7


def test_a_strip_without_a_beat_or_a_change_is_measured_without_a_fault():
    found = strip_noise(np.zeros(600), np.empty(0, dtype=np.int64), 0.0)
    assert all(np.isfinite(getattr(found, name)) for name in found.__slots__)
    assert found.longest_without_beat_s == pytest.approx(6.0, abs=0.02)
