"""Blows fall on real processes: killed ones are gone, frozen ones go on."""

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest

from carewire.havoc import BLOWS, Blow, Havoc
from carewire.layout import PARTS
from carewire.processes import Part, Supervisor

COUNTING = "import itertools, time\nfor n in itertools.count(): print(n, flush=True); time.sleep(0.02)"
KILLED = Blow(name="killed", part="victim", is_fatal=True)
FROZEN = Blow(name="frozen", part="victim", is_fatal=False, least_s=0.5, most_s=0.6)


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    with Supervisor() as running:
        command = [sys.executable, "-c", COUNTING]
        running.start(Part(name="victim", command=command, log_file=tmp_path / "victim.log"))
        yield running


def eventually(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def is_stopped(supervisor: Supervisor) -> bool:
    state = Path(f"/proc/{supervisor.parts['victim'].pid}/stat").read_text(encoding="ascii")
    return state.rpartition(")")[2].split()[0] == "T"


def counted(supervisor: Supervisor) -> str:
    return supervisor.parts["victim"].last_words(1)


def test_a_killed_part_is_gone_and_counted(supervisor: Supervisor) -> None:
    with Havoc(supervisor=supervisor, random=Random(1), every_s=0.01, blows=[KILLED]) as havoc:
        eventually(lambda: supervisor.parts["victim"].pid is None)
    assert havoc.struck.keys() == {"killed"}


def test_a_frozen_part_stands_still_and_then_goes_on(supervisor: Supervisor) -> None:
    with Havoc(supervisor=supervisor, random=Random(1), every_s=0.01, blows=[FROZEN]):
        eventually(lambda: is_stopped(supervisor))
    assert not is_stopped(supervisor)
    before = counted(supervisor)
    eventually(lambda: counted(supervisor) != before)


def test_nobody_is_killed_once_that_is_forbidden(supervisor: Supervisor) -> None:
    blows = [KILLED, FROZEN]
    with Havoc(
        supervisor=supervisor, random=Random(1), every_s=0.01, blows=blows, may_kill=lambda: False
    ) as havoc:
        eventually(lambda: havoc.struck["frozen"] >= 1)
    assert havoc.struck.keys() == {"frozen"}


def test_a_part_that_is_down_is_not_struck(supervisor: Supervisor) -> None:
    supervisor.parts["victim"].stop()
    with Havoc(supervisor=supervisor, random=Random(1), every_s=0.001, blows=[KILLED]) as havoc:
        time.sleep(0.2)
    assert not havoc.struck


def test_every_blow_is_for_a_part_that_there_is() -> None:
    assert {blow.part for blow in BLOWS} == set(PARTS)
