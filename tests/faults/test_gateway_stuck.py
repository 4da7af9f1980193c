"""A gateway of which a part has stopped for good is no longer called alive, and ends to be started again."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from edge.adapters.watchman import STUCK_STATUS
from edge.supervision import Part
from tests.fakes.notify_socket import FakeNotifySocket

PATIENCE_S = 60.0
"""For a machine that does much else; nothing here takes so long by itself."""
WATCHDOG_S = 6.0
"""Fed every two seconds: what waits unheard while a process ends must find room in the socket."""

PROGRAM = """
import asyncio, signal, sys, time
from dataclasses import replace
from pathlib import Path
from carewire.logs import configure_logs
from edge.bootstrap import run_gateway
from edge.config import load_settings
from edge.supervision import DEADLINES, Part

part, within_s = Part(sys.argv[2]), float(sys.argv[3])
deadlines = {**DEADLINES, part: replace(DEADLINES[part], within_s=within_s)}

async def main():
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, time.sleep, 600.0)
    await run_gateway(load_settings(Path(sys.argv[1])), deadlines=deadlines)

configure_logs()
asyncio.run(main())
"""


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    folder = tmp_path / "gateway"
    folder.mkdir()
    return folder


@pytest.fixture
def settings_file(tmp_path: Path, data_dir: Path, unused_tcp_port: int) -> Path:
    """A gateway with no broker and, where this runs, no Bluetooth: both are seen to, and neither is stuck."""
    file = tmp_path / "gateway.toml"
    file.write_text(
        f'gateway_id = "bench"\ndata_dir = "{data_dir}"\nadopt = true\nmqtt.port = {unused_tcp_port}\n'
    )
    return file


@contextmanager
def gateway(
    settings_file: Path, socket: FakeNotifySocket, part: Part = Part.LOOP, *, within_s: float = 20.0
) -> Iterator[subprocess.Popen[str]]:
    """Run a gateway in which one part has a deadline of its own."""
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(settings_file), part, str(within_s)],
        env=socket.environment(watchdog_s=WATCHDOG_S)
        | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def is_fed(heard: list[str]) -> bool:
    return heard.count("WATCHDOG=1") >= 2


def is_given_up(heard: list[str]) -> bool:
    return bool(heard) and heard[-1].startswith("STATUS=ending")


def test_a_gateway_that_moves_is_ready_fed_and_stops_when_told(settings_file: Path, tmp_path: Path) -> None:
    with FakeNotifySocket(tmp_path / "notify") as socket, gateway(settings_file, socket) as process:
        assert socket.listen(lambda heard: "READY=1" in heard, within_s=PATIENCE_S)
        socket.forget()
        assert socket.listen(is_fed, within_s=PATIENCE_S)
        assert socket.listen(lambda heard: any("not reached" in line for line in heard), within_s=PATIENCE_S)
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_S) == 0
        assert socket.listen(lambda heard: "STOPPING=1" in heard, within_s=PATIENCE_S)


def test_a_stuck_event_loop_ends_the_gateway(settings_file: Path, tmp_path: Path) -> None:
    with (
        FakeNotifySocket(tmp_path / "notify") as socket,
        gateway(settings_file, socket, Part.LOOP, within_s=6.0) as process,
    ):
        assert socket.listen(lambda heard: "READY=1" in heard, within_s=PATIENCE_S)
        process.send_signal(signal.SIGUSR1)
        _, says = process.communicate(timeout=PATIENCE_S)
        assert socket.listen(is_given_up, within_s=PATIENCE_S)
    assert process.returncode == STUCK_STATUS
    assert socket.heard[-1].startswith("STATUS=ending: event-loop has not moved")
    assert "gateway.stuck" in says


def test_a_disk_write_that_never_returns_ends_the_gateway(
    settings_file: Path, data_dir: Path, tmp_path: Path
) -> None:
    os.mkfifo(data_dir / "last-seen.new")  # who opens it to write waits until somebody reads: nobody does
    with (
        FakeNotifySocket(tmp_path / "notify") as socket,
        gateway(settings_file, socket, Part.DISK, within_s=3.0) as process,
    ):
        _, says = process.communicate(timeout=PATIENCE_S)
        socket.listen(
            lambda heard: bool(heard) and heard[-1].startswith("STATUS=ending"), within_s=PATIENCE_S
        )
    assert process.returncode == STUCK_STATUS
    assert socket.heard[-1].startswith("STATUS=ending: disk has not moved")
    assert "last_seen.py" in says, "the place where it hangs is shown"
