import numpy as np
import pytest

from firmware_sim.body import Body
from firmware_sim.courses import Courses
from firmware_sim.excerpts import load_excerpt
from firmware_sim.recordings import resample
from firmware_sim.vital_signs import Quantity
from vitals.errors import ConfigurationError
from vitals.features.quality import assess_ecg
from vitals.features.rpeaks import RPeakDetector

RATE_HZ = 250


def test_a_seed_gives_the_same_body_and_another_seed_another() -> None:
    first, again, other = (Body(["exercise"], seed=seed) for seed in (1, np.random.SeedSequence(1), 2))

    assert first.vital_signs(200.0) == again.vital_signs(200.0)
    assert first.vital_signs(200.0) != other.vital_signs(200.0)
    assert np.array_equal(first.heart(RATE_HZ).read(5000).ecg_mv, again.heart(RATE_HZ).read(5000).ecg_mv)


def test_children_of_one_seed_are_different_people() -> None:
    ann, ben = (Body(["resting"], seed=seed) for seed in np.random.SeedSequence(1).spawn(2))

    assert ann.vital_signs(10.0).weight_kg != ben.vital_signs(10.0).weight_kg


def test_moments_may_be_asked_for_in_any_order() -> None:
    moments = [float(at_s) for at_s in np.linspace(0.0, 900.0, 61)]
    forwards, backwards = Body(["exercise"], seed=3), Body(["exercise"], seed=3)

    told = {at_s: forwards.vital_signs(at_s) for at_s in moments}

    assert all(backwards.vital_signs(at_s) == told[at_s] for at_s in reversed(moments))


@pytest.mark.parametrize("scenarios", ["exercise", "resting+fever", "fall-and-long-lie", "hypoglycaemia"])
def test_every_signal_is_the_same_whatever_the_portions(scenarios: str) -> None:
    body = Body([scenarios], seed=4)
    makers = (
        lambda: body.ppg(125),
        lambda: body.acceleration(50, "wrist"),
        lambda: body.acceleration(50, "waist"),
    )
    for source in makers:
        count = 90 * source().rate_hz
        whole, portions = source(), source()
        expected = whole.read(count).samples
        segments = [portions.read(part) for part in (1, 63, 64, count - 128)]
        assert np.concatenate([segment.samples for segment in segments]) == pytest.approx(expected)
        assert [segment.start for segment in segments] == [0, 1, 64, 128]
    whole_heart, heart = body.heart(RATE_HZ).read(90 * RATE_HZ), body.heart(RATE_HZ)
    parts = [heart.read(part) for part in (1, 124, 125, 90 * RATE_HZ - 250)]
    assert np.concatenate([part.ecg_mv for part in parts]) == pytest.approx(whole_heart.ecg_mv)
    assert tuple(beat for part in parts for beat in part.beats) == whole_heart.beats


def test_a_heart_beats_the_same_at_every_rate() -> None:
    body = Body(["exercise"], seed=5)

    slow, fast = (body.heart(rate_hz).read(100 * rate_hz).beats for rate_hz in (130, 250))

    assert [beat.at_s for beat in slow] == [beat.at_s for beat in fast]


def test_a_recorded_heart_at_rest_is_the_recording() -> None:
    recording = resample(load_excerpt("resting-101"), RATE_HZ)

    lived = Body(["resting"], seed=6).heart(RATE_HZ).read(100 * RATE_HZ)

    assert lived.ecg_mv == pytest.approx(recording.ecg_mv[: 100 * RATE_HZ], abs=0.01)
    assert [beat.at_s for beat in lived.beats] == pytest.approx(
        [beat.at_s for beat in recording.beats if beat.at_s < 99.99]
    )


def test_a_recording_takes_the_place_of_the_heart_and_may_end() -> None:
    recording = load_excerpt("ectopic-119")
    body = Body(["exercise"], seed=6, recording=recording, loop=False)

    lived, pulse = body.heart(RATE_HZ).read(10_000_000), body.ppg(25).read(10_000_000)

    assert [beat.symbol for beat in lived.beats] == [beat.symbol for beat in recording.beats]
    assert len(lived.ecg_mv) / RATE_HZ < recording.duration_s - 5
    assert len(pulse.samples) / 25 == pytest.approx(len(lived.ecg_mv) / RATE_HZ, abs=0.05)


def test_exercise_raises_rates_pressure_and_temperature_with_a_lag() -> None:
    body = Body(["exercise"], seed=7)
    rest, soon, late = (body.vital_signs(at_s) for at_s in (55.0, 75.0, 590.0))

    assert rest.heart_rate_bpm + 3 < soon.heart_rate_bpm < rest.heart_rate_bpm + 25
    assert late.heart_rate_bpm > rest.heart_rate_bpm + 50
    assert late.respiratory_rate_bpm > rest.respiratory_rate_bpm + 12
    assert late.systolic_mmhg > rest.systolic_mmhg + 30
    assert 0.1 < late.body_temperature_c - rest.body_temperature_c < 1.0
    assert late.steps_total > 800


