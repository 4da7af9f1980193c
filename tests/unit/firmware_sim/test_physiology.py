from itertools import pairwise

import numpy as np
import pytest

from firmware_sim.heart import HeartSegment
from firmware_sim.physiology import GeneratedBeating
from firmware_sim.rhythms import (
    AtrialFibrillation,
    Rhythm,
    Sinus,
    VentricularTachycardia,
    WithEctopicBeats,
    WithPauses,
)
from firmware_sim.worn_heart import WornHeart
from tests.fakes.steady_drive import SteadyDrive
from vitals.features.rpeaks import RPeakDetector

RATE_HZ = 250


def lived(
    *course: tuple[float, Rhythm],
    seconds: int = 300,
    seed: int = 1,
    rate_hz: int = RATE_HZ,
    drive: SteadyDrive | None = None,
) -> HeartSegment:
    return a_heart(*course, seed=seed, rate_hz=rate_hz, drive=drive).read(seconds * rate_hz)


def a_heart(
    *course: tuple[float, Rhythm],
    seed: int = 1,
    rate_hz: int = RATE_HZ,
    drive: SteadyDrive | None = None,
) -> WornHeart:
    beats_rng, noise_rng = np.random.default_rng(seed).spawn(2)
    beating = GeneratedBeating(dict(course), drive=drive or SteadyDrive(), rng=beats_rng)
    return WornHeart(beating, rate_hz=rate_hz, rng=noise_rng)


def intervals_ms(segment: HeartSegment) -> np.ndarray:
    return 1000 * np.diff([beat.at_s for beat in segment.beats])


def test_a_seed_gives_the_same_heart_and_another_seed_another() -> None:
    first, again, other = (lived((0.0, Sinus()), seconds=30, seed=seed) for seed in (1, 1, 2))

    assert np.array_equal(first.ecg_mv, again.ecg_mv)
    assert first.beats == again.beats
    assert not np.array_equal(first.ecg_mv, other.ecg_mv)
    assert first.beats != other.beats


def test_the_heart_is_the_same_whatever_the_portions() -> None:
    course: tuple[tuple[float, Rhythm], ...] = ((0.0, Sinus()), (10.0, AtrialFibrillation()))
    whole = a_heart(*course, rate_hz=130).read(3900)
    heart = a_heart(*course, rate_hz=130)
    portions = [heart.read(count) for count in (1, 64, 65, 1170, 2600)]

    assert np.concatenate([portion.ecg_mv for portion in portions]) == pytest.approx(whole.ecg_mv)
    assert tuple(beat for portion in portions for beat in portion.beats) == whole.beats


def test_a_resting_heart_varies_as_resting_hearts_do() -> None:
    rr_ms = intervals_ms(lived((0.0, Sinus())))

    assert 60_000 / rr_ms.mean() == pytest.approx(64, abs=1)
    assert 25 < rr_ms.std() < 60
    assert 20 < np.sqrt(np.mean(np.diff(rr_ms) ** 2)) < 60


def test_breathing_shows_in_the_resting_intervals() -> None:
    segment = lived((0.0, Sinus(slow_wave_ms=0)))
    at_s = np.array([beat.at_s for beat in segment.beats])[:-1]
    rr_ms = intervals_ms(segment) - intervals_ms(segment).mean()

    power = [abs(np.sum(rr_ms * np.exp(-2j * np.pi * hz * at_s))) for hz in (0.15, 0.25, 0.35)]

    assert power[1] > 5 * max(power[0], power[2])


def test_fibrillation_is_irregularly_irregular() -> None:
    rr_ms = intervals_ms(lived((0.0, AtrialFibrillation(irregularity=0.22)), drive=SteadyDrive(rate_bpm=96)))

    assert 60_000 / rr_ms.mean() == pytest.approx(96, abs=4)
    assert rr_ms.std() / rr_ms.mean() == pytest.approx(0.22, abs=0.03)
    assert rr_ms.min() > 300
    assert abs(np.corrcoef(rr_ms[:-1], rr_ms[1:])[0, 1]) < 0.15


def test_p_waves_give_way_to_f_waves() -> None:
    assert mean_before_r_mv(lived((0.0, Sinus()))) > 0.08
    assert mean_before_r_mv(lived((0.0, AtrialFibrillation()))) < 0.03
    assert f_wave_mv(lived((0.0, AtrialFibrillation()))) > 3 * f_wave_mv(lived((0.0, Sinus())))


def mean_before_r_mv(segment: HeartSegment) -> float:
    """Return the height of the averaged beat where its P wave would be, over the baseline before it."""
    beats = [beat.sample(RATE_HZ) for beat in segment.beats if beat.sample(RATE_HZ) > RATE_HZ]
    averaged = np.mean([segment.ecg_mv[at - 60 : at] for at in beats], axis=0)
    return float(averaged[60 - 40] - averaged[:5].mean())


