"""Permits by the second: how many at once, when the next, and that nobody can be forgotten on purpose."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloud.access.pace import Allowance, Pace
from tests.fakes.clock import FakeClock

ALLOWANCE = Allowance(at_once=3, each_s=10.0)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def pace(clock: FakeClock) -> Pace:
    return Pace(allowance=ALLOWANCE, monotonic_s=clock.monotonic_s)


def test_so_many_at_once_and_then_one_each_interval(pace: Pace, clock: FakeClock) -> None:
    assert [pace.take("lin") for _ in range(4)] == [0.0, 0.0, 0.0, pytest.approx(10.0)]
    clock.advance(9)
    assert pace.take("lin") == pytest.approx(1.0)
    clock.advance(1)
    assert pace.take("lin") == 0.0
    assert pace.take("lin") == pytest.approx(10.0)


def test_who_was_refused_pays_nothing_for_having_asked(pace: Pace, clock: FakeClock) -> None:
    for _ in range(3):
        pace.take("lin")
    for _ in range(1_000):
        assert pace.take("lin") > 0
    clock.advance(10)
    assert pace.take("lin") == 0.0


def test_one_key_costs_another_nothing(pace: Pace) -> None:
    for _ in range(10):
        pace.take("attacker")
    assert pace.take("lin") == 0.0


def test_asking_how_long_to_wait_uses_nothing_up(pace: Pace) -> None:
    for _ in range(10):
        assert pace.wait_s("lin") == 0.0
    for _ in range(3):
        pace.take("lin")
    assert pace.wait_s("lin") == pytest.approx(10.0)


def test_what_costs_more_takes_more_and_what_costs_too_much_takes_all(pace: Pace) -> None:
    assert pace.take("lin", 2) == 0.0
    assert pace.take("lin", 2) == pytest.approx(10.0)
    assert pace.take("lin", 1) == 0.0
    assert pace.take("mei", 1_000) == 0.0
    assert pace.take("mei") == pytest.approx(10.0)


def test_a_key_can_be_forgiven(pace: Pace) -> None:
    for _ in range(3):
        pace.take("lin")
    pace.forgive("lin")
    pace.forgive("nobody")
    assert pace.take("lin") == 0.0


def test_memory_is_bounded_and_whoever_used_most_is_remembered(clock: FakeClock) -> None:
    pace = Pace(allowance=ALLOWANCE, monotonic_s=clock.monotonic_s, most_keys=100)
    for _ in range(3):
        pace.take("attacker")
    for number in range(5_000):
        assert pace.take(number) == 0.0
        assert len(pace) <= 101
    assert pace.take("attacker") == pytest.approx(10.0)


def test_what_is_full_again_is_forgotten_first(clock: FakeClock) -> None:
    pace = Pace(allowance=ALLOWANCE, monotonic_s=clock.monotonic_s, most_keys=100)
    for number in range(100):
        pace.take(number)
    clock.advance(10)
    pace.take("lin")
    assert len(pace) == 1


def test_a_clock_that_stands_still_lets_no_more_through(pace: Pace) -> None:
    assert sum(pace.take("lin") == 0.0 for _ in range(100)) == 3


@given(st.lists(st.floats(min_value=0, max_value=30), max_size=60))
def test_never_more_than_the_allowance_in_any_stretch_of_time(pauses_s: list[float]) -> None:
    clock, let_through_s = FakeClock(), []
    pace = Pace(allowance=ALLOWANCE, monotonic_s=clock.monotonic_s)
    for pause_s in pauses_s:
        clock.advance(pause_s)
        if pace.take("lin") == 0.0:
            let_through_s.append(clock.monotonic_s())
    for first, from_s in enumerate(let_through_s):
        for count, to_s in enumerate(let_through_s[first:], start=1):
            assert count <= ALLOWANCE.at_once + (to_s - from_s) / ALLOWANCE.each_s + 1e-6


def test_threads_share_one_bucket() -> None:
    pace = Pace(allowance=Allowance(at_once=50, each_s=1e6), monotonic_s=lambda: 0.0)
    let_through: list[float] = []

    def ask() -> None:
        let_through.extend(pace.take("lin") for _ in range(100))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert let_through.count(0.0) == 50
