"""What is shipped for a server: a unit systemd accepts, a process for each role, commands there are."""

import re
import subprocess
import sys
from pathlib import Path

from cloud.config import load_settings
from cloud.roles.chosen import roles_of

UNIT = Path(__file__).parents[2] / "deploy" / "carewire-cloud@.service"


def setting(name: str) -> str:
    """Return the value of a setting that the unit has once."""
    (found,) = re.findall(rf"^{name}=(.*)$", UNIT.read_text(), flags=re.MULTILINE)
    return str(found)


def test_systemd_accepts_the_unit_for_each_role(tmp_path: Path) -> None:
    program = tmp_path / "carewire"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    here = UNIT.read_text().replace("/opt/carewire/bin/carewire", str(program))
    (tmp_path / UNIT.name).write_text(re.sub(r"^(User|Group)=.*$", "", here, flags=re.MULTILINE))
    for role in ("ingest", "alerts", "api"):
        copy = tmp_path / UNIT.name.replace("@", f"@{role}")
        copy.symlink_to(tmp_path / UNIT.name)
        said = subprocess.run(
            ["systemd-analyze", "verify", "--man=no", copy], capture_output=True, text=True, check=False
        )
        ours = [line for line in said.stderr.splitlines() if "carewire-cloud" in line]
        assert (said.returncode, ours) == (0, []), role


def test_it_runs_a_command_there_is_with_the_name_of_its_instance_as_role() -> None:
    _, *arguments = setting("ExecStart").split()
    said = subprocess.run(
        [sys.executable, "-m", "carewire", *arguments[:2], "--help"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert arguments[2:] == ["--config", "/etc/carewire/cloud.toml", "--role", "${ROLE}"]
    assert "--config" in said.stdout
    assert "--role" in said.stdout
    assert "Environment=ROLE=%i" in UNIT.read_text()
    for instance in re.findall(r"enable --now ((?:carewire-cloud@\w+ ?)+)$", UNIT.read_text(), re.MULTILINE):
        roles_of(name.removeprefix("carewire-cloud@") for name in instance.split())


def test_the_variables_it_names_are_settings(monkeypatch, tmp_path: Path) -> None:
    named = re.findall(r"(CAREWIRE_CLOUD_\w+)=(\w+)", UNIT.read_text())
    assert {name for name, _ in named} == {"CAREWIRE_CLOUD_HTTP__PORT", "CAREWIRE_CLOUD_LOG__JSON"}
    for name, value in (*named, ("CAREWIRE_CLOUD_DATA_DIR", str(tmp_path))):
        monkeypatch.setenv(name, value)
    settings = load_settings(None)
    assert (settings.http.port, settings.log.json_lines) == (8081, True)
