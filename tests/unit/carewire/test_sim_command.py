from typing import Any

import pytest
from typer.testing import CliRunner

from carewire.commands.sim import app
from firmware_sim import bootstrap
from firmware_sim.bootstrap import SimulatorSettings
from firmware_sim.faults import FAULTS
from firmware_sim.scenarios import SCENARIOS
from firmware_sim.wearable_models import WEARABLE_MODELS
from vitals.errors import ConfigurationError


def test_everything_that_can_be_named_is_listed() -> None:
    listed = CliRunner().invoke(app, ["list"], env={"COLUMNS": "200"}).output.split()

    assert {*SCENARIOS, *WEARABLE_MODELS, *FAULTS} <= set(listed)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[SimulatorSettings]:
    """Return the settings that the simulator was run with."""
    settings: list[SimulatorSettings] = []

    async def run(one: SimulatorSettings) -> None:
        settings.append(one)

    monkeypatch.setattr(bootstrap, "run_simulator", run)
    monkeypatch.setattr("carewire.logs.configure_logs", lambda: None)
    return settings


def run(*arguments: str) -> Any:
    return CliRunner().invoke(app, ["run", *arguments], catch_exceptions=True)


def test_patients_are_named_one_by_one(told: list[SimulatorSettings]) -> None:
    result = run(
        "--patient", "resting+fever:strap,oximeter", "--patient", "sleep:band", "--book", "book.jsonl"
    )

    assert result.exit_code == 0
    (settings,) = told
    assert [patient.scenario for patient in settings.everybody] == ["resting+fever", "sleep"]
    assert [model.short for patient in settings.everybody for model in patient.models] == [
        "strap",
        "oximeter",
        "band",
    ]
    assert settings.book is not None


def test_without_patients_one_wears_a_strap(told: list[SimulatorSettings]) -> None:
    run("--scenario", "exercise+low-battery")

    (patient,) = told[0].everybody
    assert (patient.scenario, [model.key for model in patient.models]) == (
        "exercise+low-battery",
        ["chest-strap"],
    )


def test_a_wearable_that_does_not_exist_is_refused_with_those_that_do(told: list[SimulatorSettings]) -> None:
    result = run("--patient", "resting:hat")

    assert isinstance(result.exception, ConfigurationError)
    assert "chest-strap (strap)" in str(result.exception)
    assert not told
