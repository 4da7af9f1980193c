"""What the running gateway says of itself beside it: how it is, never a value, and when it no longer runs."""

import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from edge.adapters.service_manager import ServiceManager
from edge.adapters.state_teller import StateTeller
from edge.health import GatewayHealth
from edge.state_file import FRESH_S, GatewayState, StateFile
from tests.fakes.home import FALL, PENDANT, alarmed_home
from tests.fakes.notify_socket import FakeNotifySocket


@pytest.fixture
def file(tmp_path: Path) -> StateFile:
    return StateFile(path=tmp_path / "state.json")


def test_what_is_written_is_read(file: StateFile) -> None:
    state = GatewayState.of(alarmed_home())
    file.write(state)
    assert file.read_running() == state
    assert (state.alarms[0].key, state.alarms[0].priority) == (FALL, "high")
    assert [alarm.seen_to for alarm in state.alarms] == [False, True, False, False]
    pendant = next(line for line in state.wearables if line.device == PENDANT)
    assert (pendant.name, pendant.battery_percent) == ("Grandmother's pendant by the bed", 9)


def test_no_value_of_a_wearer_is_in_it(file: StateFile) -> None:
    file.write(GatewayState.of(alarmed_home()))
    assert {key for line in json.loads(file.path.read_text())["wearables"] for key in line} == {
        "device",
        "name",
        "link",
        "battery_percent",
        "heard_ms",
    }


@pytest.mark.parametrize(
    "change",
    [
        lambda state: msgspec.structs.replace(state, written_s=time.time() - FRESH_S - 5),
        lambda state: msgspec.structs.replace(state, pid=2**22 + 1),
    ],
    ids=["it has not moved", "its process is gone"],
)
def test_a_gateway_that_no_longer_runs_is_not_taken_for_one(
    file: StateFile, change: Callable[[GatewayState], GatewayState]
) -> None:
    state = change(GatewayState.of(alarmed_home()))
    file.write(state)
    assert file.read() == state
    assert file.read_running() is None


@pytest.mark.parametrize("rubbish", [b"", b"{}", b"\xff", b'{"pid": "x"}'])
def test_rubbish_and_nothing_are_no_state(file: StateFile, rubbish: bytes) -> None:
    assert file.read() is None
    file.path.write_bytes(rubbish)
    assert file.read_running() is None


async def test_the_manager_and_the_file_are_told_alike(tmp_path: Path, file: StateFile) -> None:
    with FakeNotifySocket(tmp_path / "notify") as socket:
        manager = ServiceManager(address=socket.address)
        await StateTeller(manager=manager, file=file, health=GatewayHealth()).tell(alarmed_home())
        assert socket.listen(bool, within_s=20)
    (line,) = socket.heard
    assert line.startswith("STATUS=hallway: the cloud is not reached, 18412 records wait, perhaps a fall, ")
    state = file.read()
    assert state is not None
    assert state.pid == os.getpid()


async def test_a_disk_that_refuses_is_counted_and_nothing_else(tmp_path: Path) -> None:
    health = GatewayHealth()
    nowhere = StateFile(path=tmp_path / "none" / "state.json")
    await StateTeller(manager=ServiceManager(), file=nowhere, health=health).tell(alarmed_home())
    assert health.counters == {"state_file.failed": 1}
