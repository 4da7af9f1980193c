"""What is shipped to run: units systemd calls safe, and containers that may hardly do anything."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
UNITS = ("carewire-cloud@.service", "carewire-backup.service", "carewire-gateway.service")
MOST_EXPOSED = 20  # of 100, as systemd-analyze counts; it calls a unit safe below 50
OURS = ("cloud", "ingest", "alerts", "wearable", "gateway")


@pytest.mark.parametrize("unit", UNITS)
def test_systemd_finds_little_that_a_unit_may_do(unit: str, tmp_path: Path) -> None:
    copy = tmp_path / unit.replace("@", "@api")
    text = (ROOT / "deploy" / unit).read_text(encoding="utf-8")
    copy.write_text(text.replace("/opt/carewire/bin/carewire", "/bin/true"), encoding="utf-8")
    said = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", f"--threshold={MOST_EXPOSED}", "--no-pager", copy],
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 0, said.stdout[-300:] + said.stderr


@pytest.mark.parametrize("unit", UNITS)
def test_a_unit_gains_nothing_and_leaves_no_core(unit: str) -> None:
    lines = (ROOT / "deploy" / unit).read_text(encoding="utf-8").splitlines()
    assert {
        "User=carewire",
        "NoNewPrivileges=yes",
        "CapabilityBoundingSet=",
        "ProtectSystem=strict",
        "ProtectHome=yes",
        "PrivateTmp=yes",
        "RestrictNamespaces=yes",
        "SystemCallArchitectures=native",
        "SystemCallFilter=@system-service",
        "LimitCORE=0",
    } <= set(lines)


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    return dict(yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["services"])


@pytest.mark.parametrize("name", OURS)
def test_our_containers_have_no_capability_and_nothing_to_write_to_but_their_volume(
    services: dict[str, Any], name: str
) -> None:
    assert services[name]["read_only"] is True
    assert services[name]["cap_drop"] == ["ALL"]
    assert "privileged" not in services[name]


def test_no_container_gains_privileges(services: dict[str, Any]) -> None:
    assert set(OURS) <= set(services)
    assert [
        name for name, each in services.items() if each.get("security_opt") != ["no-new-privileges:true"]
    ] == []


@pytest.mark.parametrize("image", ["cloud", "edge"])
def test_an_image_runs_as_a_user_of_its_own_from_hashed_versions(image: str) -> None:
    text = (ROOT / "deploy" / f"{image}.Dockerfile").read_text(encoding="utf-8")
    assert re.search(r"^USER carewire$", text, re.MULTILINE)
    installs = re.findall(r"pip install (.*)", text)
    assert [each for each in installs if not re.search(r"--require-hashes|--no-deps dist", each)] == []


def test_the_broker_is_given_the_curves_it_may_use(services: dict[str, Any]) -> None:
    broker = services["broker"]
    inside = broker["environment"]["OPENSSL_CONF"]
    assert f"./deploy/openssl.cnf:{inside}:ro" in broker["volumes"]
