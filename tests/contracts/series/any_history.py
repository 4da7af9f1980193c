"""A history that nobody thought up, read back."""

import pytest

from tests.contracts import random_history
from tests.contracts.random_history import PlainStore
from tests.contracts.series.store import Store


class RandomHistoryContract:
    """Whatever came in whatever order is read as the plainest store there is would read it."""

    @pytest.mark.parametrize("seed", [2])
    def test_it_reads_as_a_dictionary_would(self, store: Store, seed: int) -> None:
        plain = PlainStore()
        for number, items in enumerate(random_history.commits(seed, 45)):
            store.commit(items)
            plain.commit(items)
            if number % 6 == 0:
                self.tend(store)
            if number % 15 == 14:
                self.compare(store, plain, seed=number)

    def compare(self, store: Store, plain: PlainStore, seed: int) -> None:
        for query in random_history.queries(seed, 25):
            said = plain.between(query.from_ms, query.to_ms)
            for limit in (0, 3, 200, 10_000):
                found = store.observations("wei", "heart_rate", query.from_ms, query.to_ms, limit)
                assert len(found.points) + found.omitted == len(said)
                assert [p.t_ms for p in found.points] == [p.t_ms for p in said[max(0, len(said) - limit) :]]
            assert random_history.in_order(found.points) == said
            sums = store.rollups("wei", query)
            expected = plain.rollups(query)
            columns = (sums.from_ms, sums.count, sums.minimum, sums.maximum, sums.mean, sums.deviation)
            for column, wanted in zip(columns, zip(*expected, strict=True), strict=False):
                assert column.tolist() == pytest.approx(list(wanted), rel=1e-9, abs=1e-6)
            assert len(sums.count) == len(expected)
        newest = store.latest("wei")["heart_rate"]
        assert (newest.t_ms, newest.device) == (plain.latest().t_ms, plain.latest().device)

    def tend(self, store: Store) -> None:
        """Do with the store what time does."""
