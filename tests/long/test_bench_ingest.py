"""`carewire bench ingest`, shortened: real gateways, brokers and service, and a real InfluxDB beside them."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from carewire.bench import influxd, influxd_server
from carewire.cli import app

OBSERVATIONS = 20_000


def reported(folder: Path, *options: str) -> dict[str, Any]:
    report = folder / "report.json"
    arguments = ["bench", "ingest", "--observations", str(OBSERVATIONS), "--report", str(report), *options]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, f"{result.output}{result.exception!r}"
    found: dict[str, Any] = json.loads(report.read_text())
    return found


def test_runs_are_timed_through_the_embedded_broker_and_beside_influxdb(tmp_path: Path) -> None:
    found = reported(tmp_path, "--shape", "runs", "--no-alerts", "--peer", "influxdb")

    assert (found["broker"], found["observations"], found["observations_a_batch"]) == (
        "embedded",
        OBSERVATIONS,
        200,
    )
    assert found["observations_per_s"] == found["runs"]["observations_per_s"] > 0
    assert 0 < found["cpu_s_per_million"] < 1_000
    assert 40 < found["rss_mb"] < 400
    assert 0 < found["runs"]["ack_p50_ms"] <= found["runs"]["ack_p99_ms"]
    assert found["runs"]["records_a_batch"] == 4
    peer = found["influxdb"]
    assert set(peer) == {f"batches_of_{size}" for size in influxd.BATCHES_OF}
    assert all(each["observations_per_s"] > 0 and each["rss_mb"] > 0 for each in peer.values())


def test_single_observations_are_timed_through_mosquitto(tmp_path: Path) -> None:
    found = reported(tmp_path, "--shape", "single", "--broker", "mosquitto", "--gateways", "3")

    assert (found["broker"], found["gateways"], found["single"]["records_a_batch"]) == ("mosquitto", 3, 200)
    assert found["observations_per_s"] == found["single"]["observations_per_s"] > 0
    assert found["single_with_alerts"]["observations_per_s"] > 0


def test_a_peer_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(influxd_server, "_PROGRAM", tmp_path / "influxd")
    result = CliRunner().invoke(app, ["bench", "ingest", "--observations", "1", "--peer", "influxdb"])
    assert "influxd is not there: apt-get install influxdb" in str(result.exception)
