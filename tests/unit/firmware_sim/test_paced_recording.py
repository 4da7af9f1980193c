import numpy as np
import pytest

from firmware_sim.excerpts import EXCERPTS, load_excerpt
from firmware_sim.paced_recording import PacedRecording, recorded_rate_bpm
from firmware_sim.recordings import Recording
from vitals.features.rpeaks import RPeakDetector

RATE_HZ = 250


def played(excerpt: str, pace: float, seconds: int = 200) -> tuple[np.ndarray, np.ndarray]:
    paced = PacedRecording(load_excerpt(excerpt), pace=lambda _at_s: pace)
    ecg_mv = paced.ecg_mv(np.arange(seconds * RATE_HZ) / RATE_HZ, RATE_HZ)
    return ecg_mv, np.array([beat.at_s for beat in paced.beats_between(0.0, seconds)])


@pytest.mark.parametrize("pace", [0.6, 1.0, 1.8])
def test_a_recording_beats_at_the_pace_asked_for(pace: float) -> None:
    ecg_mv, beats_s = played("resting-101", pace)
    recorded_bpm = recorded_rate_bpm(load_excerpt("resting-101"))

    found = np.array(RPeakDetector(rate_hz=RATE_HZ).push(ecg_mv)) / RATE_HZ

    assert recorded_bpm is not None
    assert 60 / np.diff(beats_s).mean() == pytest.approx(pace * recorded_bpm, rel=0.02)
    told = beats_s[(beats_s > 3) & (beats_s < 195)]
    assert all(np.abs(found - at_s).min() < 0.03 for at_s in told)


def test_a_faster_heart_keeps_the_width_of_its_qrs() -> None:
    def qrs_mv(pace: float) -> np.ndarray:
        ecg_mv, beats_s = played("resting-101", pace, 100)
        at = [round(beat_s * RATE_HZ) for beat_s in beats_s if 1 < beat_s < 99]
        return np.mean([ecg_mv[sample - 15 : sample + 15] for sample in at], axis=0)

    assert qrs_mv(1.7) == pytest.approx(qrs_mv(1.0), abs=0.06)


@pytest.mark.parametrize("excerpt", list(EXCERPTS))
def test_no_step_marks_where_a_loop_joins(excerpt: str) -> None:
    ecg_mv, _ = played(excerpt, 1.0, 400)
    recorded_mv, _ = played(excerpt, 1.0, 100)

    assert np.abs(np.diff(ecg_mv)).max() <= 1.3 * np.abs(np.diff(recorded_mv)).max()


def test_a_recording_without_beats_plays_as_it_is() -> None:
    silence = Recording(
        name="asystole", lead="II", ecg_mv=np.zeros(3600), rate_hz=360, beats=(), source="made up"
    )
    paced = PacedRecording(silence, pace=lambda _at_s: 2.0)

    assert recorded_rate_bpm(silence) is None
    assert paced.beats_between(0.0, 60.0) == ()
    assert not paced.ecg_mv(np.arange(60 * RATE_HZ) / RATE_HZ, RATE_HZ).any()
