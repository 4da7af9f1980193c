import numpy as np
import pytest
import wfdb
from hypothesis import given
from hypothesis import strategies as st

from models.noise import Noise, NoiseTape, noise_power_mv2, qrs_power_mv2, read_noise, with_noise
from tests.fakes.ecg import excerpt
from vitals.errors import RecordingError, ValidationError


def tape(rate_hz=130.0, seconds=60, rms_mv=0.3):
    noise_mv = np.random.default_rng(8).normal(scale=rms_mv, size=(round(seconds * rate_hz), 2))
    return NoiseTape(noise=Noise.MUSCLE, rate_hz=rate_hz, noise_mv=noise_mv)


def test_a_triangle_of_two_millivolts_has_half_a_square_millivolt():
    ecg = np.zeros(1000)
    beats = np.arange(100, 1000, 100)
    ecg[beats] = 2.0
    assert qrs_power_mv2(ecg, 130, beats) == pytest.approx(0.5)


def test_a_few_monstrous_beats_do_not_count():
    ecg, beats = np.zeros(10_000), np.arange(50, 10_000, 100)
    ecg[beats] = 2.0
    ecg[beats[:3]] = 50.0
    assert qrs_power_mv2(ecg, 130, beats) == pytest.approx(0.5)


def test_an_offset_is_no_noise():
    sine = 0.5 * np.sin(2 * np.pi * 5 * np.arange(13_000) / 130)
    assert noise_power_mv2(sine + 7.0, 130) == pytest.approx(0.125, rel=1e-6)


@given(snr_db=st.floats(-6, 24), from_s=st.floats(0, 500))
def test_the_noise_added_stands_in_the_ratio_asked_for(snr_db, from_s):
    recording, noise = excerpt("101"), tape()
    mixed = with_noise(recording.ecg_mv, recording.beats, noise, snr_db=snr_db, from_s=from_s)
    added = noise_power_mv2(mixed - recording.ecg_mv, recording.rate_hz)
    signal = qrs_power_mv2(recording.ecg_mv, recording.rate_hz, recording.beats)
    assert 10 * np.log10(signal / added) == pytest.approx(snr_db, abs=1.0)


def test_the_tape_begins_again_where_it_ends():
    noise = tape(seconds=10)
    assert (noise.stretch(1300, from_s=0, lead=1) == noise.stretch(1300, from_s=10, lead=1)).all()


def test_a_signal_without_beats_has_no_power_to_measure():
    with pytest.raises(ValidationError, match="no beat"):
        with_noise(np.zeros(1300), np.array([], dtype=int), tape(), snr_db=6)


def test_a_tape_is_read_from_a_wfdb_record_and_brought_to_another_rate(tmp_path):
    written = np.sin(np.arange(36_000) / 40)[:, None] * [1.0, 0.5]
    wfdb.wrsamp(
        "ma", fs=360, units=["mV"] * 2, sig_name=["a", "b"], p_signal=written, fmt=["16"] * 2,
        write_dir=str(tmp_path),
    )  # fmt: skip
    read = read_noise(tmp_path, Noise.MUSCLE)
    assert read.noise_mv == pytest.approx(written, abs=1e-3)
    assert read.at_rate(360.0) is read
    assert len(read.at_rate(130.0).noise_mv) == 13_000


def test_the_valid_stretches_of_a_recovered_noise_are_joined_level_with_level(tmp_path):
    counts = np.repeat([[0, 0], [100, 50], [0, 0], [900, 450]], 100, axis=0).astype(np.int16)
    np.savez(
        tmp_path / "em_recovered_from_118e00.npz",
        noise=counts, segments=np.array([[100, 200], [300, 400]]), fs=360, adu_per_mV=200,
    )  # fmt: skip
    read = read_noise(tmp_path, Noise.ELECTRODE_MOTION)
    assert read.rate_hz == 360
    assert read.noise_mv == pytest.approx(np.tile([0.5, 0.25], (200, 1)))


def test_a_folder_without_the_noise_says_what_to_point_at(tmp_path):
    with pytest.raises(RecordingError, match=r"bw\.hea"):
        read_noise(tmp_path, Noise.BASELINE_WANDER)
