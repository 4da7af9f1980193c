import numpy as np
import pytest

from firmware_sim.body import Body
from firmware_sim.causes import Cause, Episode
from firmware_sim.excerpts import NOISES, load_noise
from firmware_sim.motion_noise import MotionNoise, noise_power, signal_power, snr_db
from firmware_sim.scenario import Life, Scenario


@pytest.mark.parametrize("rate_hz", [130, 250])
@pytest.mark.parametrize("movement", [0.3, 0.65, 1.0])
def test_noise_is_mixed_in_at_the_stated_ratio(movement: float, rate_hz: int) -> None:
    noise = MotionNoise(qrs_mv=1.3, rng=np.random.default_rng(1))

    mixed_mv = noise.at_mv(0, rate_hz, np.full(98 * rate_hz, movement))

    ratio_db = 10 * np.log10(signal_power(1.3) / noise_power(mixed_mv, rate_hz))
    assert ratio_db == pytest.approx(float(snr_db(np.array([movement]))[0]), abs=0.3)


def test_the_ratio_is_that_of_a_whole_body_too() -> None:
    def heart_mv(level: float) -> np.ndarray:
        life = Life(episodes=(Episode(cause=Cause.AGITATION, level=level, from_s=-600.0),))
        row = Scenario(name="busy", description="", source="", expected="", life=life)
        return Body([row], seed=1).heart(250).read(98 * 250).ecg_mv

    still, busy = (
        MotionNoise(qrs_mv=1.3, rng=np.random.default_rng(1)).at_mv(0, 250, np.full(98 * 250, level))
        for level in (0.05, 0.95)
    )

    assert noise_power(heart_mv(0.9), 250) - noise_power(heart_mv(0.0), 250) == pytest.approx(
        noise_power(busy, 250) - noise_power(still, 250), rel=0.1
    )


def test_the_ratio_falls_from_24_to_0_decibels() -> None:
    assert list(snr_db(np.array([0.0, 0.5, 1.0]))) == [24.0, 12.0, 0.0]


def test_whoever_does_not_move_makes_no_noise() -> None:
    noise = MotionNoise(qrs_mv=1.3, rng=np.random.default_rng(1))

    assert not noise.at_mv(0, 250, np.zeros(1000)).any()


def test_the_noise_goes_round_without_a_step() -> None:
    noise = MotionNoise(qrs_mv=1.3, rng=np.random.default_rng(1))

    mixed_mv = noise.at_mv(0, 250, np.ones(250 * 250))

    steps = np.abs(np.diff(mixed_mv))
    assert steps[: 90 * 250].max() * 1.5 > steps.max()


@pytest.mark.parametrize("name", list(NOISES))
def test_the_shipped_noise_is_as_long_as_its_row_says(name: str) -> None:
    noise, rate_hz = load_noise(name)

    assert rate_hz == 360
    assert len(noise) == NOISES[name].duration_s * rate_hz
    assert np.isfinite(noise).all()
