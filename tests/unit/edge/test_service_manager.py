"""What a service manager hears, at a path or in the abstract namespace, and what happens if nobody does."""

import os
import uuid
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from edge.adapters.service_manager import ServiceManager
from tests.fakes.notify_socket import FakeNotifySocket


def addresses() -> list[str]:
    return ["path", "abstract"]


@pytest.mark.parametrize("kind", addresses())
def test_it_is_told_ready_alive_and_stopping(tmp_path: Path, kind: str) -> None:
    address = tmp_path / "notify" if kind == "path" else f"@carewire-{uuid.uuid4().hex}"
    with FakeNotifySocket(address) as socket:
        manager = ServiceManager.of({"NOTIFY_SOCKET": str(address)}, pid=1)
        manager.ready("1 wearable")
        manager.status("well")
        manager.feed()
        manager.stopping()
        assert socket.listen(lambda heard: "STOPPING=1" in heard, within_s=2)
    assert socket.heard == ["READY=1", "STATUS=1 wearable", "STATUS=well", "WATCHDOG=1", "STOPPING=1"]


def test_without_a_manager_nothing_is_said() -> None:
    with capture_logs() as logs:
        ServiceManager.of({}, pid=1).ready("well")
    assert logs == []


def test_a_manager_that_is_gone_is_said_once_and_stops_nothing(tmp_path: Path) -> None:
    manager = ServiceManager(address=str(tmp_path / "nobody"))
    with capture_logs() as logs:
        manager.feed()
        manager.feed()
    assert [entry["event"] for entry in logs] == ["service_manager.unheard"]


@pytest.mark.parametrize(
    ("environment", "watchdog_s"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "60000000"}, 60.0),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "7"}, 60.0),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "8"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
    ],
)
def test_the_watchdog_is_that_of_this_process(environment: dict[str, str], watchdog_s: float | None) -> None:
    assert ServiceManager.of(environment, pid=7).watchdog_s == watchdog_s


def test_this_process_reads_its_own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", "/run/systemd/notify")
    monkeypatch.setenv("WATCHDOG_USEC", "1000000")
    monkeypatch.setenv("WATCHDOG_PID", str(os.getpid()))
    assert ServiceManager.here() == ServiceManager(address="/run/systemd/notify", watchdog_s=1.0)
