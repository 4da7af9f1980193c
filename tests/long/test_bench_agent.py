"""`carewire bench edge` and `bench bluez`, shortened: real agents, a real broker, the real service."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from carewire.bench import bluez, edge
from carewire.cli import app


def reported(question: str, folder: Path) -> dict[str, Any]:
    report = folder / f"{question}.json"
    result = CliRunner().invoke(app, ["bench", question, "--report", str(report)])
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(report.read_text())
    return found


def test_a_stream_takes_less_than_two_percent_of_a_core_and_the_agent_less_than_150_mb(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(edge, "MEASURED_S", 8)
    monkeypatch.setattr(edge, "CORE_S", 40)

    found = reported("edge", tmp_path)

    assert 0 < found["cpu_percent_per_stream"] < 2
    assert 40 < found["rss_mb"] <= found["peak_rss_mb"] < 150
    assert found["streams_per_core"] > 50
    assert (found["patients"], found["wearables"]) == (4, 12)
    assert found["agent_inferences"] >= 4


def test_the_gateways_own_command_is_measured_with_its_radio_beneath_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(bluez, "HEARTS", ("resting",))
    monkeypatch.setattr(bluez, "SETTLE_S", 1.0)
    monkeypatch.setattr(bluez, "MEASURED_S", 5.0)

    found = reported("bluez", tmp_path)

    assert (found["patients"], found["wearables"]) == (1, 3)
    assert 0 < found["agent_cpu_percent"] < 20
    assert 40 < found["rss_mb"] <= found["peak_rss_mb"] < 150
    assert found["records_per_s"] > 2
