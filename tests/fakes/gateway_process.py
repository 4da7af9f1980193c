"""A gateway as it ships, in a process of its own, without a radio: it reports about itself alone."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from tests.fakes.gateway import eventually
from tests.fakes.mqtt_ingest import MqttIngest
from tests.fakes.releases import public
from vitals.clock import ScaledClock
from vitals.records import CommandReport, GatewayReport
from vitals.wire.command import Command, encode_command

GATEWAY = "hallway"
SPEED = 10.0
_ROOT = Path(__file__).resolve().parents[2]


@dataclass(slots=True, kw_only=True)
class GatewayProcess:
    """`carewire edge run` on a broker of the tests; its clock runs ten times as fast."""

    folder: Path
    broker_port: int
    gateway: str = GATEWAY
    settings: str = ""
    prelude: str = ""
    """Python that the process runs first: how a test reaches into it."""
    clock: ScaledClock = field(
        default_factory=lambda: ScaledClock(speed=SPEED, anchor_ms=ScaledClock().wall_ms())
    )
    child: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        file = self.folder / "gateway.toml"
        file.write_text(
            f"""
gateway_id = "{self.gateway}"
data_dir = "{self.folder / "data"}"
adopt = true
mqtt = {{ port = {self.broker_port} }}
clock = {{ speed = {SPEED}, anchor_ms = {self.clock.anchor_ms} }}
trust = {{ release_keys = ["{public()}"] }}
{"" if "configuration" in self.settings else "configuration = { settle_s = 0.5 }"}
{self.settings}
"""
        )
        program = f"{self.prelude}\nfrom carewire.cli import main\nmain()"
        command = [sys.executable, "-c", program, "edge", "run", "--config", str(file)]
        environment = os.environ | {"PYTHONPATH": str(_ROOT)}
        with (self.folder / "gateway.log").open("ab") as log:
            self.child = subprocess.Popen(command, stdout=log, stderr=log, env=environment, cwd=self.folder)

    def stop(self) -> None:
        """End it as systemd does."""
        assert self.child is not None
        self.child.terminate()
        self.child.wait(30)

    def freeze(self) -> None:
        """Stop it where it stands: its connections stay."""
        assert self.child is not None
        self.child.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        assert self.child is not None
        self.child.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        if self.child is not None:
            with suppress(ProcessLookupError):
                self.child.send_signal(signal.SIGKILL)
            self.child.wait(10)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Have it run for a while; its log is shown if the test fails."""
        self.start()
        try:
            yield
        except BaseException:
            print((self.folder / "gateway.log").read_text())  # noqa: T201 - for whoever reads the failure
            raise
        finally:
            self.kill()

    def command(self, name: str, body: msgspec.Struct, command_id: str = "0123456789abcdef") -> bytes:
        now_ms = self.clock.wall_ms()
        return encode_command(
            Command(
                id=command_id,
                name=name,
                issued_ms=now_ms,
                expires_ms=now_ms + 3_600_000,
                body=msgspec.to_builtins(body),
            )
        )


def reports(ingest: MqttIngest) -> list[CommandReport]:
    """Return every answer the cloud has been given."""
    return [one for one in _everything(ingest) if isinstance(one, CommandReport)]


def versions(ingest: MqttIngest) -> list[int | None]:
    """Return the version of its settings that the gateway reported, in order."""
    return [one.configuration_version for one in _everything(ingest) if isinstance(one, GatewayReport)]


def models(ingest: MqttIngest) -> list[dict[str, int]]:
    """Return the versions of the models that the gateway reported, in order."""
    return [one.models for one in _everything(ingest) if isinstance(one, GatewayReport)]


def await_reports(ingest: MqttIngest, count: int) -> list[CommandReport]:
    eventually(lambda: len(reports(ingest)) >= count, 60)
    return reports(ingest)


def _everything(ingest: MqttIngest) -> list[Any]:
    return [record for seqs in list(ingest.stored.values()) for _, record in sorted(seqs.items())]
