import numpy as np
import pytest

from vitals.features.resampling import COMMON_RATE_HZ, to_common_rate


@pytest.mark.parametrize("rate_hz", [125.0, 130.0, 250.0, 300.0, 360.0])
def test_a_tone_of_the_heart_keeps_its_size_and_phase(rate_hz):
    tone = np.sin(2 * np.pi * 10 * np.arange(round(30 * rate_hz)) / rate_hz)
    resampled = to_common_rate(tone, rate_hz)
    expected = np.sin(2 * np.pi * 10 * np.arange(3000) / COMMON_RATE_HZ)
    assert len(resampled) == 3000
    assert np.abs(resampled - expected)[500:-500].max() < 0.02


@pytest.mark.parametrize("frequency_hz", [0.0, 0.1, 45.0, 60.0])
def test_what_lies_outside_the_band_is_removed(frequency_hz):
    t_s = np.arange(30 * 250) / 250
    resampled = to_common_rate(2.0 + np.cos(2 * np.pi * frequency_hz * t_s), 250)
    assert np.abs(resampled)[200:-200].max() < 0.1
