import numpy as np
import pytest

from firmware_sim.scenarios import SCENARIOS, scenario_named
from vitals.errors import ConfigurationError

RATE_HZ = 130


@pytest.mark.parametrize("name", list(SCENARIOS))
@pytest.mark.parametrize("rate_hz", [130, 250])
def test_every_scenario_plays_on_in_plausible_millivolts(name: str, rate_hz: int) -> None:
    heart = SCENARIOS[name].heart(rate_hz, np.random.default_rng(0))

    segment = heart.read(200 * rate_hz)

    assert heart.rate_hz == rate_hz
    assert len(segment.ecg_mv) == 200 * rate_hz
    assert np.isfinite(segment.ecg_mv).all()
    assert 0.5 < np.ptp(segment.ecg_mv) < 6.0
    assert len(segment.beats) >= 25


@pytest.mark.parametrize("name", list(SCENARIOS))
def test_every_scenario_is_the_same_again_from_the_same_seed(name: str) -> None:
    first, again = (SCENARIOS[name].heart(RATE_HZ, np.random.default_rng(7)).read(2000) for _ in range(2))

    assert np.array_equal(first.ecg_mv, again.ecg_mv)
    assert first.beats == again.beats


def test_every_row_is_found_under_its_own_name() -> None:
    assert all(scenario_named(name).name == name for name in SCENARIOS)


def test_an_unknown_scenario_is_answered_with_those_that_are() -> None:
    with pytest.raises(ConfigurationError, match="choose one of resting, ectopic-beats"):
        scenario_named("marathon")


@pytest.mark.parametrize(
    ("name", "lowest", "highest"),
    [("resting", 0.02, 0.08), ("generated-resting", 0.02, 0.08), ("tachycardia", 0.0, 0.03)],
)
def test_regular_hearts_are_regular(name: str, lowest: float, highest: float) -> None:
    assert lowest < irregularity(name) < highest


@pytest.mark.parametrize(
    "name",
    ["atrial-fibrillation", "atrial-fibrillation-with-ectopic-beats", "generated-atrial-fibrillation"],
)
def test_fibrillating_hearts_are_not(name: str) -> None:
    assert irregularity(name) > 0.18


def irregularity(name: str) -> float:
    segment = SCENARIOS[name].heart(RATE_HZ, np.random.default_rng(0)).read(100 * RATE_HZ)
    intervals_s = np.diff([beat.at_s for beat in segment.beats])
    return float(intervals_s.std() / intervals_s.mean())


def test_tachycardia_stays_at_140() -> None:
    segment = SCENARIOS["tachycardia"].heart(RATE_HZ, np.random.default_rng(0)).read(300 * RATE_HZ)
    rates_bpm = 60 / np.diff([beat.at_s for beat in segment.beats])

    assert rates_bpm.min() > 130
    assert rates_bpm.max() < 150


def test_the_strap_comes_loose_after_half_a_minute() -> None:
    heart = SCENARIOS["sensor-off"].heart(RATE_HZ, np.random.default_rng(0))

    assert heart.read(30 * RATE_HZ).contact
    assert not heart.read(RATE_HZ).contact
