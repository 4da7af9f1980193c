"""`carewire demo` as a user runs it, without pages: its report, and that it stops when told to."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.fakes.gateway import eventually

_CAREWIRE = [sys.executable, "-m", "carewire"]


def run_demo(tmp_path: Path, *options: str) -> dict[str, Any]:
    report = tmp_path / "report.json"
    command = [*_CAREWIRE, "demo", "--headless", "--report", str(report), *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    found: dict[str, Any] = json.loads(report.read_text())
    return found


def assert_nothing_lost(report: dict[str, Any]) -> None:
    assert report["records_made"] > 100
    assert report["records_lost"] == 0
    assert report["records_in_outbox"] == 0
    assert report["records_stored"] + report["records_quarantined"] == report["records_made"]
    assert report["restarts"] == {"broker": 0, "cloud": 0, "gateway": 0, "simulator": 0}


def stop_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    """Start one, send it a signal once its gateway reads the strap, and look at what is left."""
    keep = tmp_path / "kept"
    command = [*_CAREWIRE, "demo", "--headless", "--duration", "600", "--keep", str(keep)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    eventually(lambda: (log := keep / "gateway.log").exists() and "ble.streaming" in log.read_text(), 90)
    process.send_signal(number)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 0, out
    assert "Traceback" not in out
    assert "lost" in out
    running = subprocess.run(["pgrep", "-f", str(keep)], capture_output=True, text=True, check=False)
    assert running.stdout == "", "a part outlived the demonstration"
