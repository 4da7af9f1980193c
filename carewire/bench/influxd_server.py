"""InfluxDB 1.x to compare with: Debian's influxd, with a database of its own, thrown away afterwards."""

import http.client
import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from carewire.layout import bound, free_port
from carewire.processes import until
from vitals.errors import CarewireError, ConfigurationError

__all__ = ["Influxd", "influxd", "require"]

_PROGRAM: Final = Path("/usr/bin/influxd")
_READY_S: Final = 30.0
_DATABASE: Final = "bench"
_CONFIGURATION: Final = """
reporting-enabled = false
bind-address = "127.0.0.1:0"
[meta]
dir = "{folder}/meta"
[data]
dir = "{folder}/data"
wal-dir = "{folder}/wal"
cache-snapshot-write-cold-duration = "1s"
[monitor]
store-enabled = false
[http]
bind-address = "127.0.0.1:{port}"
log-enabled = false
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Influxd:
    """A server that runs. A connection is used by one thread at a time."""

    port: int
    pid: int
    folder: Path

    def connection(self) -> http.client.HTTPConnection:
        """Return a connection of its own, for the caller to close."""
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)

    def write(self, connection: http.client.HTTPConnection, lines: bytes) -> None:
        """Write lines of line protocol, times in ms; they survive a power cut when this returns."""
        _ask(connection, "POST", f"/write?{urlencode({'db': _DATABASE, 'precision': 'ms'})}", lines)

    def series(self, connection: http.client.HTTPConnection, query: str) -> list[dict[str, Any]]:
        """Return the series a query finds, as JSON gives them.

        Raises
        ------
        CarewireError
            If the server refuses the query.
        """
        asked = urlencode({"db": _DATABASE, "q": query, "epoch": "ms"})
        (result,) = json.loads(_ask(connection, "GET", f"/query?{asked}"))["results"]
        if "error" in result:
            raise CarewireError(f"InfluxDB refuses {query!r}: {result['error']}")
        found: list[dict[str, Any]] = result.get("series", [])
        return found

    def stored_bytes(self) -> int:
        """Return what its data and its log take on disk now."""
        files = [*(self.folder / "data").rglob("*"), *(self.folder / "wal").rglob("*")]
        return sum(file.stat().st_size for file in files if file.is_file())


def require() -> None:
    """Find the server.

    Raises
    ------
    ConfigurationError
        It is not installed.
    """
    if not os.access(_PROGRAM, os.X_OK):
        raise ConfigurationError(f"{_PROGRAM} is not there: apt-get install influxdb")


@contextmanager
def influxd(folder: Path | None) -> Iterator[Influxd]:
    """Run a server that has nothing yet until the block ends."""
    with tempfile.TemporaryDirectory(dir=folder) as temporary:
        port, settings, log = free_port(), Path(temporary, "influxdb.conf"), Path(temporary, "log")
        settings.write_text(_CONFIGURATION.format(folder=temporary, port=port))
        with log.open("wb") as output:
            process = subprocess.Popen(  # noqa: S603 - Debian's program
                bound(str(_PROGRAM), "-config", str(settings)), stdout=output, stderr=output
            )
        try:
            server = Influxd(port=port, pid=process.pid, folder=Path(temporary))
            if not any(_is_up(server) for _ in until(_READY_S) if process.poll() is None):
                raise CarewireError(f"InfluxDB did not start: {log.read_text(errors='replace')[-2000:]}")
            _asked_once(server, "POST", f"/query?{urlencode({'q': f'CREATE DATABASE {_DATABASE}'})}")
            yield server
        finally:
            process.kill()
            process.wait()


def _asked_once(server: Influxd, method: str, path: str) -> bytes:
    connection = server.connection()
    try:
        return _ask(connection, method, path)
    finally:
        connection.close()


def _ask(connection: http.client.HTTPConnection, method: str, path: str, body: bytes = b"") -> bytes:
    connection.request(method, path, body)
    response = connection.getresponse()
    answer = response.read()
    if response.status not in {http.HTTPStatus.OK, http.HTTPStatus.NO_CONTENT}:
        raise CarewireError(f"InfluxDB answered {response.status} to {path}: {answer[:200].decode()}")
    return answer


def _is_up(server: Influxd) -> bool:
    try:
        _asked_once(server, "GET", "/ping")
    except OSError:
        return False
    return True
