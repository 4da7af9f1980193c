"""It looks until it is told to end, and says when it cannot see."""

import threading

from cloud.following.follower import Follower
from tests.fakes.gateway import eventually
from vitals.errors import StorageError


def test_it_looks_again_and_again_and_at_once_when_woken() -> None:
    looks: list[int] = []
    stop = threading.Event()
    follower = Follower(steps=(lambda: looks.append(1), lambda: looks.append(2)))
    thread = threading.Thread(target=follower.run, args=(stop,))
    thread.start()
    eventually(lambda: len(looks) >= 4)
    assert looks[:4] == [1, 2, 1, 2]
    stop.set()
    follower.wake()
    thread.join(10)
    assert not thread.is_alive()


def test_a_store_in_trouble_and_a_fault_are_troubles_until_they_are_over() -> None:
    faults: list[Exception] = [ZeroDivisionError(), StorageError("the disk is full: make room")]
    stop = threading.Event()

    def look() -> None:
        if faults:
            raise faults[-1]

    follower = Follower(steps=(look,))
    thread = threading.Thread(target=follower.run, args=(stop,))
    thread.start()
    eventually(lambda: follower.troubles() == ("live pages: they stand still: the disk is full: make room",))
    faults.pop()
    follower.wake()
    eventually(lambda: follower.troubles() == ("live pages: they stand still: see the log",))
    faults.pop()
    follower.wake()
    eventually(lambda: follower.troubles() == ())
    stop.set()
    follower.wake()
    thread.join(10)
