"""What each row promises, checked against the signals of bodies of several seeds."""

import numpy as np
import pytest

from firmware_sim.body import Body
from firmware_sim.vital_signs import Posture, VitalSigns
from vitals.features.quality import assess_ecg
from vitals.features.rpeaks import RPeakDetector

SEEDS = range(4)
RATE_HZ = 250


def lived(name: str, *, from_s: float = 0.0, to_s: float = 300.0, step_s: float = 10.0) -> list[VitalSigns]:
    bodies = [Body([name], seed=seed) for seed in SEEDS]
    return [body.vital_signs(float(at_s)) for body in bodies for at_s in np.arange(from_s, to_s, step_s)]


@pytest.mark.parametrize("name", ["resting", "generated-resting", "sleep"])
def test_nothing_is_to_report_where_nothing_is_promised(name: str) -> None:
    for signs in lived(name, to_s=1800.0, step_s=60.0):
        assert 50 < signs.heart_rate_bpm <= 90 or name == "sleep"
        assert 42 < signs.heart_rate_bpm <= 90
        assert 12 <= signs.respiratory_rate_bpm <= 20
        assert signs.oxygen_saturation_percent >= 96
        assert 36.1 <= signs.body_temperature_c <= 38
        assert 100 < signs.systolic_mmhg < 135
        assert 70 < signs.glucose_mg_dl < 140


def test_sleep_is_slow_low_and_still() -> None:
    awake, asleep = lived("generated-resting"), lived("sleep")

    assert all(signs.posture is Posture.LYING for signs in asleep)
    for sign in ("heart_rate_bpm", "respiratory_rate_bpm", "systolic_mmhg", "diastolic_mmhg"):
        assert mean(asleep, sign) < mean(awake, sign) - 1
    assert variability_ms("sleep") > variability_ms("generated-resting")


def mean(signs: list[VitalSigns], field: str) -> float:
    return float(np.mean([getattr(one, field) for one in signs]))


def variability_ms(name: str) -> float:
    segment = Body([name], seed=0).heart(RATE_HZ).read(300 * RATE_HZ)
    return float(1000 * np.diff([beat.at_s for beat in segment.beats]).std())


def test_bradycardia_stays_below_50() -> None:
    assert all(30 < signs.heart_rate_bpm < 50 for signs in lived("bradycardia", from_s=10))


def test_tachycardia_stays_at_140() -> None:
    assert all(130 < signs.heart_rate_bpm < 150 for signs in lived("tachycardia", from_s=10))


def test_pauses_last_more_than_3_s() -> None:
    for seed in SEEDS:
        segment = Body(["sinus-pauses"], seed=seed).heart(RATE_HZ).read(600 * RATE_HZ)
        assert np.count_nonzero(np.diff([beat.at_s for beat in segment.beats]) > 3.0) >= 3


def test_the_run_is_of_ventricular_beats_at_150_to_200() -> None:
    for seed in SEEDS:
        segment = Body(["vt-run"], seed=seed).heart(RATE_HZ).read(90 * RATE_HZ)
        run = [beat for beat in segment.beats if 61.5 <= beat.at_s < 75]
        rates_bpm = 60 / np.diff([beat.at_s for beat in run])
        assert {beat.symbol for beat in run} == {"V"}
        assert 150 < rates_bpm.min() <= rates_bpm.max() < 200
        outside = [beat.symbol for beat in segment.beats if not 60 <= beat.at_s < 76]
        assert outside.count("N") > 5 * outside.count("V")


def test_fibrillation_begins_after_a_minute() -> None:
    segment = Body(["paroxysmal-atrial-fibrillation"], seed=0).heart(RATE_HZ).read(180 * RATE_HZ)
    at_s = np.array([beat.at_s for beat in segment.beats])
    intervals_s, from_s = np.diff(at_s), at_s[:-1]

    assert intervals_s[from_s < 59].std() < 0.06
    assert intervals_s[from_s > 60].std() > 0.1
    assert 60 / intervals_s[from_s > 60].mean() == pytest.approx(98, abs=12)


