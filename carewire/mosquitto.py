"""The clinic's broker on this machine: mosquitto as `deploy/` configures it, certificates and all."""

import os
import secrets
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from cloud.gateways.compose import make_all
from vitals.clock import ScaledClock
from vitals.errors import ConfigurationError

__all__ = ["make_certificates", "mosquitto_command", "require_mosquitto"]

_DEPLOY: Final = Path(__file__).parents[1] / "deploy"
_TRUSTED_PATH: Final = f"{os.defpath}:/usr/sbin:/usr/local/sbin"


def require_mosquitto() -> str:
    """Return the program.

    Raises
    ------
    ConfigurationError
        mosquitto, or its configuration, is not there.
    """
    _require_deploy()
    program = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:{_TRUSTED_PATH}")
    if program is None:
        raise ConfigurationError("mosquitto is not installed: apt-get install mosquitto")
    return program


def make_certificates(folder: Path, gateways: Sequence[str]) -> Path:
    """Make a private authority, and a certificate for the broker, the service and each gateway.

    Raises
    ------
    ConfigurationError
        They cannot be made.
    EnvelopeError
        No gateway may be called so.
    """
    for _ in make_all(folder, gateways, now_ms=ScaledClock().wall_ms(), randomness=secrets.token_bytes):
        pass
    return folder


def mosquitto_command(folder: Path, port: int, certificates: Path) -> list[str]:
    """Return what runs mosquitto on 127.0.0.1:`port`, its state kept in `folder`.

    Raises
    ------
    ConfigurationError
        mosquitto, or its configuration, is not there.
    """
    program = require_mosquitto()
    folder.mkdir(parents=True, exist_ok=True)
    configuration = folder / "mosquitto.conf"
    configuration.write_text(_configuration(folder, port, certificates))
    return [program, "-c", str(configuration)]


def _configuration(folder: Path, port: int, certificates: Path) -> str:
    """Return deploy/mosquitto.conf with this machine's port and folders in place of a container's."""
    text = (_DEPLOY / "mosquitto.conf").read_text(encoding="utf-8")
    places = {
        "listener 8883": f"listener {port} 127.0.0.1",
        "/mosquitto/certificates": str(certificates),
        "/mosquitto/config/acl": str(_DEPLOY / "acl"),
        "/mosquitto/data/": f"{folder}/",
    }
    for there, here in places.items():
        text = text.replace(there, here)
    # Started by root it would become a user who may not read what lies here.
    return f"user root\n{text}" if os.geteuid() == 0 else text


def _require_deploy() -> None:
    if not (_DEPLOY / "mosquitto.conf").exists():
        raise ConfigurationError(f"{_DEPLOY} is not there: run it from a checkout, where deploy/ is")
