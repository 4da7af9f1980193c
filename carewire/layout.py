"""One whole system on one machine: where its files lie, which ports it takes, how each part starts.

The parts are the very commands a user would run, each a process of its own, each with its own
settings file; nothing here is special to a demonstration.
"""

import json
import shutil
import socket
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from firmware_sim.peripheral import address_of

PARTS = ("broker", "simulator", "cloud", "gateway")
"""In the order they start; the gateway last, when all it needs is there."""

GATEWAY_ID = "hallway"


@dataclass(frozen=True, slots=True, kw_only=True)
class Heart:
    """What the simulated strap plays: a scenario's name or a recording's .hea file."""

    scenario: str = "atrial-fibrillation"
    recording: Path | None = None
    seed: int = 1
    ecg_rate_hz: int = 130


@dataclass(frozen=True, slots=True, kw_only=True)
class Resident:
    """Somebody the gateway watches over: what they live through, and what they wear, by the models' names."""

    id: str
    name: str
    scenario: str
    wearables: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Folder, ports and pace of one system; everything else follows from them.

    With `residents` each of them lives, with just those wearables; otherwise one strap plays `heart`. `book`
    is where the simulator writes down what was measured. With `certificates`, a folder of
    `carewire cloud authority compose`, everybody speaks TLS to the broker and is known by a certificate.
    """

    folder: Path
    http_port: int
    mqtt_port: int
    radio_port: int
    anchor_ms: int
    speed: float = 1.0
    heart: Heart = field(default_factory=Heart)
    residents: tuple[Resident, ...] = ()
    book: Path | None = None
    certificates: Path | None = None

    @property
    def url(self) -> str:
        """Where a browser finds the pages."""
        return f"http://127.0.0.1:{self.http_port}"

    @property
    def outbox(self) -> Path:
        """The gateway's outbox file."""
        return self.folder / "gateway" / "outbox.db"

    def settings_file(self, part: str) -> Path:
        """Return the TOML file a part reads."""
        return self.folder / f"{part}.toml"

    def log_file(self, part: str) -> Path:
        """Return the file a part's log goes to."""
        return self.folder / f"{part}.log"

    def settings(self) -> Mapping[str, Mapping[str, object]]:
        """Return what each settings file holds, by part."""
        clock = {"speed": self.speed, "anchor_ms": self.anchor_ms}
        return {
            "cloud": {
                "data_dir": str(self.folder / "cloud"),
                "http": {"port": self.http_port, "public_url": self.url},
                "mqtt": self.mqtt("ingest"),
                "clock": clock,
            },
            "gateway": {
                "gateway_id": GATEWAY_ID,
                "data_dir": str(self.folder / "gateway"),
                **self._whom_it_serves(),
                "ecg_rate_hz": self.heart.ecg_rate_hz,
                "mqtt": self.mqtt(GATEWAY_ID),
                "clock": clock,
            },
        }

    def mqtt(self, who: str) -> Mapping[str, object]:
        """Return how the broker is reached by whom the certificate of this name belongs to."""
        reached = {"host": "127.0.0.1", "port": self.mqtt_port}
        if self.certificates is None:
            return reached
        files = {"ca_file": "ca.crt", "cert_file": f"{who}.crt", "key_file": f"{who}.key"}
        return reached | {key: str(self.certificates / name) for key, name in files.items()}

    def write_settings(self) -> None:
        """Write every settings file, making the folder if need be."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for part, settings in self.settings().items():
            self.settings_file(part).write_text(toml_text(settings))

    def command(self, part: str) -> list[str]:
        """Return the command that runs a part."""
        arguments: Mapping[str, list[str]] = {
            "broker": ["broker", "run", "--port", str(self.mqtt_port)],
            "cloud": ["cloud", "run", "--config", str(self.settings_file("cloud"))],
            "simulator": [
                *("sim", "run", *self._what_is_played()),
                *("--listen", f"tcp:127.0.0.1:{self.radio_port}"),
                *("--speed", str(self.speed), "--seed", str(self.heart.seed)),
                *("--ecg-rate", str(self.heart.ecg_rate_hz)),
                *("--anchor-ms", str(self.anchor_ms)),
                *(("--book", str(self.book)) if self.book else ()),
            ],
            "gateway": [
                *("edge", "run", "--config", str(self.settings_file("gateway"))),
                *("--radio", f"tcp-client:127.0.0.1:{self.radio_port}"),
            ],
        }
        return carewire_command(*arguments[part])

    def devices(self) -> Iterator[tuple[Resident, str, str]]:
        """Yield every wearable: whose it is, its Bluetooth address, and its profile."""
        worn = [(resident, profile) for resident in self.residents for profile in resident.wearables]
        for number, (resident, profile) in enumerate(worn, start=1):
            yield resident, address_of(number), profile

    def _whom_it_serves(self) -> Mapping[str, object]:
        if not self.residents:
            return {"adopt": True}
        return {
            "devices": [{"address": address, "profile": profile} for _, address, profile in self.devices()]
        }

    def _what_is_played(self) -> list[str]:
        if self.residents:
            lives = [f"{each.scenario}:{','.join(each.wearables)}" for each in self.residents]
            return [word for life in lives for word in ("--patient", life)]
        if self.heart.recording:
            return ["--recording", str(self.heart.recording)]
        return ["--scenario", self.heart.scenario]


def carewire_command(*arguments: str) -> list[str]:
    """Return the command that runs `carewire` with these arguments; it ends with whoever started it."""
    return module_command("carewire", *arguments)


def module_command(module: str, *arguments: str) -> list[str]:
    """Return the command that runs a module with this Python; it ends with whoever started it."""
    return bound(sys.executable, "-m", module, *arguments)


def bound(*command: str) -> list[str]:
    """Return a command whose process ends with whoever started it (util-linux; without it, it lives on)."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "TERM", *command] if setpriv else [*command]


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def toml_text(settings: Mapping[str, object]) -> str:
    """Write a mapping of plain values, lists of tables and one level of tables as TOML."""
    plain = {key: value for key, value in settings.items() if not isinstance(value, Mapping)}
    tables = {key: value for key, value in settings.items() if isinstance(value, Mapping)}
    lines = [f"{key} = {_toml_value(value)}" for key, value in plain.items()]
    for name, table in tables.items():
        lines += ["", f"[{name}]", *(f"{key} = {_toml_value(value)}" for key, value in table.items())]
    return "\n".join(lines) + "\n"


def _toml_value(value: object) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {_toml_value(each)}" for key, each in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml_value, value)) + "]"
    return json.dumps(value)
