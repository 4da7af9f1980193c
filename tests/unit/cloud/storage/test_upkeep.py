"""Upkeep goes on whatever goes wrong, and says what does."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from cloud.storage.upkeep import UpkeepWork
from tests.fakes.clock import FakeClock
from vitals.errors import StorageError

LONG_S = 30.0


@dataclass(slots=True)
class Steps:
    """An upkeep that does, one after another, what it was given."""

    acts: Iterator[Callable[[], bool]]
    taken: threading.Semaphore

    def step(self, now_ms: int) -> bool:
        del now_ms
        act = next(self.acts, lambda: False)
        try:
            return act()
        finally:
            self.taken.release()


def fails(error: Exception) -> Callable[[], bool]:
    def act() -> bool:
        raise error

    return act


@pytest.mark.parametrize(
    ("error", "said"),
    [(StorageError("the disk is full"), "the disk is full"), (KeyError("patient"), "KeyError; see the log")],
)
def test_a_step_that_fails_is_told_and_taken_again(error: Exception, said: str) -> None:
    taken = threading.Semaphore(0)
    work = UpkeepWork(Steps(iter([fails(error), lambda: False]), taken), FakeClock(), every_s=LONG_S)
    stop = threading.Event()
    thread = threading.Thread(target=work.run, args=(stop,), daemon=True)
    thread.start()
    assert taken.acquire(timeout=LONG_S)
    while not work.troubles():
        assert thread.is_alive()
    assert work.troubles() == (f"series: {said}",)
    work.wake()
    assert taken.acquire(timeout=LONG_S)
    while work.troubles():
        assert thread.is_alive()
    stop.set()
    work.wake()
    thread.join(LONG_S)
    assert not thread.is_alive()
