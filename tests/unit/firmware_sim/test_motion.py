import numpy as np
import pytest

from firmware_sim.body import Body
from firmware_sim.motion import SITES

RATE_HZ = 50


def magnitude_g(name: str, site: str, from_s: int, to_s: int, seed: int = 1) -> np.ndarray:
    samples = Body([name], seed=seed).acceleration(RATE_HZ, site).read(to_s * RATE_HZ).samples
    return np.linalg.norm(samples[from_s * RATE_HZ :], axis=1)


@pytest.mark.parametrize("site", list(SITES))
@pytest.mark.parametrize("name", ["generated-resting", "sleep"])
def test_whoever_rests_feels_one_g(name: str, site: str) -> None:
    felt_g = magnitude_g(name, site, 0, 120)

    assert felt_g.mean() == pytest.approx(1.0, abs=0.01)
    assert felt_g.std() < 0.03


def test_a_sleeper_lies_stiller_than_somebody_awake() -> None:
    assert magnitude_g("sleep", "wrist", 0, 600).std() < 0.5 * magnitude_g("resting", "wrist", 0, 600).std()


@pytest.mark.parametrize("site", ["waist", "chest", "wrist"])
@pytest.mark.parametrize("seed", range(4))
def test_a_fall_is_weightless_then_hard_then_still(site: str, seed: int) -> None:
    felt_g = magnitude_g("fall-and-long-lie", site, 60, 240, seed)
    impact = int(np.argmax(felt_g))

    assert felt_g[:impact].min() < 0.41
    assert 3.0 < felt_g[impact] < 8.0
    assert 0.5 < impact / RATE_HZ < 0.8
    assert felt_g[10 * RATE_HZ :].std() < 0.06
    assert felt_g[90 * RATE_HZ :].std() < 0.02


def test_gravity_turns_when_somebody_falls() -> None:
    samples = Body(["fall-and-long-lie"], seed=1).acceleration(RATE_HZ, "waist").read(90 * RATE_HZ).samples

    before, after = samples[50 * RATE_HZ : 59 * RATE_HZ].mean(axis=0), samples[70 * RATE_HZ :].mean(axis=0)

    assert before @ after / np.linalg.norm(before) / np.linalg.norm(after) < 0.4


@pytest.mark.parametrize(
    ("from_s", "to_s", "lowest_g", "highest_g"), [(100, 230, 0.2, 1.0), (300, 590, 1.0, 2.5)]
)
def test_steps_show_at_the_waist_at_the_cadence_counted(
    from_s: int, to_s: int, lowest_g: float, highest_g: float
) -> None:
    body = Body(["exercise"], seed=1)
    felt_g = magnitude_g("exercise", "waist", from_s, to_s)
    steps = body.vital_signs(to_s).steps_total - body.vital_signs(from_s).steps_total

    spectrum = np.abs(np.fft.rfft(felt_g - felt_g.mean()))
    strongest_hz = np.fft.rfftfreq(len(felt_g), 1 / RATE_HZ)[np.argmax(spectrum)]

    assert strongest_hz == pytest.approx(steps / (to_s - from_s), rel=0.02)
    assert lowest_g < np.quantile(felt_g, 0.99) - np.quantile(felt_g, 0.01) < highest_g


def test_an_arm_swings_once_in_two_steps() -> None:
    samples = Body(["exercise"], seed=1).acceleration(RATE_HZ, "wrist").read(230 * RATE_HZ).samples
    across = samples[100 * RATE_HZ :, 1]

    spectrum = np.abs(np.fft.rfft(across - across.mean()))
    strongest_hz = np.fft.rfftfreq(len(across), 1 / RATE_HZ)[np.argmax(spectrum)]

    assert strongest_hz == pytest.approx(107 / 60 / 2, rel=0.03)


def test_a_hand_trembles_near_9_hz_when_glucose_is_low() -> None:
    samples = Body(["hypoglycaemia"], seed=1).acceleration(RATE_HZ, "wrist").read(900 * RATE_HZ).samples

    def power(from_s: int, to_s: int) -> float:
        part = samples[from_s * RATE_HZ : to_s * RATE_HZ, 0]
        spectrum = np.abs(np.fft.rfft(part - part.mean())) ** 2
        hz = np.fft.rfftfreq(len(part), 1 / RATE_HZ)
        return float(spectrum[(hz > 8) & (hz < 10.6)].mean())

    assert power(800, 900) > 20 * power(0, 100)