def test_saturation_falls_below_90_and_recovers() -> None:
    assert all(signs.oxygen_saturation_percent < 90 for signs in lived("desaturation", from_s=120))
    assert all(signs.oxygen_saturation_percent >= 96 for signs in lived("desaturation", from_s=400, to_s=500))


def test_fever_exceeds_39_with_a_faster_heart_and_faster_breathing() -> None:
    well = lived("generated-resting", from_s=300, to_s=600)
    ill = lived("fever", from_s=300, to_s=600)

    risen_c = mean(ill, "body_temperature_c") - mean(well, "body_temperature_c")
    assert all(39.0 < signs.body_temperature_c < 40.0 for signs in ill)
    assert 8 < (mean(ill, "heart_rate_bpm") - mean(well, "heart_rate_bpm")) / risen_c < 10
    assert mean(ill, "respiratory_rate_bpm") > mean(well, "respiratory_rate_bpm") + 4


def test_a_crisis_exceeds_180_over_120() -> None:
    for signs in lived("hypertensive-crisis", from_s=180):
        assert signs.systolic_mmhg > 180
        assert signs.diastolic_mmhg > 120


def test_glucose_falls_below_54_with_sweat_tremor_and_a_faster_heart() -> None:
    before, low = lived("hypoglycaemia", to_s=30), lived("hypoglycaemia", from_s=900, to_s=1200)

    assert all(signs.glucose_mg_dl > 70 for signs in before)
    assert all(30 < signs.glucose_mg_dl < 54 for signs in low)
    assert all(signs.sweating > 0.7 and signs.tremor > 0.7 for signs in low)
    assert mean(low, "heart_rate_bpm") > mean(before, "heart_rate_bpm") + 8


def test_whoever_fell_stays_on_the_floor() -> None:
    before, after = lived("fall-and-long-lie", from_s=20, to_s=60), lived("fall-and-long-lie", from_s=62)

    assert all(signs.posture is Posture.STANDING for signs in before)
    assert all(signs.posture is Posture.LYING and signs.activity == 0 for signs in after)
    assert len({signs.steps_total for signs in lived("fall-and-long-lie", from_s=62)}) <= len(SEEDS)


def test_the_wearer_is_out_of_reach_for_three_minutes() -> None:
    signs = {at_s: Body(["out-of-range"], seed=0).vital_signs(at_s) for at_s in (59.0, 60.0, 239.0, 240.0)}

    assert [one.in_reach for one in signs.values()] == [True, False, False, True]


def test_the_sensor_leaves_the_skin_after_half_a_minute() -> None:
    body = Body(["sensor-off"], seed=0)

    assert body.vital_signs(29.0).on_skin
    assert not body.vital_signs(30.0).on_skin


def test_busy_arms_spoil_the_signal() -> None:
    assert np.mean(qualities("motion-noise", from_s=60)) < 0.75
    assert min(qualities("motion-noise", from_s=60)) < 0.5
    assert min(qualities("motion-noise", to_s=30)) > 0.95


def qualities(name: str, *, from_s: int = 0, to_s: int = 200) -> list[float]:
    segment = Body([name], seed=1).heart(RATE_HZ).read(to_s * RATE_HZ)
    peaks = np.array(RPeakDetector(rate_hz=RATE_HZ).push(segment.ecg_mv))
    scores = []
    for start in range(from_s * RATE_HZ, (to_s - 10) * RATE_HZ + 1, 10 * RATE_HZ):
        window = slice(start, start + 10 * RATE_HZ)
        inside = peaks[(peaks >= window.start) & (peaks < window.stop)] - start
        scores.append(assess_ecg(segment.ecg_mv[window], RATE_HZ, inside).score)
    return scores


@pytest.mark.parametrize(
    ("name", "from_s"),
    [
        ("low-battery", 0.0),
        ("out-of-range", 60.0),
        ("firmware-reboot", 60.0),
        ("clock-ahead", 0.0),
        ("garbage-packets", 30.0),
    ],
)
def test_faults_of_devices_are_scheduled(name: str, from_s: float) -> None:
    (fault,) = Body([name], seed=0).device_faults

    assert (fault.fault, fault.from_s) == (name, from_s)
    assert fault.to_s > fault.from_s
