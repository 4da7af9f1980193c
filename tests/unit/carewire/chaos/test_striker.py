"""Strikes fall on real processes, when they are due and for as long as they are to last."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from carewire.chaos.plan import Strike
from carewire.chaos.striker import Striker
from carewire.processes import Part, Supervisor, until

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    with Supervisor() as running:
        running.start(Part(name="broker", command=SLEEP, log_file=tmp_path / "broker.log"))
        yield running


def strike(*, is_fatal: bool, after_s: float = 0.0, for_s: float = 0.0) -> Strike:
    return Strike(part="broker", is_fatal=is_fatal, after_s=after_s, for_s=for_s)


def is_down(supervisor: Supervisor) -> bool:
    return any(supervisor.parts["broker"].pid is None for _ in until(10, 0.01))


def state(supervisor: Supervisor) -> str:
    text = Path(f"/proc/{supervisor.parts['broker'].pid}/stat").read_text(encoding="ascii")
    return text.rpartition(")")[2].split()[0]


def test_nothing_is_struck_before_it_is_due(supervisor: Supervisor) -> None:
    striker = Striker(supervisor=supervisor, plan=[strike(is_fatal=True, after_s=5.0)])
    striker.step(100.0)
    striker.step(104.9)
    assert striker.done == 0
    striker.step(105.0)
    assert striker.done == 1
    assert is_down(supervisor)


def test_the_killed_stays_down_for_its_time_and_is_then_started_again(supervisor: Supervisor) -> None:
    striker = Striker(supervisor=supervisor, plan=[strike(is_fatal=True, for_s=3.0)])
    striker.step(100.0)
    assert is_down(supervisor)
    striker.step(102.9)
    supervisor.look()
    assert supervisor.parts["broker"].pid is None
    assert not striker.is_over
    striker.step(103.0)
    supervisor.look()
    assert supervisor.parts["broker"].pid is not None
    assert striker.is_over


def test_who_is_down_when_the_turn_comes_is_struck_once_up(supervisor: Supervisor) -> None:
    blows = [strike(is_fatal=True, for_s=3.0), strike(is_fatal=True)]
    told: list[float] = []
    striker = Striker(supervisor=supervisor, plan=blows, on_strike=lambda _, now_s: told.append(now_s))
    striker.step(100.0)
    assert is_down(supervisor)
    striker.step(101.0)
    striker.step(103.0)
    assert told == [100.0]
    supervisor.look()
    striker.step(103.1)
    assert told == [100.0, 103.1]


def test_the_frozen_thaws_after_its_time(supervisor: Supervisor) -> None:
    striker = Striker(supervisor=supervisor, plan=[strike(is_fatal=False, for_s=2.0)])
    striker.step(100.0)
    assert any(state(supervisor) == "T" for _ in until(10, 0.01))
    striker.step(102.0)
    assert any(state(supervisor) != "T" for _ in until(10, 0.01))


def test_the_end_lets_go_of_the_frozen_and_the_held(supervisor: Supervisor) -> None:
    striker = Striker(supervisor=supervisor, plan=[strike(is_fatal=False, for_s=1000.0)])
    striker.step(100.0)
    striker.end()
    assert any(state(supervisor) != "T" for _ in until(10, 0.01))
    assert not supervisor.held
    assert striker.is_over
