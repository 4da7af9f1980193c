import numpy as np
import pytest

from firmware_sim.excerpts import EXCERPTS, load_excerpt
from firmware_sim.paced_recording import PacedRecording, recorded_rate_bpm
from firmware_sim.physiology import GeneratedBeating
from firmware_sim.recordings import Recording, resample
from firmware_sim.rhythms import Sinus
from firmware_sim.worn_heart import WornHeart
from tests.fakes.steady_drive import SteadyDrive
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


@pytest.mark.parametrize("excerpt", list(EXCERPTS))
def test_no_detector_notices_where_a_loop_joins(excerpt: str) -> None:
    paced = PacedRecording(load_excerpt(excerpt), pace=lambda _at_s: 1.0)
    start_s, stop_s = paced._loop_s
    seams_s = [stop_s, 2.0 * stop_s - start_s]
    ecg_mv, told_s = played(excerpt, 1.0, round(seams_s[-1]) + 10)

    found_s = np.array(RPeakDetector(rate_hz=RATE_HZ).push(ecg_mv)) / RATE_HZ

    for seam_s in seams_s:
        told, found = (beats_s[np.abs(beats_s - seam_s) < 3.0] for beats_s in (told_s, found_s))
        assert len(told) >= 5
        assert found == pytest.approx(told, abs=0.1)


def test_a_loop_makes_no_interval_that_the_recording_has_not() -> None:
    recorded_s = np.diff([beat.at_s for beat in load_excerpt("resting-101").beats])

    looped_s = np.diff(played("resting-101", 1.0, 400)[1])

    assert len(looped_s) > 2 * len(recorded_s)
    assert recorded_s.min() - 0.01 <= looped_s.min()
    assert looped_s.max() <= recorded_s.max() + 0.01


def test_a_fast_heart_loops_before_its_beats() -> None:
    rng = np.random.default_rng(1)
    fast = GeneratedBeating({0.0: Sinus()}, drive=SteadyDrive(rate_bpm=170), rng=rng)
    lived = WornHeart(fast, rate_hz=130, rng=rng).read(60 * 130)
    recording = Recording(
        name="fast", lead="II", ecg_mv=lived.ecg_mv, rate_hz=130, beats=lived.beats, source="made up"
    )

    looped = PacedRecording(recording, pace=lambda _at_s: 1.0).beats_between(0.0, 200.0)

    intervals_s = np.diff([beat.at_s for beat in looped])
    assert intervals_s.min() > 0.25
    assert intervals_s.max() < 0.5


def test_annotation_symbols_come_along() -> None:
    paced = PacedRecording(load_excerpt("ectopic-119"), pace=lambda _at_s: 1.0)

    assert {beat.symbol for beat in paced.beats_between(0.0, 100.0)} == {"N", "V"}


def test_a_recording_played_once_ends_with_its_last_sample() -> None:
    recording = resample(load_excerpt("resting-101"), 130)
    paced = PacedRecording(recording, pace=lambda _at_s: 1.0, loop=False)
    heart = WornHeart(paced, rate_hz=130, rng=np.random.default_rng(0))

    lived = heart.read(1_000_000)

    assert lived.ecg_mv == pytest.approx(recording.ecg_mv)
    assert [beat.at_s for beat in lived.beats] == pytest.approx([beat.at_s for beat in recording.beats])
    assert len(heart.read(10).ecg_mv) == 0


def test_a_recording_without_beats_plays_as_it_is() -> None:
    silence = Recording(
        name="asystole", lead="II", ecg_mv=np.zeros(3600), rate_hz=360, beats=(), source="made up"
    )
    paced = PacedRecording(silence, pace=lambda _at_s: 2.0)

    assert recorded_rate_bpm(silence) is None
    assert paced.beats_between(0.0, 60.0) == ()
    assert not paced.ecg_mv(np.arange(60 * RATE_HZ) / RATE_HZ, RATE_HZ).any()
