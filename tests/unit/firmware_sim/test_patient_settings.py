import pytest

from firmware_sim.bootstrap import SimulatorSettings
from firmware_sim.patient_settings import PatientSettings
from firmware_sim.wearable_models import WEARABLE_MODELS
from vitals.errors import ConfigurationError


def test_a_patient_is_written_as_scenarios_a_colon_and_wearables() -> None:
    patient = PatientSettings.parse("resting+fever:strap, oximeter,body-scale")

    assert patient.scenario == "resting+fever"
    assert [model.key for model in patient.models] == ["chest-strap", "finger-oximeter", "body-scale"]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("resting", "names no wearables"),
        ("resting:", "no wearable is called ''"),
        ("resting:hat", r"no wearable is called 'hat': choose one of chest-strap \(strap\)"),
        ("marathon:strap", "no scenario is called 'marathon'"),
        ("resting+atrial-fibrillation:strap", "name different hearts"),
    ],
)
def test_what_cannot_be_simulated_is_refused_with_what_can(text: str, complaint: str) -> None:
    with pytest.raises(ConfigurationError, match=complaint):
        PatientSettings.parse(text)


def test_a_patient_who_wears_nothing_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="name one at least"):
        PatientSettings(wearables=())


def test_without_patients_each_of_so_many_wears_a_strap() -> None:
    everybody = SimulatorSettings(wearables=3, scenario="fever").everybody

    assert everybody == (PatientSettings(scenario="fever", wearables=("chest-strap",)),) * 3


def test_no_more_is_simulated_than_a_radio_holds() -> None:
    crowd = (PatientSettings(wearables=tuple(WEARABLE_MODELS)),) * 3

    with pytest.raises(ConfigurationError, match="27 wearables cannot be simulated: choose 1 to 20"):
        SimulatorSettings(patients=crowd)
