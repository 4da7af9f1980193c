"""Whether the worker goes round, told from when it last did."""

import pytest

from cloud.alerts.working.pulse import STILL_S, UNWATCHED_S, Pulse
from cloud.alerts.working.statistics import AlertStatistics


class Bench:
    def __init__(self, real: float = 1.0) -> None:
        self.now_s = 1_000.0
        self.statistics = AlertStatistics()
        self.pulse = Pulse(
            statistics=self.statistics, monotonic_s=lambda: self.now_s, real_s=lambda seconds: seconds * real
        )

    def go_round(self) -> None:
        self.statistics.stepped_s = self.statistics.watched_s = self.now_s


def test_a_worker_that_has_just_begun_is_neither_beating_nor_still() -> None:
    bench = Bench()
    assert (bench.pulse.is_beating, bench.pulse.is_still) == (False, False)
    bench.now_s += STILL_S + 1
    assert (bench.pulse.is_beating, bench.pulse.is_still) == (False, True)


@pytest.mark.parametrize(("what", "within_s"), [("stepped_s", STILL_S), ("watched_s", UNWATCHED_S)])
def test_each_half_of_a_round_must_come_in_its_time(what: str, within_s: float) -> None:
    bench = Bench()
    bench.go_round()
    began_s = bench.now_s
    for elapsed_s, is_still in ((within_s, False), (within_s + 0.1, True)):
        bench.now_s = began_s + elapsed_s
        bench.go_round()
        setattr(bench.statistics, what, began_s)
        assert (bench.pulse.is_beating, bench.pulse.is_still) == (not is_still, is_still)


def test_by_a_clock_that_runs_faster_it_is_given_as_many_real_seconds() -> None:
    bench = Bench(real=0.1)
    bench.go_round()
    bench.now_s += 10 * STILL_S
    assert not bench.pulse.is_still
    bench.now_s += 10
    assert bench.pulse.is_still


def test_a_round_counts_once_both_halves_came_after() -> None:
    bench = Bench()
    assert not bench.pulse.has_gone_round_since(0.0)
    bench.go_round()
    assert bench.pulse.has_gone_round_since(bench.now_s - 1)
    assert not bench.pulse.has_gone_round_since(bench.now_s)
    bench.now_s += 5
    bench.statistics.stepped_s = bench.now_s
    assert not bench.pulse.has_gone_round_since(1_000.0), "silence was not judged since"
