"""The pulse meter on real excerpts of runners, and on light that cannot be judged."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.io import loadmat

from vitals.errors import ValidationError
from vitals.features.ppg import LEAST_CONFIDENCE, PulseEstimate, PulseMeter, acceleration_tail
from vitals.features.ppg_evidence import EVIDENCE, RATES_PER_MIN, log_likelihood, pulse_evidence
from vitals.features.ppg_quality import PulseDoubt
from vitals.features.ppg_tracker import PulseTracker

VECTORS = Path(__file__).parents[3] / "vectors" / "ppg"
SESSIONS = ("DATA_05_TYPE02_excerpt", "DATA_08_TYPE02_excerpt")
RATE_HZ = 125.0


def session(name: str) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    sig = loadmat(VECTORS / f"{name}.mat")["sig"].astype(np.float64)
    return sig[:2], sig[2:], loadmat(VECTORS / f"{name}_BPMtrace.mat")["BPM0"].ravel()


def wave(per_min: float, length_s: float, rate_hz: float = RATE_HZ) -> NDArray[np.float64]:
    """A pulse wave: a fundamental and its first overtone, with a breath three times as large."""
    t_s = np.arange(round(length_s * rate_hz)) / rate_hz
    beat, breath = 2 * np.pi * per_min / 60 * t_s, 2 * np.pi * 0.25 * t_s
    noise = np.random.default_rng(1).normal(0.0, 0.02, len(t_s))
    return (1000 + np.sin(beat) + 0.4 * np.sin(2 * beat + 1) + 3 * np.sin(breath) + noise)[None, :]


def still(length_s: float, rate_hz: float = RATE_HZ) -> NDArray[np.float64]:
    noise_g = np.random.default_rng(2).normal(0.0, 0.004, (3, round(length_s * rate_hz)))
    return noise_g + np.array([[0.0], [0.0], [1.0]])


def estimates(
    light: NDArray[np.float64],
    acceleration_g: NDArray[np.float64] | None,
    *,
    rate_hz: float = RATE_HZ,
    chunk_s: float = 1.0,
    is_known_to_rest: bool = False,
) -> list[PulseEstimate]:
    meter = PulseMeter(channels=len(light), rate_hz=rate_hz, is_known_to_rest=is_known_to_rest)
    tail = None if acceleration_g is None else acceleration_tail(rate_hz)
    found, step = [], round(chunk_s * rate_hz)
    for start in range(0, light.shape[1], step):
        meter.push(light[:, start : start + step], start / rate_hz)
        if tail is not None and acceleration_g is not None:
            tail.push(acceleration_g[:, start : start + step], start / rate_hz)
        found += meter.estimates(tail)
    return found


@pytest.mark.parametrize("name", SESSIONS)
def test_the_rate_of_a_runner_is_followed_from_the_wrist(name):
    light, acceleration_g, truth = session(name)
    found = estimates(light, acceleration_g)
    errors = [abs(one.rate_per_min - true) for one, true in zip(found, truth, strict=True) if not one.doubt]
    assert len(errors) >= 0.8 * len(truth)
    assert np.mean(errors) < 2.0
    assert max(errors) < 8.0


def test_how_the_samples_are_cut_into_frames_changes_nothing():
    light, acceleration_g, _ = session(SESSIONS[0])
    whole, cut = (estimates(light, acceleration_g, chunk_s=chunk_s) for chunk_s in (8.0, 0.4))
    assert [one.from_s for one in whole] == [one.from_s for one in cut]
    assert [one.rate_per_min for one in whole] == pytest.approx([one.rate_per_min for one in cut], abs=0.5)


def test_nothing_that_comes_later_changes_what_was_told():
    light, acceleration_g, _ = session(SESSIONS[0])
    early = estimates(light[:, :2500], acceleration_g[:, :2500])
    assert early == estimates(light, acceleration_g)[: len(early)]


def test_movement_alone_is_not_taken_for_a_pulse():
    _, acceleration_g, _ = session(SESSIONS[1])
    light = np.random.default_rng(4).normal(0.0, 0.5, (1, 5000)).cumsum(axis=1) * 0.02
    light += 10 * acceleration_g[1:2] + 6 * acceleration_g[:1]
    moving = [
        one for one in estimates(light, acceleration_g) if one.motion_g is not None and one.motion_g > 0.3
    ]
    assert len(moving) > 5
    assert {one.doubt for one in moving} == {PulseDoubt.MOTION}


@pytest.mark.parametrize("per_min", [38.0, 62.0, 97.0, 150.0, 210.0])
@pytest.mark.parametrize("rate_hz", [25.0, 50.0, 125.0])
def test_a_resting_pulse_is_found_at_any_rate_under_a_larger_breath(per_min, rate_hz):
    found = estimates(wave(per_min, 20.0, rate_hz), still(20.0, rate_hz), rate_hz=rate_hz)
    assert [one.rate_per_min for one in found[1:]] == pytest.approx([per_min] * (len(found) - 1), abs=1.5)
    assert {one.doubt for one in found[1:]} == {None}


def test_without_acceleration_nothing_is_told():
    found = estimates(wave(70.0, 20.0), None)
    assert {(one.doubt, one.motion_g) for one in found} == {(PulseDoubt.UNWATCHED, None)}


@pytest.mark.parametrize("dead", [np.zeros((3, 2500)), np.full((3, 2500), np.nan)], ids=["zeros", "nan"])
def test_a_dead_accelerometer_is_none(dead):
    assert {one.doubt for one in estimates(wave(70.0, 20.0), dead)} == {PulseDoubt.UNWATCHED}


def test_who_is_known_to_rest_needs_no_accelerometer():
    found = estimates(wave(70.0, 20.0), None, is_known_to_rest=True)
    assert found[-1].doubt is None
    assert found[-1].rate_per_min == pytest.approx(70.0, abs=1.0)


def test_a_good_channel_beside_a_bad_one_is_unwatched_without_acceleration():
    light = np.concatenate([np.full((1, 2500), 300.0), wave(70.0, 20.0)])
    assert {one.doubt for one in estimates(light, None)} == {PulseDoubt.UNWATCHED}


def test_more_light_than_is_held_is_refused_and_costs_no_window():
    meter = PulseMeter(channels=1, rate_hz=RATE_HZ)
    with pytest.raises(ValidationError, match="in pieces"):
        meter.push(wave(70.0, 40.0), 0.0)


def test_acceleration_that_is_late_is_waited_for_a_little():
    light, acceleration_g = wave(70.0, 12.0), still(12.0)
    meter, tail = PulseMeter(channels=1, rate_hz=RATE_HZ), acceleration_tail(RATE_HZ)
    tail.push(acceleration_g[:, :500], 0.0)
    meter.push(light[:, :1000], 0.0)
    assert list(meter.estimates(tail)) == []
    tail.push(acceleration_g[:, 500:1000], 4.0)
    assert [one.motion_g is None for one in meter.estimates(tail)] == [False]
    meter.push(light[:, 1000:1500], 8.0)
    assert [one.doubt for one in meter.estimates(tail)] == [PulseDoubt.UNWATCHED]


RNG = np.random.default_rng(3)
FAULTY = {
    PulseDoubt.FLAT: np.full((1, 2500), 300.0),
    PulseDoubt.POOR_CONTACT: 300 + 4 * RNG.normal(size=(1, 2500)),
    PulseDoubt.SATURATED: np.clip(wave(70.0, 20.0), 998.0, 1001.0),
    PulseDoubt.NOT_FINITE: np.where(np.arange(2500) % 900 == 5, np.nan, wave(70.0, 20.0)),
    PulseDoubt.DISTURBED: np.where(np.arange(2500) % 900 < 450, 20_000.0, 300.0) + wave(70.0, 20.0),
}


@pytest.mark.parametrize("doubt", FAULTY)
def test_light_that_cannot_be_judged_is_not_and_the_reason_is_kept(doubt):
    found = estimates(FAULTY[doubt], still(20.0))
    assert {(one.doubt, one.confidence) for one in found} == {(doubt, 0.0)}


def test_a_good_channel_makes_up_for_a_bad_one():
    light = np.concatenate([wave(70.0, 20.0), np.full((1, 2500), 300.0)])
    found = estimates(light, still(20.0))
    assert {one.doubt for one in found[1:]} == {None}


def test_a_lost_pulse_is_found_again():
    light = np.concatenate([wave(70.0, 20.0), wave(140.0, 20.0)], axis=1)
    found = estimates(light, still(40.0))
    assert found[-1].rate_per_min == pytest.approx(140.0, abs=1.5)
    assert found[-1].doubt is None


@pytest.mark.parametrize("rate_hz", [5.0, 4000.0])
def test_a_sampling_rate_that_cannot_be_used_is_refused(rate_hz):
    with pytest.raises(ValidationError, match="samples a second"):
        PulseMeter(channels=1, rate_hz=rate_hz)
    with pytest.raises(ValidationError, match="samples a second"):
        acceleration_tail(rate_hz)


def test_each_rate_has_a_figure_of_each_row_of_evidence():
    light, movement = (
        np.random.default_rng(0).normal(size=(2, 200)),
        np.random.default_rng(1).normal(size=(3, 200)),
    )
    figures = pulse_evidence(light, movement)
    assert figures.shape == (len(RATES_PER_MIN), len(EVIDENCE))
    assert np.isfinite(figures).all()


def test_gain_and_offset_of_the_light_do_not_matter():
    light, movement = (
        np.random.default_rng(0).normal(size=(1, 200)),
        np.random.default_rng(1).normal(size=(3, 200)),
    )
    plain, scaled = log_likelihood(light, movement), log_likelihood(-900.0 * light + 5e5, movement)
    assert scaled == pytest.approx(plain, abs=1e-6)


def test_a_window_that_says_nothing_makes_the_tracker_less_sure():
    tracker = PulseTracker()
    sharp = -0.5 * ((RATES_PER_MIN - 90.0) / 2.0) ** 2
    known = [tracker.step(sharp) for _ in range(4)][-1]
    unknown = [tracker.step(None) for _ in range(4)]
    confidences = [known.confidence, *(one.confidence for one in unknown)]
    assert known.confidence > LEAST_CONFIDENCE > confidences[-1]
    assert confidences == sorted(confidences, reverse=True)
    assert unknown[-1].rate_per_min == pytest.approx(90.0, abs=1.0)
