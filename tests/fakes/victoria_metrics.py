"""A private VictoriaMetrics on a port of its own: a real server behind `/api/v2/write`."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from carewire.layout import free_port

_PROGRAM = Path("/usr/bin/victoria-metrics")
_START_S = 30.0


@contextmanager
def victoria_metrics() -> Iterator[str]:
    """Run a server until the block ends and yield its URL."""
    assert os.access(_PROGRAM, os.X_OK), "no VictoriaMetrics is installed: run scripts/install-debian-parts"
    folder = Path(tempfile.mkdtemp(prefix="carewire-vm-"))
    address = f"127.0.0.1:{free_port()}"
    options = ("-httpListenAddr", address, "-storageDataPath", folder / "data", "-retentionPeriod=100y")
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([_PROGRAM, *options], stdout=log, stderr=log)
    try:
        _wait(process, f"http://{address}", folder)
        yield f"http://{address}"
    finally:
        process.kill()
        process.wait(10)
        shutil.rmtree(folder)


def _wait(process: "subprocess.Popen[bytes]", url: str, folder: Path) -> None:
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            httpx.get(f"{url}/ping")
        except httpx.HTTPError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(f"VictoriaMetrics did not start: {(folder / 'log').read_text()[-2_000:]}")
