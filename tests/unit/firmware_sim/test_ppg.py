import numpy as np
import pytest
from scipy.signal import butter, find_peaks, sosfiltfilt

from firmware_sim.body import Body
from firmware_sim.heart import HeartSegment
from firmware_sim.ppg import PPG_SITES, arrival_s

RATE_HZ = 125


def pulses_s(counts: np.ndarray) -> np.ndarray:
    """Return when each pulse wave peaks."""
    band = sosfiltfilt(butter(2, (0.6, 8.0), btype="band", fs=RATE_HZ, output="sos"), counts)
    peaks, _ = find_peaks(band, distance=0.3 * RATE_HZ, prominence=0.35 * np.ptp(band[RATE_HZ:-RATE_HZ]))
    return peaks / RATE_HZ


def lived(name: str, site: str, seconds: int, seed: int = 1) -> tuple[np.ndarray, HeartSegment]:
    body = Body([name], seed=seed)
    return body.ppg(RATE_HZ, site).read(seconds * RATE_HZ).samples[:, 0], body.heart(250).read(seconds * 250)


@pytest.mark.parametrize("site", list(PPG_SITES))
@pytest.mark.parametrize("name", ["resting", "generated-resting", "bradycardia", "tachycardia", "fever"])
def test_each_beat_of_the_heart_has_its_pulse(name: str, site: str) -> None:
    counts, heart = lived(name, site, 120)

    found_s = pulses_s(counts)

    beats_s = np.array([beat.at_s for beat in heart.beats if 2 < beat.at_s < 118])
    follows_s = np.array([(found_s[found_s > beat_s]).min() - beat_s for beat_s in beats_s])
    assert len(found_s[(found_s > 2) & (found_s < 118)]) == pytest.approx(len(beats_s), abs=2)
    assert 0.15 < follows_s.min() <= follows_s.max() < 0.5
    assert follows_s.std() < 0.03


def test_a_pulse_reaches_the_finger_later_than_the_wrist_and_sooner_under_pressure() -> None:
    finger, wrist = PPG_SITES["finger"], PPG_SITES["wrist"]

    assert arrival_s(finger, 120) > arrival_s(wrist, 120)
    assert arrival_s(finger, 120) - arrival_s(finger, 180) == pytest.approx(0.042, abs=0.001)


def test_the_perfusion_index_is_that_of_the_pulses() -> None:
    body = Body(["generated-resting"], seed=3)
    counts = body.ppg(RATE_HZ, "finger").read(60 * RATE_HZ).samples[:, 0]
    band = sosfiltfilt(butter(2, (0.6, 8.0), btype="band", fs=RATE_HZ, output="sos"), counts)
    beats = band[5 * RATE_HZ : 55 * RATE_HZ].reshape(-1, 2 * RATE_HZ)

    measured_percent = 100 * np.median(np.ptp(beats, axis=1)) / counts.mean()

    assert measured_percent == pytest.approx(body.vital_signs(30.0).perfusion_index_percent, rel=0.35)


def test_movement_drowns_the_pulse() -> None:
    counts, _ = lived("exercise", "wrist", 500)

    at_rest, running = (np.ptp(counts[start * RATE_HZ :][: 10 * RATE_HZ]) for start in (20, 480))

    assert running > 2 * at_rest


def test_a_beat_from_a_ventricle_throws_out_little() -> None:
    counts, _ = lived("vt-run", "finger", 75)
    band = sosfiltfilt(butter(2, (0.8, 8.0), btype="band", fs=RATE_HZ, output="sos"), counts)

    before, during = np.ptp(band[20 * RATE_HZ : 50 * RATE_HZ]), np.ptp(band[64 * RATE_HZ : 73 * RATE_HZ])

    assert during < 0.5 * before


def test_off_the_skin_there_is_only_ambient_light() -> None:
    counts, _ = lived("sensor-off", "wrist", 40)

    assert counts[: 29 * RATE_HZ].mean() > 10_000
    assert counts[31 * RATE_HZ :].max() < 1000


def test_counts_fit_a_signed_octet_pair_in_the_wildest_movement() -> None:
    counts, _ = lived("exercise+motion-noise+fall-and-long-lie", "wrist", 600)

    assert 0 < counts.min() < counts.max() < 32_767
