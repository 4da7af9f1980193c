"""More of the demonstration: a record of the user's own, and a service manager's way to end it."""

import signal
from pathlib import Path

from tests.fakes.demo_run import assert_nothing_lost, run_demo, stop_cleanly

RECORD = Path(__file__).parents[2] / "firmware_sim" / "excerpts" / "ectopic-119.hea"


def test_any_wfdb_record_can_be_played(tmp_path: Path) -> None:
    report = run_demo(tmp_path, "--recording", str(RECORD), "--duration", "60", "--speed", "4")
    assert_nothing_lost(report)
    assert report["recording"].endswith("ectopic-119.hea")
    assert report["scenario"] is None


def test_it_stops_cleanly_when_a_service_manager_says_so(tmp_path: Path) -> None:
    stop_cleanly(tmp_path, signal.SIGTERM)
