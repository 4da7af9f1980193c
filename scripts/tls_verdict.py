"""Starts the service and mosquitto as they ship and asks sslyze what it thinks of their TLS.

Certificates are made as `make certificates` makes them. sslyze runs from an environment of its own,
.venv-audit. Exit status: 0 if both comply with Mozilla's profile, 1 if one does not.

Usage: python scripts/tls_verdict.py [--profile intermediate|modern] [--details]
"""

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from carewire.mosquitto import make_certificates, mosquitto_command
from cloud.config import CloudSettings

ROOT: Final = Path(__file__).parents[1]
SSLYZE: Final = ROOT / ".venv-audit" / "bin" / "sslyze"
UP_WITHIN_S: Final = 60.0
_SERVICE: Final = (
    "import sys, json; from cloud.bootstrap import run; from cloud.config import CloudSettings; "
)
_START: Final = _SERVICE + "run(CloudSettings(**json.loads(sys.argv[1])))"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One server, and what sslyze is given to speak with it."""

    name: str
    port: int
    options: tuple[str, ...] = ()


def main() -> int:
    """Print the verdict on both; return the exit status."""
    asked = _arguments().parse_args()
    if not SSLYZE.exists():
        sys.stderr.write(f"{SSLYZE} is not there: make tls-verdict builds it\n")
        return 2
    with tempfile.TemporaryDirectory() as folder, _both_running(Path(folder)) as judged:
        found = [_verdict(each, Path(folder), asked.profile, is_detailed=asked.details) for each in judged]
    return 0 if all(found) else 1


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--profile", choices=("intermediate", "modern"), default="intermediate")
    parser.add_argument("--details", action="store_true", help="print all that sslyze says")
    return parser


@contextmanager
def _both_running(folder: Path) -> Iterator[tuple[Judged, ...]]:
    certificates = make_certificates(folder / "certificates", ["hallway"])
    service_port, broker_port = _free_port(), _free_port()
    broker = mosquitto_command(folder / "broker", broker_port, certificates)
    service = [sys.executable, "-c", _START, json.dumps(_service(folder, service_port, certificates))]
    environment = {**os.environ, "OPENSSL_CONF": str(ROOT / "deploy" / "openssl.cnf")}
    with (
        _running(broker, broker_port, environment),
        _running(service, service_port, dict(os.environ)),
    ):
        client = ("--cert", str(certificates / "hallway.crt"), "--key", str(certificates / "hallway.key"))
        yield (
            Judged(name="the service's HTTPS (cloud/access/tls.py)", port=service_port),
            Judged(
                name="mosquitto (deploy/mosquitto.conf, deploy/openssl.cnf)", port=broker_port, options=client
            ),
        )


def _service(folder: Path, port: int, certificates: Path) -> dict[str, object]:
    content: dict[str, Any] = {
        "data_dir": str(folder / "cloud"),
        "http": {
            "port": port,
            "public_url": f"https://127.0.0.1:{port}",
            "cert_file": str(certificates / "cloud.crt"),
            "key_file": str(certificates / "cloud.key"),
        },
        "mqtt": {"port": 9},
    }
    CloudSettings(**content)
    return content


@contextmanager
def _running(command: list[str], port: int, environment: dict[str, str]) -> Iterator[None]:
    child = subprocess.Popen(  # noqa: S603 - our own programs
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT
    )
    try:
        _wait_for(port)
        yield
    finally:
        child.kill()
        child.wait(10)


def _wait_for(port: int) -> None:
    deadline_s = time.monotonic() + UP_WITHIN_S
    while time.monotonic() < deadline_s:
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise SystemExit(f"nothing answers on port {port}: start it by hand and see what it says")


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def _verdict(judged: Judged, folder: Path, profile: str, *, is_detailed: bool) -> bool:
    """Print what sslyze says of one server; return whether it complies."""
    authority = folder / "certificates" / "ca.crt"
    command = [str(SSLYZE), "--mozilla_config", profile, "--certinfo_ca_file", str(authority)]
    said = subprocess.run(  # noqa: S603 - by its path
        [*command, *judged.options, f"127.0.0.1:{judged.port}"], capture_output=True, text=True, check=False
    )
    text = said.stdout.replace(str(folder), "FOLDER")
    lines = text.splitlines() if is_detailed else _of_compliance(text)
    sys.stdout.write("\n".join((f"\n{judged.name}, Mozilla's profile “{profile}”:", *lines, "")))
    return said.returncode == 0


def _of_compliance(text: str) -> list[str]:
    _, _, told = text.partition("COMPLIANCE AGAINST TLS CONFIGURATION")
    return [line for line in told.splitlines() if line.strip() and not set(line.strip()) <= {"-"}]


if __name__ == "__main__":
    sys.exit(main())