def f_wave_mv(segment: HeartSegment) -> float:
    """Return the spread of the ECG between T and Q, where only the atria write."""
    beats = [beat.sample(RATE_HZ) for beat in segment.beats]
    pairs = [(early, late) for early, late in pairwise(beats) if late - early > 0.65 * RATE_HZ]
    quiet = [segment.ecg_mv[early + 110 : late - 55] for early, late in pairs]
    smooth = [np.convolve(piece, np.full(10, 0.1), mode="valid") for piece in quiet if len(piece) > 20]
    return float(np.median([np.std(piece) for piece in smooth]))


def test_a_paroxysm_begins_when_the_course_says() -> None:
    segment = lived((0.0, Sinus()), (60.0, AtrialFibrillation()), seconds=180)
    at_s = np.array([beat.at_s for beat in segment.beats])[:-1]
    rr_ms = intervals_ms(segment)

    assert rr_ms[at_s < 60].std() < 60
    assert rr_ms[at_s > 60].std() > 100


@pytest.mark.parametrize("rate_hz", [130, 250])
@pytest.mark.parametrize(
    ("rhythm", "rate_bpm"),
    [
        (Sinus(), 64),
        (Sinus(), 140),
        (Sinus(), 38),
        (AtrialFibrillation(), 96),
        (VentricularTachycardia(), 64),
        (WithEctopicBeats(rhythm=Sinus(), share=0.1), 70),
        (WithPauses(rhythm=Sinus()), 70),
    ],
)
def test_the_detector_finds_every_generated_beat(rhythm: Rhythm, rate_bpm: float, rate_hz: int) -> None:
    segment = lived((0.0, rhythm), seconds=120, rate_hz=rate_hz, drive=SteadyDrive(rate_bpm=rate_bpm))

    detected = RPeakDetector(rate_hz=rate_hz).push(segment.ecg_mv)

    expected = [beat.sample(rate_hz) for beat in segment.beats if beat.at_s < 115]
    assert detected[: len(expected)] == pytest.approx(expected, abs=0.012 * rate_hz)


def test_a_fast_heart_varies_less() -> None:
    slow, fast = (
        intervals_ms(lived((0.0, Sinus()), drive=SteadyDrive(rate_bpm=rate_bpm))) for rate_bpm in (64, 140)
    )

    assert fast.std() < 0.3 * slow.std()


def test_a_ventricle_heeds_no_nerve_and_beats_wide() -> None:
    segment = lived((0.0, Sinus()), (60.0, VentricularTachycardia()), (75.0, Sinus()), seconds=120)
    run = [beat for beat in segment.beats if beat.symbol == "V"]
    rates_bpm = 60 / np.diff([beat.at_s for beat in run])

    assert 60 <= run[0].at_s < 63
    assert 74 < run[-1].at_s < 76
    assert rates_bpm.mean() == pytest.approx(170, abs=2)
    assert qrs_width_ms(segment, "V") >= 120
    assert qrs_width_ms(segment, "N") < 60


def qrs_width_ms(segment: HeartSegment, symbol: str) -> float:
    """Return for how long the averaged R wave stays above a tenth of its height."""
    beats = [beat.sample(RATE_HZ) for beat in segment.beats if beat.symbol == symbol][1:-1]
    averaged = np.mean([segment.ecg_mv[at - 40 : at + 40] for at in beats], axis=0)
    high = averaged > 0.1 * averaged[40]
    before, after = int(np.argmin(high[40::-1])), int(np.argmin(high[40:]))
    return 1000 * (before + after) / RATE_HZ


def test_an_ectopic_beat_comes_early_and_the_next_makes_up_for_it() -> None:
    segment = lived((0.0, WithEctopicBeats(rhythm=Sinus(), share=0.1)))
    around = [
        (before.at_s, beat.at_s, after.at_s)
        for (before, beat), (_, after) in pairwise(pairwise(segment.beats))
        if beat.symbol == "V"
    ]
    early_s, late_s = np.array([(v - n, after - v) for n, v, after in around]).T

    assert len(around) > 10
    assert early_s.mean() < 0.7 * 60 / 64
    assert (early_s + late_s).mean() == pytest.approx(2 * 60 / 64, abs=0.05)


def test_a_pausing_heart_falls_silent_now_and_then() -> None:
    rr_ms = intervals_ms(lived((0.0, WithPauses(rhythm=Sinus(), pause_s=3.6))))

    assert 2 <= np.count_nonzero(rr_ms > 3000) <= 15
    assert rr_ms.max() == pytest.approx(3600, abs=1)
