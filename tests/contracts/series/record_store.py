"""What is committed is durable, once."""

from dataclasses import replace

import pytest

from cloud.ports import ClockDoubt
from tests.contracts.records import NOW_MS, OTHER_STRAP, identified, run
from tests.contracts.series.store import HOUR_MS, WRONG, Store, fix, poison, values
from vitals.errors import StorageError


class RecordStoreContract:
    """Everything is durable once, and every seq is accounted for."""

    def test_a_commit_counts_what_is_fresh(self, store: Store) -> None:
        outcome = store.commit([identified(run((1, 60)), 1), identified(run((2, 61)), 2)])
        assert (outcome.fresh, outcome.duplicates, outcome.quarantined) == (2, 0, 0)

    def test_the_same_record_twice_is_stored_once_and_counted(self, store: Store) -> None:
        store.commit([identified(run((1, 60)), 1)])
        outcome = store.commit([identified(run((1, 60)), 1), identified(run((2, 61)), 2)])
        assert (outcome.fresh, outcome.duplicates) == (1, 1)
        assert values(store) == [60, 61]
        (account,) = store.accounts()
        assert account.duplicates == 1

    def test_a_record_repeated_inside_one_commit_is_stored_once(self, store: Store) -> None:
        outcome = store.commit([identified(run((1, 60)), 1), identified(run((1, 99)), 1)])
        assert outcome.fresh == 1
        assert values(store) == [60]
        assert len(store.pending(10)) == 1

    def test_a_record_sent_again_when_more_is_known_of_its_clock_is_stored_once(self, store: Store) -> None:
        unknown, known = WRONG, replace(WRONG, shift_ms=HOUR_MS, by_ntp=True)
        store.commit(
            [
                identified(run((1, 60)), 1, clock=unknown, clock_doubt=ClockDoubt.UNSYNCED),
                identified(run((1, 60)), 1, patient_id="mia", clock=known, received_ms=NOW_MS + 9_000),
            ],
            fixes=[fix(HOUR_MS)],
        )
        assert values(store) == [60]
        assert store.latest("mia") == {}
        assert [one.patient_id for one in store.pending(10)] == ["wei"]

    def test_a_record_of_two_wearers_sent_again_is_stored_once_for_each(self, store: Store) -> None:
        parts = [identified(run((1, 60)), 1), identified(run((2, 61)), 1, patient_id="mia")]
        again = [identified(part.record, 1, patient_id=part.patient_id) for part in parts]
        assert store.commit([*parts, *again]).fresh == 1
        assert values(store) == [60]
        assert store.latest("mia")["heart_rate"].value == 61

    def test_a_duplicate_never_changes_what_is_stored(self, store: Store) -> None:
        store.commit([identified(run((1, 60)), 1)])
        store.commit([identified(run((1, 99)), 1)])
        assert values(store) == [60]

    def test_a_later_record_corrects_a_point(self, store: Store) -> None:
        store.commit([identified(run((1, 60)), 1)])
        store.commit([identified(run((1, 62)), 2)])
        assert values(store) == [62]

    @pytest.mark.parametrize("wild", [float("nan"), float("inf")])
    def test_what_is_no_number_is_refused_with_its_whole_commit(self, store: Store, wild: float) -> None:
        with pytest.raises(StorageError):
            store.commit([identified(run((1, 60)), 1), identified(run((2, wild)), 2)])
        assert values(store) == []
        assert store.accounts() == ()

    def test_a_corrected_point_of_one_device_leaves_the_others_at_that_moment(self, store: Store) -> None:
        store.commit([identified(run((1, 60)), 1), identified(run((1, 80), device=OTHER_STRAP), 2)])
        store.commit([identified(run((1, 61)), 3)])
        assert values(store) == [61, 80]

    def test_the_same_seq_of_another_gateway_or_epoch_is_another_record(self, store: Store) -> None:
        store.commit([identified(run((1, 60)), 1)])
        outcome = store.commit(
            [
                identified(run((2, 61)), 1, gateway="home-2"),
                identified(run((3, 62)), 1, epoch="zzzz9999-observations"),
            ]
        )
        assert outcome.fresh == 2
        assert values(store) == [60, 61, 62]

    def test_an_account_shows_stored_set_aside_and_missing(self, store: Store) -> None:
        store.commit([identified(run((s, 60)), s) for s in (1, 2, 3, 7)], [poison(4)])
        (account,) = store.accounts()
        assert account.stored == ((1, 3), (7, 7))
        assert account.quarantined == ((4, 4),)
        assert account.missing == ((5, 6),)

    def test_seqs_that_arrive_in_any_order_end_as_one_range(self, store: Store) -> None:
        for seq in (5, 1, 3, 2, 4, 9, 8, 7, 6):
            store.commit([identified(run((seq, 60)), seq)])
        (account,) = store.accounts()
        assert account.stored == ((1, 9),)
        assert account.missing == ()

    def test_a_run_over_a_change_of_wearer_is_kept_in_both_its_parts(self, store: Store) -> None:
        parts = [identified(run((1, 60)), 1), identified(run((2, 90)), 1, patient_id="ana")]
        outcome = store.commit(parts)
        assert outcome.fresh == 1
        assert values(store) == [60]
        assert [p.value for p in store.observations("ana", "heart_rate", 0, 9, 9).points] == [90]

    def test_nothing_at_all_is_a_commit_of_nothing(self, store: Store) -> None:
        outcome = store.commit([])
        assert (outcome.fresh, outcome.duplicates, outcome.quarantined) == (0, 0, 0)
