"""What is shipped for nightly backups: units systemd accepts, a command there is, folders it may write."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

DEPLOY = Path(__file__).parents[2] / "deploy"
SERVICE, TIMER = DEPLOY / "carewire-backup.service", DEPLOY / "carewire-backup.timer"


def settings_of(unit: Path) -> dict[str, str]:
    return dict(re.findall(r"^(\w+)=(.*)$", unit.read_text(), flags=re.MULTILINE))


@pytest.mark.parametrize("unit", [SERVICE, TIMER], ids=lambda unit: unit.suffix)
def test_systemd_accepts_it(unit: Path, tmp_path: Path) -> None:
    program = tmp_path / "carewire"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    for one in (SERVICE, TIMER):
        here = one.read_text().replace("/opt/carewire/bin/carewire", str(program))
        (tmp_path / one.name).write_text(re.sub(r"^(User|Group)=.*$", "", here, flags=re.MULTILINE))
    said = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", tmp_path / unit.name],
        capture_output=True,
        text=True,
        check=False,
    )
    ours = [line for line in said.stderr.splitlines() if unit.stem in line]
    assert (said.returncode, ours) == (0, [])


def test_it_runs_a_command_there_is_as_whoever_the_service_runs_as() -> None:
    unit = settings_of(SERVICE)
    _, *arguments = unit["ExecStart"].split()
    said = subprocess.run(
        [sys.executable, "-m", "carewire", *arguments[:2], "--help"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert arguments[2] in said.stdout
    assert (unit["User"], unit["UMask"], unit["Type"]) == ("carewire", "0077", "oneshot")


def test_a_night_that_was_missed_is_made_up_for() -> None:
    timer = settings_of(TIMER)
    assert timer["Persistent"] == "true"
    assert timer["OnCalendar"].startswith("*-*-* ")
