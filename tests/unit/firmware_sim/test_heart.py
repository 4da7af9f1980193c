from dataclasses import replace

import numpy as np
import pytest

from firmware_sim.excerpts import EXCERPTS, load_excerpt
from firmware_sim.heart import RecordedHeart
from firmware_sim.physiology import GeneratedBeating
from firmware_sim.recordings import Recording, resample
from firmware_sim.rhythms import Sinus
from firmware_sim.worn_heart import WornHeart
from tests.fakes.steady_drive import SteadyDrive
from vitals.features.rpeaks import RPeakDetector

RATE_HZ = 130


def test_a_recording_is_played_from_its_start_whatever_the_portions() -> None:
    recording = resample(load_excerpt("resting-101"), RATE_HZ)
    whole = RecordedHeart(recording).read(60 * RATE_HZ)
    heart = RecordedHeart(recording)
    portions = [heart.read(count) for count in (1, 64, 65, 60 * RATE_HZ - 130)]

    assert whole.ecg_mv == pytest.approx(recording.ecg_mv[: 60 * RATE_HZ])
    assert np.concatenate([portion.ecg_mv for portion in portions]) == pytest.approx(whole.ecg_mv)
    assert tuple(beat for portion in portions for beat in portion.beats) == whole.beats
    assert [portion.start for portion in portions] == [0, 1, 65, 130]


def test_a_recording_played_once_ends() -> None:
    recording = resample(load_excerpt("resting-101"), RATE_HZ)
    heart = RecordedHeart(recording, loop=False)

    played = heart.read(1_000_000)

    assert played.ecg_mv == pytest.approx(recording.ecg_mv)
    assert played.beats == recording.beats
    assert len(heart.read(10).ecg_mv) == 0


@pytest.mark.parametrize("excerpt", list(EXCERPTS))
def test_no_detector_notices_where_a_loop_joins(excerpt: str) -> None:
    heart = RecordedHeart(resample(load_excerpt(excerpt), RATE_HZ))
    loop = heart._loop_stop - heart._loop_start
    lived = heart.read(heart._loop_stop + loop + 10 * RATE_HZ)
    seams = [heart._loop_stop, heart._loop_stop + loop]

    detected = RPeakDetector(rate_hz=RATE_HZ).push(lived.ecg_mv)

    annotated = [beat.sample(RATE_HZ) for beat in lived.beats]
    for seam in seams:
        around = range(seam - 3 * RATE_HZ, seam + 3 * RATE_HZ)
        expected = [sample for sample in annotated if sample in around]
        found = [sample for sample in detected if sample in around]
        assert len(expected) >= 5
        assert found == pytest.approx(expected, abs=0.1 * RATE_HZ)


def test_a_loop_makes_no_interval_that_the_recording_has_not() -> None:
    recording = resample(load_excerpt("resting-101"), RATE_HZ)
    recorded_s = np.diff([beat.at_s for beat in recording.beats])

    looped_s = np.diff([beat.at_s for beat in RecordedHeart(recording).read(400 * RATE_HZ).beats])

    assert len(looped_s) > 2 * len(recorded_s)
    assert recorded_s.min() - 0.01 <= looped_s.min()
    assert looped_s.max() <= recorded_s.max() + 0.01


def test_a_loop_makes_no_step() -> None:
    recording = resample(load_excerpt("resting-101"), RATE_HZ)
    steepest = np.abs(np.diff(recording.ecg_mv)).max()
    heart = RecordedHeart(recording)

    lived = heart.read(400 * RATE_HZ).ecg_mv

    assert np.abs(np.diff(lived)).max() <= steepest


def test_a_recording_without_beats_loops_too() -> None:
    silence = Recording(
        name="asystole", lead="II", ecg_mv=np.zeros(10 * RATE_HZ), rate_hz=RATE_HZ, beats=(), source=""
    )

    assert len(RecordedHeart(silence).read(60 * RATE_HZ).ecg_mv) == 60 * RATE_HZ


def test_a_fast_heart_loops_before_its_beats() -> None:
    rng = np.random.default_rng(1)
    fast = GeneratedBeating({0.0: Sinus()}, drive=SteadyDrive(rate_bpm=170), rng=rng)
    lived = WornHeart(fast, rate_hz=RATE_HZ, rng=rng).read(60 * RATE_HZ)
    recording = Recording(
        name="fast", lead="II", ecg_mv=lived.ecg_mv, rate_hz=RATE_HZ, beats=lived.beats, source=""
    )

    looped = RecordedHeart(recording).read(200 * RATE_HZ)

    intervals_s = np.diff([beat.at_s for beat in looped.beats])
    assert intervals_s.min() > 0.25
    assert intervals_s.max() < 0.5


def test_annotation_symbols_come_along() -> None:
    recording = load_excerpt("ectopic-119")
    heart = RecordedHeart(replace(recording))

    symbols = {beat.symbol for beat in heart.read(100 * recording.rate_hz).beats}

    assert symbols == {"N", "V"}
