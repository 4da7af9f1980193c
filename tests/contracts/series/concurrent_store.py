"""One writer beside readers."""

import threading

import pytest

from tests.contracts.records import NOW_MS, identified, run
from tests.contracts.series.store import Store, values


class ConcurrentStoreContract:
    """One writes while others read."""

    @pytest.mark.parametrize("readers", [3])
    def test_readers_beside_the_writer_see_whole_commits_only(self, store: Store, readers: int) -> None:
        torn: list[int] = []
        stop = threading.Event()

        def look() -> None:
            while not stop.is_set():
                count = len(store.observations("wei", "heart_rate", 0, NOW_MS, 1_000).points)
                if count % 10:
                    torn.append(count)

        threads = [threading.Thread(target=look) for _ in range(readers)]
        for thread in threads:
            thread.start()
        for seq in range(1, 31):
            store.commit([identified(run(*((seq * 100 + i, 60.0) for i in range(10))), seq)])
        stop.set()
        for thread in threads:
            thread.join(10)
        assert torn == []
        assert len(values(store, limit=1_000)) == 300
