"""A sound by command: told what to say, given no secret, run by no shell, ended with all its children."""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

import pytest

from edge.adapters.alarm_command import AlarmCommand, environment
from edge.alarms.alarm_signals import Announcement, State
from edge.alarms.local_alarm import Priority
from edge.alarms.standing_alarms import Family, StandingAlarm
from vitals.errors import SignalError

FALL = Announcement(
    state=State.SOUNDING,
    alarm=StandingAlarm(
        key="episode-1",
        title="Perhaps a fall",
        says="Look.",
        priority=Priority.HIGH,
        family=Family.PHYSIOLOGICAL,
        since_ms=5,
        device="pendant",
    ),
)


def python(program: str, *arguments: str | Path, limit_s: float = 20.0) -> AlarmCommand:
    return AlarmCommand(argv=(sys.executable, "-c", program, *map(str, arguments)), limit_s=limit_s)


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def number_in(file: Path) -> int | None:
    says = file.read_text() if file.exists() else ""
    return int(says) if says.endswith("\n") else None


async def child_of(file: Path) -> int:
    """Wait until the command has written its child's number."""
    async with asyncio.timeout(20):
        while not (found := number_in(file)):  # noqa: ASYNC110 - it lies in a file
            await asyncio.sleep(0.01)
    return found


async def is_gone(pid: int) -> bool:
    async with asyncio.timeout(20):
        while is_running(pid):  # noqa: ASYNC110 - the kernel tells in no other way
            await asyncio.sleep(0.01)
    return True


PARENT = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print(child.pid, file=open(sys.argv[1], "w"))
time.sleep(600)
"""


async def test_it_is_told_what_sounds(tmp_path: Path) -> None:
    program = "import json, os, sys; json.dump(dict(os.environ), open(sys.argv[1], 'w'))"
    await python(program, tmp_path / "said").play(FALL)
    said = json.loads((tmp_path / "said").read_text())
    assert {name: value for name, value in said.items() if name.startswith("CAREWIRE_")} == {
        "CAREWIRE_ALARM_STATE": "sounding",
        "CAREWIRE_ALARM_PRIORITY": "high",
        "CAREWIRE_ALARM_FAMILY": "physiological",
        "CAREWIRE_ALARM_KEY": "episode-1",
        "CAREWIRE_ALARM_TITLE": "Perhaps a fall",
        "CAREWIRE_ALARM_DEVICE": "pendant",
        "CAREWIRE_ALARM_SINCE_MS": "5",
    }


def test_it_is_told_no_secret_of_the_gateway() -> None:
    inherited = {"PATH": "/bin", "CAREWIRE_EDGE_MQTT__PASSWORD": "hunter2", "carewire_edge_page__code": "x"}
    assert environment(Announcement(state=State.QUIET), inherited) == {
        "PATH": "/bin",
        "CAREWIRE_ALARM_STATE": "quiet",
    }


async def test_nothing_in_it_is_read_by_a_shell(tmp_path: Path) -> None:
    argument = f"$(touch {tmp_path / 'harm'}); `touch {tmp_path / 'harm'}`"
    program = "import sys, pathlib; pathlib.Path(sys.argv[2]).write_text(sys.argv[1])"
    await python(program, argument, tmp_path / "argument").play(FALL)
    assert (tmp_path / "argument").read_text() == argument
    assert not (tmp_path / "harm").exists()


async def test_one_that_does_not_end_is_cut_off_with_its_children(tmp_path: Path) -> None:
    command = python(PARENT, tmp_path / "child", limit_s=2.0)
    with pytest.raises(SignalError, match="did not end within 2 s"):
        await command.play(FALL)
    if (tmp_path / "child").exists():
        assert await is_gone(await child_of(tmp_path / "child"))


async def test_one_that_cannot_be_ended_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = "import os, sys, time; print(os.getpid(), file=open(sys.argv[1], 'w')); time.sleep(600)"
    monkeypatch.setattr(os, "killpg", lambda *_: None)  # as one that hangs in the kernel takes it
    async with asyncio.timeout(60):
        with pytest.raises(SignalError, match="did not end within 5 s"):
            await python(program, tmp_path / "pid", limit_s=5.0).play(FALL)
    pid = await child_of(tmp_path / "pid")
    assert is_running(pid)
    os.kill(pid, signal.SIGKILL)
    assert await is_gone(pid)


async def test_one_that_is_cut_short_by_something_more_urgent_leaves_nothing_behind(tmp_path: Path) -> None:
    playing = asyncio.create_task(python(PARENT, tmp_path / "child").play(FALL))
    child = await child_of(tmp_path / "child")
    playing.cancel()
    await asyncio.wait([playing])
    assert await is_gone(child)


@pytest.mark.parametrize("program", ["none", "no\x00program", ""])
async def test_one_that_cannot_be_run_is_said_so(tmp_path: Path, program: str) -> None:
    with pytest.raises(SignalError, match=r"cannot be run .* correct alarms.command"):
        await AlarmCommand(argv=(str(tmp_path / program),), limit_s=5).play(FALL)


async def test_one_that_fails_is_said_so() -> None:
    with pytest.raises(SignalError, match="ended with status 3"):
        await python("raise SystemExit(3)").play(FALL)


def test_the_environment_of_this_process_stays_as_it_is() -> None:
    before = dict(os.environ)
    environment(FALL, os.environ)
    assert dict(os.environ) == before
