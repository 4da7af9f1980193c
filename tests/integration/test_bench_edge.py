"""`carewire bench edge`, shortened: real agents, a real broker, the real service."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from carewire.bench import edge
from carewire.cli import app


def test_a_stream_takes_less_than_two_percent_of_a_core_and_the_agent_less_than_150_mb(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(edge, "MEASURED_S", 8)
    monkeypatch.setattr(edge, "CORE_S", 40)
    report = tmp_path / "edge.json"

    result = CliRunner().invoke(app, ["bench", "edge", "--report", str(report)])

    assert result.exit_code == 0, result.output
    found = json.loads(report.read_text())
    assert 0 < found["cpu_percent_per_stream"] < 2
    assert 40 < found["rss_mb"] < 150
    assert found["rss_mb"] <= found["peak_rss_mb"] < 150
    assert found["streams_per_core"] > 50
    assert (found["patients"], found["wearables"]) == (4, 12)
    assert found["agent_inferences"] >= 4
