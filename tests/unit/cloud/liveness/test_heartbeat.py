"""The check outside hears of what is so, and of nothing else."""

from threading import Event

import pytest
from structlog.testing import capture_logs

from cloud.liveness.heartbeat import Heartbeat
from vitals.errors import DeliveryError


class Bench:
    """A check that can be out of reach, a worker that can stand still, a health that can be red."""

    def __init__(self) -> None:
        self.now_s = 100.0
        self.stop = Event()
        self.round_s = 0.0
        self.red: tuple[str, ...] = ()
        self.heard: list[bool] = []
        self.attempts = 0
        self.unreachable = 0
        self.heartbeat = Heartbeat(
            beacon=self,
            has_gone_round_since=lambda at_s: self.round_s > at_s,
            troubles_of_alerting=lambda: self.red,
            monotonic_s=lambda: self.now_s,
            every_s=60.0,
            random=lambda: 0.5,
            first_pause_s=0.0,
        )

    def tell(self, *, is_well: bool) -> None:
        self.attempts += 1
        if self.unreachable:
            self.unreachable -= 1
            raise DeliveryError("no route")
        self.heard.append(is_well)

    def look(self, *, has_gone_round: bool = True) -> list[bool]:
        self.now_s += 60
        if has_gone_round:
            self.round_s = self.now_s - 1
        with capture_logs():
            self.heartbeat.step()
        return self.heard


def test_each_interval_in_which_the_worker_went_round_is_told() -> None:
    bench = Bench()
    assert bench.look() == [True]
    assert bench.look() == [True, True]


def test_a_worker_that_stands_still_is_not_told_of() -> None:
    bench = Bench()
    bench.look()
    for _ in range(5):
        assert bench.look(has_gone_round=False) == [True]
    assert bench.look() == [True, True]


def test_what_is_red_twice_is_told_as_failing_until_it_is_not_red() -> None:
    bench = Bench()
    bench.red = ("ingest: not connected to the broker at 127.0.0.1:1883",)
    assert bench.look() == [], "it may be over in a moment: neither well nor failing"
    assert bench.look() == [False]
    assert bench.look(has_gone_round=False) == [False, False]
    bench.red = ()
    assert bench.look() == [False, False, True]


def test_what_is_red_for_a_moment_costs_a_beat_and_no_alarm() -> None:
    bench = Bench()
    bench.red = ("ingest: not connected",)
    bench.look()
    bench.red = ()
    assert bench.look() == [True]


def test_one_that_does_not_answer_at_once_is_asked_again() -> None:
    bench = Bench()
    bench.unreachable = 2
    assert bench.look() == [True]
    assert bench.attempts == 3
    assert bench.heartbeat.troubles() == ()


def test_a_check_that_is_out_of_reach_for_three_intervals_is_a_trouble_until_it_is_reached() -> None:
    bench = Bench()
    bench.look()
    bench.unreachable = 9
    for _ in range(2):
        bench.look()
        assert bench.heartbeat.troubles() == ()
    bench.look()
    assert bench.heartbeat.troubles() == ("heartbeat: the check outside was not reached for 180 s: no route",)
    bench.look()
    assert bench.heartbeat.troubles() == ()


@pytest.mark.parametrize("fault", [KeyError("x"), RuntimeError("y")])
def test_whatever_a_look_meets_the_next_comes(fault: Exception) -> None:
    bench = Bench()
    looks = []

    def meet() -> tuple[str, ...]:
        looks.append(1)
        if len(looks) == 1:
            raise fault
        bench.stop.set()
        return ()

    bench.heartbeat.troubles_of_alerting = meet
    bench.heartbeat.every_s = 0.0
    bench.round_s = float("inf")
    with capture_logs():
        bench.heartbeat.run(bench.stop)
    assert bench.heard == [True]
