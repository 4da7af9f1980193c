"""What is shipped for a Raspberry Pi: a unit systemd accepts, settings that are read, no path but its own."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from edge.config import EdgeSettings, load_settings
from edge.supervision import DEADLINES, Part

DEPLOY = Path(__file__).parents[2] / "deploy"
UNIT = DEPLOY / "carewire-gateway.service"


@pytest.fixture(scope="module")
def unit() -> dict[str, list[str]]:
    """Every setting of the unit, by name; a name may come again."""
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r"^(\w+)=(.*)$", UNIT.read_text(), flags=re.MULTILINE):
        found.setdefault(name, []).append(value)
    return found


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> EdgeSettings:
    monkeypatch.setenv("CAREWIRE_EDGE_GATEWAY_ID", "hallway")  # as enrolment writes it down beside the outbox
    return load_settings(DEPLOY / "gateway.toml")


def test_systemd_accepts_the_unit(tmp_path: Path) -> None:
    program = tmp_path / "carewire"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    here = UNIT.read_text().replace("/opt/carewire/bin/carewire", str(program))
    copy = tmp_path / UNIT.name
    copy.write_text(re.sub(r"^(User|Group|SupplementaryGroups)=.*$", "", here, flags=re.MULTILINE))
    said = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", copy], capture_output=True, text=True, check=False
    )
    ours = [line for line in said.stderr.splitlines() if UNIT.name in line]
    assert (said.returncode, ours) == (0, [])


def test_it_runs_a_command_there_is(unit: dict[str, list[str]]) -> None:
    _, *arguments = unit["ExecStart"][0].split()
    said = subprocess.run(
        [sys.executable, "-m", "carewire", *arguments[:2], "--help"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert arguments[2] in said.stdout


def test_systemd_waits_longer_than_the_gateway_needs_to_end_itself(unit: dict[str, list[str]]) -> None:
    assert unit["Type"] == ["notify"]
    assert unit["Restart"] == ["always"]
    assert int(unit["WatchdogSec"][0]) > DEADLINES[Part.LOOP].within_s
    assert int(unit["TimeoutStopSec"][0]) > DEADLINES[Part.STOP].within_s
    assert int(unit["TimeoutStartSec"][0]) >= DEADLINES[Part.START].within_s


def test_a_gateway_that_is_ended_leaves_no_copy_of_its_memory_on_the_disk(unit: dict[str, list[str]]) -> None:
    assert unit["WatchdogSignal"] == ["SIGABRT"]
    assert unit["LimitCORE"] == ["0"]


def test_the_gateway_may_ask_whether_the_clock_is_right(unit: dict[str, list[str]]) -> None:
    assert "ProtectClock" not in unit
    assert any("adjtimex" in row and not row.startswith("~") for row in unit["SystemCallFilter"])


def test_the_example_writes_only_where_the_unit_lets_it(
    unit: dict[str, list[str]], settings: EdgeSettings
) -> None:
    assert unit["ProtectSystem"] == ["strict"]
    state, runtime = Path("/var/lib") / unit["StateDirectory"][0], Path("/run") / unit["RuntimeDirectory"][0]
    assert settings.data_dir == state
    assert settings.state_file.parent == runtime
    assert settings.outbox_file.is_relative_to(state)


def test_the_examples_page_is_off(settings: EdgeSettings) -> None:
    assert not settings.page.enabled
