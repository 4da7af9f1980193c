"""Real brokers as child processes: Debian's mosquitto and the embedded one."""

import shutil
import signal
import socket
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Protocol, Self

from carewire.mosquitto import mosquitto_command
from cloud.gateways.broker_files import mosquitto_lines

_START_S = 10.0


class BrokerProcess(Protocol):
    """A broker on 127.0.0.1:`port` that can be killed, stopped and started anew."""

    port: int

    def start(self) -> None: ...
    def kill(self, *, wipe: bool = False) -> None: ...
    def freeze(self) -> None: ...
    def thaw(self) -> None: ...


class _Process(ABC):
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self._child: subprocess.Popen[bytes] | None = None

    @abstractmethod
    def command(self) -> list[str]: ...

    def start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        log = (self.folder / "broker.log").open("ab")
        with log:
            self._child = subprocess.Popen(
                self.command(), stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=self.folder
            )
        _await_port(self.port)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def kill(self, *, wipe: bool = False) -> None:
        if self._child is not None:
            self._child.send_signal(signal.SIGCONT)
            self._child.kill()
            self._child.wait(timeout=10)
            self._child = None
        if wipe:
            shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def pid(self) -> int:
        """The running process."""
        assert self._child is not None
        return self._child.pid

    def freeze(self) -> None:
        assert self._child is not None
        self._child.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self._child is not None
        self._child.send_signal(signal.SIGCONT)


class Mosquitto(_Process):
    """Debian's mosquitto; `acl`, if given, is its ACL file's text."""

    def __init__(self, folder: Path, *, acl: str | None = None, extra: str = "") -> None:
        super().__init__(folder)
        self.acl = acl
        self.extra = extra

    def command(self) -> list[str]:
        lines = [
            f"listener {self.port} 127.0.0.1",
            "allow_anonymous true",
            "user root",
            "persistence true",
            f"persistence_location {self.folder}/",
            "max_packet_size 262144",
            self.extra,
        ]
        if self.acl is not None:
            (self.folder / "acl").write_text(self.acl)
            lines.append(f"acl_file {self.folder}/acl")
        config = self.folder / "mosquitto.conf"
        config.write_text("\n".join(lines) + "\n")
        return [shutil.which("mosquitto", path="/usr/sbin:/usr/bin") or "mosquitto", "-c", str(config)]

    def set_acl(self, acl: str) -> None:
        """Replace the rules of the running broker."""
        assert self._child is not None
        self.acl = acl
        (self.folder / "acl").write_text(acl)
        self._child.send_signal(signal.SIGHUP)


class ClinicBroker(_Process):
    """Debian's mosquitto as `deploy/` configures it, and with a list of certificates that are revoked."""

    def __init__(self, folder: Path, certificates: Path) -> None:
        super().__init__(folder)
        self._certificates = certificates

    def command(self) -> list[str]:
        command = mosquitto_command(self.folder, self.port, self._certificates)
        with Path(command[-1]).open("a") as configuration:
            configuration.write(f"crlfile {self._certificates}/revoked.crl\n")
        return command

    def reload(self) -> None:
        """Have it read the list again."""
        assert self._child is not None
        self._child.send_signal(signal.SIGHUP)


class GuardedBroker(_Process):
    """Debian's mosquitto as `deploy/` configures it, by the files that the service writes for it."""

    def __init__(self, folder: Path, *, certificates: Path, files: Path) -> None:
        super().__init__(folder)
        self._certificates = certificates
        self._files = files

    def command(self) -> list[str]:
        command = mosquitto_command(self.folder, self.port, self._certificates)
        lines = Path(command[-1]).read_text().splitlines()
        kept = [line for line in lines if not line.startswith(("acl_file", "cafile"))]
        Path(command[-1]).write_text("\n".join(kept) + "\n" + mosquitto_lines(self._files))
        return command

    def restart(self) -> None:
        """Start it anew, as whoever watches its files does: asked to reload, this version may die."""
        assert self._child is not None
        self._child.terminate()
        self._child.wait(_START_S)
        self.start()


class EmbeddedBroker(_Process):
    """The project's own broker, `python -m carewire.broker`'s engine, without the command line."""

    def command(self) -> list[str]:
        code = f"from carewire.broker import run_broker; run_broker({self.port})"
        return [sys.executable, "-c", code]

    def start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        log = (self.folder / "broker.log").open("ab")
        with log:  # not in its folder: the repository's root is where the packages are
            self._child = subprocess.Popen(self.command(), stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        _await_port(self.port)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _await_port(port: int) -> None:
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            probe.settimeout(0.2)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError(f"no broker came up on port {port} within {_START_S} s")