def test_the_heart_slows_by_more_than_12_in_the_first_minute_of_recovery() -> None:
    body = Body(["exercise"], seed=7)

    assert body.vital_signs(662.0).heart_rate_bpm - body.vital_signs(722.0).heart_rate_bpm > 12


def test_exercise_lowers_the_quality_of_the_ecg() -> None:
    assert np.mean(qualities("exercise", 0, 60)) > 0.97
    assert np.mean(qualities("exercise", 260, 500)) < 0.9
    assert min(qualities("exercise", 260, 500)) < 0.7


def qualities(name: str, from_s: int, to_s: int) -> list[float]:
    segment = Body([name], seed=1).heart(RATE_HZ).read(to_s * RATE_HZ)
    peaks = np.array(RPeakDetector(rate_hz=RATE_HZ).push(segment.ecg_mv))
    scores = []
    for start in range(from_s * RATE_HZ, (to_s - 10) * RATE_HZ + 1, 10 * RATE_HZ):
        window = slice(start, start + 10 * RATE_HZ)
        inside = peaks[(peaks >= window.start) & (peaks < window.stop)] - start
        scores.append(assess_ecg(segment.ecg_mv[window], RATE_HZ, inside).score)
    return scores


@pytest.mark.parametrize("scenarios", ["resting", "exercise", "resting+fever", "vt-run", "desaturation"])
def test_our_detector_finds_the_beats_the_body_says_it_beats(scenarios: str) -> None:
    body = Body([scenarios], seed=8)
    segment = body.heart(RATE_HZ).read(210 * RATE_HZ)

    found = np.array(RPeakDetector(rate_hz=RATE_HZ).push(segment.ecg_mv))

    expected = np.array([beat.sample(RATE_HZ) for beat in segment.beats if 3 < beat.at_s < 200])
    missed = [at for at in expected if np.abs(found - at).min() > 0.05 * RATE_HZ]
    inside = found[(found > expected[0] - 10) & (found < expected[-1] + 10)]
    assert len(missed) <= 0.01 * len(expected)
    assert len(inside) == pytest.approx(len(expected), rel=0.01)
    among = expected[(expected >= 150 * RATE_HZ) & (expected < 160 * RATE_HZ)]
    rate_bpm = 60 * RATE_HZ / np.diff(among).mean()
    assert body.vital_signs(160.0).heart_rate_bpm == pytest.approx(rate_bpm, abs=0.5)


def test_breathing_shows_in_the_rr_intervals() -> None:
    body = Body(["sleep"], seed=9)
    beats_s = np.array([beat.at_s for beat in body.heart(RATE_HZ).read(300 * RATE_HZ).beats])
    rate_hz = np.mean([body.vital_signs(at_s).respiratory_rate_bpm for at_s in range(300)]) / 60
    intervals_s = np.diff(beats_s) - np.diff(beats_s).mean()

    def power(hz: float) -> float:
        return float(abs(np.sum(intervals_s * np.exp(-2j * np.pi * hz * beats_s[:-1]))))

    near = max(power(hz) for hz in np.linspace(rate_hz - 0.03, rate_hz + 0.03, 31))
    assert near > 2 * max(power(hz) for hz in np.linspace(rate_hz + 0.08, rate_hz + 0.2, 31))


def test_without_contact_there_is_no_heart() -> None:
    heart = Body(["resting+sensor-off"], seed=1).heart(RATE_HZ)

    before, across, after = (heart.read(seconds * RATE_HZ) for seconds in (29, 2, 10))

    assert (before.contact, across.contact, after.contact) == (True, False, False)
    assert not across.ecg_mv[RATE_HZ:].any()
    assert all(beat.at_s < 30 for beat in across.beats)
    assert after.beats == ()
    assert not after.ecg_mv.any()


def test_the_day_goes_round() -> None:
    courses = Courses((), seed=np.random.SeedSequence(2), start_hour=10.0, baselines={})
    temperatures_c = [courses.at(Quantity.BODY_TEMPERATURE, 3600.0 * hour) for hour in range(24)]

    assert 0.35 < max(temperatures_c) - min(temperatures_c) < 0.65
    assert 10 + int(np.argmax(temperatures_c)) in range(15, 20)


def test_an_unknown_site_is_answered_with_those_that_are() -> None:
    body = Body(["resting"], seed=0)

    with pytest.raises(ConfigurationError, match="choose one of chest, waist, wrist"):
        body.acceleration(50, "ankle")
    with pytest.raises(ConfigurationError, match="choose one of finger, wrist"):
        body.ppg(50, "ear")
