import numpy as np
import pytest

from tests.fakes.ecg import steady
from vitals.features.atrial import atrial_activity
from vitals.features.beat_forms import cut_beats

PEAKS = np.round(np.arange(0.5, 29.5, 0.8) * 100).astype(np.int64)


def activity(waves_mv=0.0, waves_hz=6.0):
    ecg = steady(rate_hz=100.0, p_waves=False)
    ecg = ecg + waves_mv * np.sin(2 * np.pi * waves_hz * np.arange(len(ecg)) / 100)
    return atrial_activity(ecg, cut_beats(ecg, PEAKS))


@pytest.mark.parametrize("waves_hz", [5.3, 7.1])
def test_fibrillation_waves_are_found_at_their_rate_beneath_the_beats(waves_hz):
    found = activity(0.1, waves_hz)
    assert found.peak_hz == pytest.approx(waves_hz, abs=0.3)
    assert found.fibrillation_band_share > 0.6
    assert found.height_share > 10 * activity().height_share


def test_beats_alone_leave_next_to_nothing():
    assert activity().height_share < 0.01
