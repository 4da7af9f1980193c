"""The loop of a worker: woken, told to end, and not ended by trouble."""

import threading
from collections.abc import Collection
from typing import Any

from cloud.partitions import EVERY_PARTITION
from tests.fakes.alert_house import UNEVEN, House
from tests.fakes.patient_feed import FakePatientFeed


class TestTheLoop:
    def test_steps_when_woken_and_ends_when_told(self) -> None:
        house, stop = House(), threading.Event()
        worker = house.worker()
        thread = threading.Thread(target=worker.run, args=(stop,))
        thread.start()
        house.receive(UNEVEN)
        worker.wake()
        assert eventually(lambda: bool(house.notifier.told))
        stop.set()
        worker.wake()
        thread.join(5)
        assert not thread.is_alive()

    def test_outlives_a_store_in_trouble_and_counts_it(self) -> None:
        house, stop = House(), threading.Event()
        house.receive(UNEVEN)
        house.notifier.error = None
        worker = house.worker()
        worker.feed = _Troubled(house.feed)
        thread = threading.Thread(target=worker.run, args=(stop,))
        thread.start()
        assert eventually(lambda: worker.statistics.counters["worker.failed"] == 1)
        worker.wake()
        assert eventually(lambda: bool(house.notifier.told))
        stop.set()
        worker.wake()
        thread.join(5)
        assert not thread.is_alive()


class _Troubled(FakePatientFeed):
    """Fails once."""

    def __init__(self, feed: FakePatientFeed) -> None:
        super().__init__(feed.waiting)
        self.failures = 1

    def pending(self, limit: int, partitions: Collection[int] = EVERY_PARTITION) -> Any:
        if self.failures:
            self.failures -= 1
            raise RuntimeError
        return FakePatientFeed.pending(self, limit, partitions)


def eventually(condition: Any, within_s: float = 5.0) -> bool:
    pause = threading.Event()
    for _ in range(round(within_s / 0.02)):
        if condition():
            return True
        pause.wait(0.02)
    return False
