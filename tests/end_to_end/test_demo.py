"""The main job as a user runs it: one command, a report that accounts for every record."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from carewire.layout import free_port

ROOT = Path(__file__).parents[2]
CAREWIRE = [sys.executable, "-m", "carewire"]


def run_demo(tmp_path: Path, *options: str) -> dict:
    report = tmp_path / "report.json"
    command = [*CAREWIRE, "demo", "--headless", "--report", str(report), *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(report.read_text())


def physiological(report: dict) -> list[dict]:
    return [alert for alert in report["alerts"] if alert["family"] == "physiological"]


def assert_nothing_lost(report: dict) -> None:
    assert report["records_made"] > 100
    assert report["records_lost"] == 0
    assert report["records_in_outbox"] == 0
    assert report["records_stored"] + report["records_quarantined"] == report["records_made"]
    assert report["restarts"] == {"broker": 0, "cloud": 0, "gateway": 0, "simulator": 0}


def test_atrial_fibrillation_becomes_one_explained_alert(tmp_path: Path) -> None:
    report = run_demo(tmp_path, "--scenario", "atrial-fibrillation", "--duration", "90", "--speed", "4")
    assert_nothing_lost(report)
    (alert,) = physiological(report)
    assert (alert["condition"], alert["priority"]) == ("atrial-fibrillation", "medium")
    assert 0 < alert["latency_ms"] < 5_000
    explanation = alert["explanation"]
    assert explanation["summary"]
    assert explanation["model"]["probability"] >= explanation["model"]["threshold"]
    assert {"name", "value", "unit", "says"} <= explanation["contributors"][0].keys()
    assert len(explanation["median_beat"]["uv"]) > 20
    assert set(explanation["advice"]) == {"patient", "caregiver", "clinician"}
    assert report["latency_ms"]["count"] >= 1
    assert report["inference"]["count"] >= 5
    assert report["inference"]["p50_us"] > 0


def test_a_resting_heart_raises_no_alarm(tmp_path: Path) -> None:
    report = run_demo(tmp_path, "--scenario", "resting", "--duration", "150", "--speed", "6")
    assert_nothing_lost(report)
    assert report["alerts"] == []
    assert report["inference"]["count"] >= 10


def test_any_wfdb_record_can_be_played(tmp_path: Path) -> None:
    record = ROOT / "firmware_sim" / "excerpts" / "ectopic-119.hea"
    report = run_demo(tmp_path, "--recording", str(record), "--duration", "60", "--speed", "4")
    assert_nothing_lost(report)
    assert report["recording"].endswith("ectopic-119.hea")
    assert report["scenario"] is None


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_cleanly_when_told_to(tmp_path: Path, number: signal.Signals) -> None:
    keep = tmp_path / "kept"
    command = [*CAREWIRE, "demo", "--headless", "--duration", "600", "--keep", str(keep)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    eventually(lambda: (log := keep / "gateway.log").exists() and "ble.streaming" in log.read_text())
    process.send_signal(number)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 0, out
    assert "Traceback" not in out
    assert "lost" in out
    running = subprocess.run(["pgrep", "-f", str(keep)], capture_output=True, text=True, check=False)
    assert running.stdout == "", "a part outlived the demonstration"


def eventually(ready: Callable[[], bool], within_s: float = 90.0) -> None:
    deadline = time.monotonic() + within_s
    while not ready():
        assert time.monotonic() < deadline, f"waited {within_s:.0f} s in vain"
        time.sleep(0.1)


def is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def refused(*options: str) -> str:
    command = [*CAREWIRE, *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


def test_a_taken_port_is_named_with_what_to_do() -> None:
    port = free_port()
    holder = subprocess.Popen(
        [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        eventually(lambda: is_listening(port))
        for options in (["demo", "--port"], ["broker", "run", "--port"]):
            said = refused(*options, str(port))
            assert f"port {port}" in said
            assert "--port" in said
    finally:
        holder.kill()
        holder.wait()


def test_a_missing_recording_is_named(tmp_path: Path) -> None:
    assert "999.hea" in refused("demo", "--recording", str(tmp_path / "999.hea"))


def test_a_recording_without_its_samples_is_named(tmp_path: Path) -> None:
    (tmp_path / "100.hea").write_text("100 1 360 650000\n100.dat 212 200 11 1024 995 -22131 0 MLII\n")
    assert "100.dat" in refused("demo", "--recording", str(tmp_path / "100.hea"))


def test_a_household_and_a_recording_are_refused_together() -> None:
    assert "--household" in refused("demo", "--household", "--recording", "203.hea")


def test_an_unknown_scenario_is_answered_with_those_there_are() -> None:
    assert "atrial-fibrillation" in refused("demo", "--scenario", "unheard-of")


def test_a_report_that_could_not_be_written_is_refused_before_anything_runs(tmp_path: Path) -> None:
    assert "nowhere" in refused("demo", "--report", str(tmp_path / "nowhere" / "f.json"))


@pytest.mark.parametrize("part", ["edge", "cloud"])
@pytest.mark.parametrize(
    ("content", "says"),
    [(b"\xff\xfe", "TOML"), (b"gateway_id = ", "TOML"), (b"colour = 'red'\n", "colour"), (None, "read")],
)
def test_an_unreadable_configuration_is_named(
    tmp_path: Path, part: str, content: bytes | None, says: str
) -> None:
    file = tmp_path / "settings.toml"
    if content is not None:
        file.write_bytes(content)
    said = " ".join(refused(part, "run", "--config", str(file)).split())
    assert "settings.toml" in said
    assert says in said


def test_help_reads_well_at_every_level() -> None:
    def shown(*words: str) -> str:
        environment = os.environ | {"COLUMNS": "100", "NO_COLOR": "1"}
        command = [*CAREWIRE, *words, "--help"]
        return subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout

    top = shown()
    for noun in ("demo", "edge", "cloud", "sim", "models", "broker", "bench"):
        assert noun in top
        assert "Usage: carewire" in shown(noun)
    for option in ("--headless", "--duration", "--speed", "--scenario", "--recording", "--report"):
        assert option in shown("demo")
