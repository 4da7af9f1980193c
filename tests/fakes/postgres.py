"""A private PostgreSQL server on a socket of its own: the real thing, thrown away afterwards."""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_START_S = 30.0


@dataclass(slots=True, kw_only=True)
class PostgresServer:
    """A server that can be killed, frozen and started anew; its database outlives that."""

    folder: Path
    account: dict[str, Any]
    _process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        return f"postgresql://carewire@/postgres?host={self.folder}"

    def start(self) -> None:
        options = ("listen_addresses=", "fsync=off", "shared_buffers=16MB")
        command: list[str | Path] = [
            *(_binaries() / "postgres", "-D", self.folder / "data", "-k", self.folder),
            *(part for option in options for part in ("-c", option)),
        ]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                command, stdout=log, stderr=log, cwd=self.folder, start_new_session=True, **self.account
            )
        _wait(_binaries(), self.folder, self._process)

    def kill(self) -> None:
        """Kill it and everything it started, as the kernel would that needs memory."""
        assert self._process is not None
        for pid in (self._process.pid, *_children(self._process.pid)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._process.wait(30)
        self._process = None

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(30)
            self._process = None


def _children(pid: int) -> list[int]:
    """Return what a server has started: each is in a session of its own, so that no group holds them."""
    found = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False)
    return [int(each) for each in found.stdout.split()]


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """Run a server with an empty database until the block ends."""
    folder = Path(tempfile.mkdtemp(prefix="carewire-pg-"))
    server = PostgresServer(folder=folder, account=_account(folder))
    try:
        subprocess.run(
            [
                *(_binaries() / "initdb", "-D", folder / "data", "-A", "trust"),
                *("-U", "carewire", "-E", "UTF8", "--no-sync"),
            ],
            check=True,
            capture_output=True,
            timeout=60,
            cwd=folder,
            **server.account,
        )
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder)


@contextmanager
def postgres() -> Iterator[str]:
    """Run a server until the block ends and yield the URL of an empty database."""
    with postgres_server() as server:
        yield server.url


def pg_dump(url: str) -> bytes:
    """Return what PostgreSQL's own dump of a database is."""
    command = [_binaries() / "pg_dump", "--no-owner", url]
    return subprocess.run(command, check=True, capture_output=True, timeout=60).stdout


def _binaries() -> Path:
    for folder in (*sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True), Path("/usr/bin")):
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise AssertionError("no PostgreSQL server is installed: run scripts/install-debian-parts")


def _account(folder: Path) -> dict[str, Any]:
    """Return whom to run as: initdb refuses root."""
    if os.geteuid():
        return {}
    names = {entry.pw_name for entry in pwd.getpwall()}
    entry = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
    os.chown(folder, entry.pw_uid, entry.pw_gid)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def _wait(binaries: Path, folder: Path, server: "subprocess.Popen[Any]") -> None:
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline and server.poll() is None:
        ready = subprocess.run([binaries / "pg_isready", "-q", "-h", folder], check=False)
        if ready.returncode == 0:
            return
        time.sleep(0.1)
    raise AssertionError(f"PostgreSQL did not start: {(folder / 'log').read_text()[-2_000:]}")
