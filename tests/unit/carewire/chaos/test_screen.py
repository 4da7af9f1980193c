"""What came of a run is said plainly, and a run in which anything is wrong ends in failure."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner

from carewire.chaos.run import Glimpse
from carewire.chaos.screen import Screen, conclude
from carewire.cli import app

WELL: dict[str, Any] = {
    "broker": "embedded",
    "kills": {"broker": 1, "gateway": 1, "ingest": 1},
    "freezes": {"broker": 0, "gateway": 1, "ingest": 0},
    "made": 1234,
    "stored": 1230,
    "quarantined": 4,
    "outbox": 0,
    "declared_gaps": 0,
    "lost": 0,
    "altered": 0,
    "invented": 0,
    "duplicates_absorbed": 17,
    "recovery_s": {"count": 3, "p50": 1.2, "max": 3.4},
    "duration_s": 61.0,
    "wrong": [],
    "passed": True,
}
ILL = WELL | {"lost": 12, "wrong": [f"lost: attic, append {n}" for n in range(12)], "passed": False}
GLIMPSE = Glimpse(
    doing="striking",
    elapsed_s=61.0,
    kills=3,
    kills_planned=40,
    waiting={"attic": 5},
    acknowledged={"attic": 1_200},
    down=frozenset({"broker"}),
)


@pytest.fixture
def console() -> Console:
    return Console(file=io.StringIO(), width=140, highlight=False)


def said(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_a_run_that_went_well_says_so(console: Console) -> None:
    conclude(console, [WELL], None)
    assert "1,234" in said(console)
    assert "nothing is lost" in said(console)


def test_what_is_wrong_is_named_a_few_at_a_time(console: Console) -> None:
    conclude(console, [WELL, ILL], None)
    assert "lost: attic, append 9" in said(console)
    assert "append 10" not in said(console)
    assert "and 2 more" in said(console)
    assert "nothing is lost" not in said(console)


def test_how_it_stands_is_one_line_when_nobody_watches(console: Console) -> None:
    with Screen(console, "embedded broker, seed 7") as screen:
        screen.show(GLIMPSE)
        screen.tell("broker killed")
    line = next(line for line in said(console).splitlines() if "striking" in line)
    assert "1:01" in line
    assert "3 of 40 kills" in line
    assert "1,200 records safe, 5 waiting" in line
    assert "down: broker" in line


@pytest.mark.parametrize(("found", "status"), [(WELL, 0), (ILL, 1)])
def test_the_exit_status_is_the_verdict(
    found: dict[str, Any], status: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("carewire.chaos.run.run_chaos", lambda _: found)
    report = tmp_path / "report.json"
    done = CliRunner().invoke(app, ["chaos", "--kills", "3", "--report", str(report)])
    assert done.exit_code == status
    assert json.loads(report.read_text())["lost"] == found["lost"]


def test_both_brokers_are_one_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("carewire.chaos.run.run_chaos", lambda chaos: WELL | {"broker": chaos.broker.value})
    report = tmp_path / "report.json"
    done = CliRunner().invoke(app, ["chaos", "--broker", "both", "--report", str(report)])
    assert done.exit_code == 0
    assert [run["broker"] for run in json.loads(report.read_text())["runs"]] == ["embedded", "mosquitto"]


def test_a_report_that_could_not_be_written_is_refused_before_anything_runs(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["chaos", "--report", str(tmp_path / "nowhere" / "report.json")])
    assert done.exit_code == 1
    assert "there is no folder" in str(done.exception)


def test_without_mosquitto_nothing_runs_on_either_broker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("carewire.mosquitto._TRUSTED_PATH", "")
    monkeypatch.setenv("PATH", str(tmp_path))
    done = CliRunner().invoke(app, ["chaos", "--broker", "both"])
    assert done.exit_code == 1
    assert "apt-get install mosquitto" in str(done.exception)


def test_a_folder_that_holds_a_run_already_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "embedded").mkdir()
    done = CliRunner().invoke(app, ["chaos", "--keep", str(tmp_path)])
    assert done.exit_code == 1
    assert "name a new folder" in str(done.exception)
