"""A private InfluxDB 1.x on a port of its own: the real thing, thrown away afterwards."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from carewire.layout import free_port

_PROGRAM = Path("/usr/bin/influxd")
_START_S = 30.0
_CONFIGURATION = """
reporting-enabled = false
bind-address = "127.0.0.1:0"
[meta]
dir = "{folder}/meta"
[data]
dir = "{folder}/data"
wal-dir = "{folder}/wal"
[monitor]
store-enabled = false
[http]
bind-address = "127.0.0.1:{port}"
auth-enabled = {auth}
log-enabled = false
"""


class InfluxDB:
    """One server; it keeps its port and its data when it is killed and started again."""

    def __init__(self, folder: Path, *, auth: bool = False) -> None:
        assert os.access(_PROGRAM, os.X_OK), "no InfluxDB is installed: run scripts/install-debian-parts"
        self._folder = folder
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._databases = 0
        self.url = f"http://127.0.0.1:{self._port}"
        self._http = httpx.Client(base_url=self.url, trust_env=False)
        settings = _CONFIGURATION.format(folder=folder, port=self._port, auth=str(auth).lower())
        (folder / "influxdb.conf").write_text(settings)

    def start(self) -> None:
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [_PROGRAM, "-config", self._folder / "influxdb.conf"], stdout=log, stderr=log
            )
        deadline = time.monotonic() + _START_S
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                self._http.get("/ping")
            except httpx.HTTPError:
                time.sleep(0.05)
            else:
                return
        raise AssertionError(f"InfluxDB did not start: {(self._folder / 'log').read_text()[-2_000:]}")

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
            self._process = None

    def freeze(self) -> None:
        """Have it answer nothing, and lose nothing, until it thaws."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def close(self) -> None:
        self.kill()
        self._http.close()

    def new_database(self) -> str:
        self._databases += 1
        name = f"ward{self._databases}"
        self.ask(f"CREATE DATABASE {name}")
        return name

    def ask(self, text: str, database: str = "") -> list[list[Any]]:
        """Run a statement as an operator would and return its rows."""
        question = {"q": text, "db": database, "epoch": "ms"}
        (result,) = self._http.post("/query", params=question).json()["results"]
        assert "error" not in result, result["error"]
        return [row for series in result.get("series", []) for row in series["values"]]

    def seed(self, database: str, line: str) -> None:
        """Write a line of somebody else's making."""
        answer = self._http.post("/write", params={"db": database, "precision": "ms"}, content=line)
        assert answer.status_code == 204, answer.text


@contextmanager
def influxdb(*, auth: bool = False) -> Iterator[InfluxDB]:
    """Run a server until the block ends."""
    folder = Path(tempfile.mkdtemp(prefix="carewire-influx-"))
    server = InfluxDB(folder, auth=auth)
    try:
        server.start()
        yield server
    finally:
        server.close()
        shutil.rmtree(folder)
