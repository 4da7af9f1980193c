"""A private PostgreSQL server on a socket of its own: the real thing, thrown away afterwards."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_START_S = 30.0


@contextmanager
def postgres() -> Iterator[str]:
    """Run a server until the block ends and yield the URL of an empty database."""
    binaries = _binaries()
    folder = Path(tempfile.mkdtemp(prefix="carewire-pg-"))
    account = _account(folder)
    data = folder / "data"
    try:
        subprocess.run(
            [binaries / "initdb", "-D", data, "-A", "trust", "-U", "carewire", "-E", "UTF8", "--no-sync"],
            check=True,
            capture_output=True,
            timeout=60,
            cwd=folder,
            **account,
        )
        options = ("listen_addresses=", "fsync=off", "shared_buffers=16MB")
        command: list[str | Path] = [
            *(binaries / "postgres", "-D", data, "-k", folder),
            *(part for option in options for part in ("-c", option)),
        ]
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder, **account)
        try:
            _wait(binaries, folder, server)
            yield f"postgresql://carewire@/postgres?host={folder}"
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(30)
    finally:
        shutil.rmtree(folder)


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
