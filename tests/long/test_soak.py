"""A soak in small: the command that a release is soaked with, on three minutes of a household's life."""

import json
import subprocess
import sys
from pathlib import Path

SOAK = [sys.executable, "-m", "carewire", "soak"]


def test_three_minutes_of_life_under_blows_loses_and_invents_nothing(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    options = ["--duration", "60", "--speed", "3", "--every", "4", "--seed", "5"]
    done = subprocess.run(
        [*SOAK, *options, "--keep", str(tmp_path / "kept"), "--report", str(report)],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert report.exists(), done.stdout + done.stderr
    found = json.loads(report.read_text())

    assert sum(found["blows"].values()) >= 2
    assert found["not_whole"] == []
    assert found["samples"]["lost"] == found["samples"]["invented"] == found["records_lost"] == 0
    assert found["samples"]["stored"] > 10_000
    assert set(found["memory"]) == {"gateway", "cloud", "broker"}
