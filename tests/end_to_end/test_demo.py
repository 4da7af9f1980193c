"""The main job as a user runs it: one command, a report that accounts for every record."""

import signal
from pathlib import Path
from typing import Any

from tests.fakes.demo_run import assert_nothing_lost, run_demo, stop_cleanly


def physiological(report: dict[str, Any]) -> list[dict[str, Any]]:
    return [alert for alert in report["alerts"] if alert["family"] == "physiological"]


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


def test_it_stops_cleanly_when_told_to(tmp_path: Path) -> None:
    stop_cleanly(tmp_path, signal.SIGINT)
