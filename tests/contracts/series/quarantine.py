"""What cannot be stored is set aside."""

from tests.contracts.records import identified, run
from tests.contracts.series.store import Store, poison


class QuarantineContract:
    """What cannot be stored is kept whole with its reason."""

    def test_a_poison_record_is_kept_whole_newest_first(self, store: Store) -> None:
        store.commit([], [poison(1, b"first"), poison(2, b"second")])
        assert store.quarantined(10) == (poison(2, b"second"), poison(1, b"first"))
        assert [item.seq for item in store.quarantined(1)] == [2]

    def test_a_poison_record_sent_again_is_kept_once(self, store: Store) -> None:
        store.commit([], [poison(1)])
        outcome = store.commit([], [poison(1)])
        assert (outcome.quarantined, outcome.duplicates) == (0, 1)
        assert store.quarantined_count() == 1

    def test_payloads_without_identity_are_told_apart_by_their_bytes(self, store: Store) -> None:
        store.commit([], [poison(0, b"one", epoch=""), poison(0, b"two", epoch="")])
        store.commit([], [poison(0, b"one", epoch="")])
        assert store.quarantined_count() == 2

    def test_a_record_that_can_be_stored_after_all_leaves_quarantine(self, store: Store) -> None:
        store.commit([], [poison(1), poison(2)])
        store.commit([identified(run((1, 60)), 1)])
        assert [item.seq for item in store.quarantined(10)] == [2]

    def test_a_stored_record_is_never_set_aside(self, store: Store) -> None:
        store.commit([identified(run((1, 60)), 1)])
        outcome = store.commit([], [poison(1)])
        assert (outcome.quarantined, outcome.duplicates) == (0, 1)
        assert store.quarantined_count() == 0
