import subprocess
import sys

import numpy as np
import pytest

from firmware_sim.body import Body
from firmware_sim.scenarios import SCENARIOS, scenario_named, scenarios_named
from vitals.errors import ConfigurationError

RATE_HZ = 130


@pytest.mark.parametrize("name", list(SCENARIOS))
@pytest.mark.parametrize("rate_hz", [130, 250])
def test_every_scenario_plays_on_in_plausible_millivolts(name: str, rate_hz: int) -> None:
    heart = Body([name], seed=0).heart(rate_hz)

    segment = heart.read(100 * rate_hz)

    assert heart.rate_hz == rate_hz
    assert len(segment.ecg_mv) == 100 * rate_hz
    assert np.isfinite(segment.ecg_mv).all()
    assert 0.5 < np.ptp(segment.ecg_mv) < 10.0
    assert len(segment.beats) >= 25


@pytest.mark.parametrize("name", list(SCENARIOS))
def test_every_scenario_is_the_same_again_from_the_same_seed(name: str) -> None:
    first, again = (Body([name], seed=7).heart(RATE_HZ).read(2000) for _ in range(2))

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
    segment = Body([name], seed=0).heart(RATE_HZ).read(100 * RATE_HZ)
    intervals_s = np.diff([beat.at_s for beat in segment.beats])
    return float(intervals_s.std() / intervals_s.mean())


def test_tachycardia_stays_at_140() -> None:
    segment = Body(["tachycardia"], seed=0).heart(RATE_HZ).read(300 * RATE_HZ)
    rates_bpm = 60 / np.diff([beat.at_s for beat in segment.beats])

    assert rates_bpm.min() > 130
    assert rates_bpm.max() < 150


def test_the_strap_comes_loose_after_half_a_minute() -> None:
    heart = Body(["sensor-off"], seed=0).heart(RATE_HZ)

    assert heart.read(30 * RATE_HZ).contact
    assert not heart.read(RATE_HZ).contact


def test_scenarios_are_combined_by_plus_signs() -> None:
    assert [row.name for row in scenarios_named("resting + fever+low-battery")] == [
        "resting",
        "fever",
        "low-battery",
    ]


def test_what_moves_vital_signs_adds_up() -> None:
    def heart_rate_bpm(names: str) -> float:
        body = Body([names], seed=1)
        return float(np.mean([body.vital_signs(at_s).heart_rate_bpm for at_s in range(240, 300)]))

    resting, fever, hypoxia, both = map(
        heart_rate_bpm, ("resting", "resting+fever", "resting+desaturation", "resting+fever+desaturation")
    )

    assert fever > resting + 10
    assert both - resting == pytest.approx((fever - resting) + (hypoxia - resting), abs=2)


def test_a_later_scenario_overrides_what_it_sets() -> None:
    slow, fast = (
        Body([names], seed=1).vital_signs(60.0).heart_rate_bpm
        for names in ("tachycardia+bradycardia", "bradycardia+tachycardia")
    )

    assert slow < 50
    assert fast > 130


def test_a_recorded_heart_follows_a_pace_that_another_scenario_sets() -> None:
    assert Body(["resting+bradycardia"], seed=1).vital_signs(60.0).heart_rate_bpm == pytest.approx(40, abs=3)


def test_faults_of_devices_come_along_with_what_the_body_lives_through() -> None:
    body = Body(["resting+low-battery", "garbage-packets"], seed=1)

    assert [fault.fault for fault in body.device_faults] == ["low-battery", "garbage-packets"]


def test_nobody_has_two_hearts() -> None:
    with pytest.raises(ConfigurationError, match="resting and atrial-fibrillation name different hearts"):
        scenarios_named("resting+fever+atrial-fibrillation")


def test_the_same_heart_may_be_named_twice() -> None:
    assert len(scenarios_named("resting+resting")) == 2


def test_one_unknown_name_among_several_is_told() -> None:
    with pytest.raises(ConfigurationError, match="no scenario is called 'marathon'"):
        scenarios_named("resting+marathon")


def test_a_body_needs_no_bluetooth() -> None:
    program = "import sys, firmware_sim.body; sys.exit(any('bumble' in name for name in sys.modules))"

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
