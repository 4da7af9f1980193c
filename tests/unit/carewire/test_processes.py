"""Parts are kept alive, give up loudly, and end when they are told to."""

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from carewire.processes import Part, PartDiedError, Supervisor, until

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]


def part(tmp_path: Path, command: list[str]) -> Part:
    return Part(name="sleeper", command=command, log_file=tmp_path / "sleeper.log")


def wait_dead(it: Part) -> None:
    assert it.process is not None
    it.process.wait(10)


def test_a_killed_part_is_started_again_and_its_death_is_told(tmp_path: Path) -> None:
    deaths: list[tuple[str, int]] = []
    with Supervisor(on_death=lambda it, status: deaths.append((it.name, status))) as supervisor:
        supervisor.start(it := part(tmp_path, SLEEP))
        first = it.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        wait_dead(it)
        supervisor.look()
        assert it.pid not in {None, first}
    assert deaths == [("sleeper", -signal.SIGKILL)]
    assert it.pid is None


def test_a_part_that_keeps_dying_ends_the_run_with_its_last_words(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "print('no such strap'); raise SystemExit(3)"]
    with Supervisor(max_restarts=1) as supervisor:
        supervisor.start(it := part(tmp_path, command))
        wait_dead(it)
        supervisor.look()
        wait_dead(it)
        with pytest.raises(PartDiedError, match=r"(?s)sleeper ended 2 times \(status 3\).*no such strap"):
            supervisor.look()


def test_a_part_deaf_to_sigterm_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("carewire.processes.STOP_TIMEOUT_S", 0.3)
    ignore = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)"
    deaf = f"{ignore}; print('deaf', flush=True); time.sleep(60)"
    with Supervisor() as supervisor:
        supervisor.start(it := part(tmp_path, [sys.executable, "-c", deaf]))
        assert any("deaf" in it.last_words() for _ in until(10))
    assert it.process is not None
    assert it.process.returncode == -signal.SIGKILL


def test_until_ends_in_time() -> None:
    start = time.monotonic()
    assert len(list(until(0.2, poll_s=0.05))) >= 2
    assert time.monotonic() - start < 2
