"""The main job as a user runs it: one command, a report that accounts for every record."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fakes.gateway import eventually

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
    report = run_demo(tmp_path, "--scenario", "atrial-fibrillation", "--duration", "75", "--speed", "5")
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
    report = run_demo(tmp_path, "--scenario", "resting", "--duration", "120", "--speed", "6")
    assert_nothing_lost(report)
    assert report["alerts"] == []
    assert report["inference"]["count"] >= 10


def test_any_wfdb_record_can_be_played(tmp_path: Path) -> None:
    record = ROOT / "firmware_sim" / "excerpts" / "ectopic-119.hea"
    report = run_demo(tmp_path, "--recording", str(record), "--duration", "40", "--speed", "4")
    assert_nothing_lost(report)
    assert report["recording"].endswith("ectopic-119.hea")
    assert report["scenario"] is None


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_cleanly_when_told_to(tmp_path: Path, number: signal.Signals) -> None:
    keep = tmp_path / "kept"
    command = [*CAREWIRE, "demo", "--headless", "--duration", "600", "--keep", str(keep)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    eventually(lambda: (log := keep / "gateway.log").exists() and "ble.streaming" in log.read_text(), 90)
    process.send_signal(number)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 0, out
    assert "Traceback" not in out
    assert "lost" in out
    running = subprocess.run(["pgrep", "-f", str(keep)], capture_output=True, text=True, check=False)
    assert running.stdout == "", "a part outlived the demonstration"
