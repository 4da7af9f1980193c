"""A short simulated day through the real service: nothing is lost, and no alert is without a cause."""

import json
from pathlib import Path

from typer.testing import CliRunner

from carewire.cli import app
from carewire.day.run import Cast, live
from carewire.day.scripts import SCRIPTS


def test_two_hours_of_two_patients_are_told_of_and_reported(tmp_path: Path) -> None:
    done = CliRunner().invoke(
        app, ["bench", "day", "--patients", "2", "--hours", "2", "--report", str(tmp_path / "f.json")]
    )
    assert done.exit_code == 0, done.output
    facts = json.loads((tmp_path / "f.json").read_text())
    assert {each["condition"] for each in facts["burden"]["conditions"]} >= {
        "atrial-fibrillation",
        "glucose-very-low",
    }
    faith = facts["faith"]
    assert faith["breaches"] == faith["told"] + faith["held"] > 1
    assert (faith["lost"], faith["causeless"], facts["burden"]["untold"]) == ([], [], 0)
    assert "simulated" in facts["people"]
    assert "model" in done.output


def test_what_a_gateway_told_late_is_told_on_as_late(tmp_path: Path) -> None:
    late = next(at for at, script in enumerate(SCRIPTS) if script.name == "late-word-of-a-fast-heart")
    lived = live(Cast(patients=1, hours=1.5, first_script=late), folder=tmp_path)
    assert lived.reckoning.lost == []
    assert lived.burden.delayed.hits == 1
    assert {load.condition for load in lived.burden.conditions} == {"gateway-silent", "tachycardia"}
