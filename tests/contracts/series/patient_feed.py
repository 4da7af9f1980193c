"""What is fresh, slice by slice."""

import msgspec

from tests.contracts.records import NOW_MS, device_report, event, identified, run, strip
from tests.contracts.series.store import Store
from vitals.records import Phase


class PatientFeedContract:
    """Each fresh record reaches its patient's evaluation once, in order, and is kept until done."""

    def test_a_slice_holds_a_patients_fresh_records_in_order_of_seq(self, store: Store) -> None:
        first, second, third = run((1, 60)), event(5), device_report()
        store.commit([identified(second, 2), identified(first, 1), identified(third, 3)])
        (one,) = store.pending(10)
        assert one.records == (first, second, third)
        assert (one.patient_id, one.received_ms) == ("wei", NOW_MS)

    def test_of_strips_a_slice_says_that_they_came_once_a_device(self, store: Store) -> None:
        strips = [strip(1_000), strip(2_000), strip(2_000, device="pendant")]
        store.commit([identified(each, seq) for seq, each in enumerate(strips, start=1)])
        (one,) = store.pending(10)
        assert one.records == tuple(msgspec.structs.replace(each, samples=b"") for each in strips[1:])

    def test_unbound_records_are_in_no_slice(self, store: Store) -> None:
        nobodys = [identified(strip(1_000), 1, patient_id=None), identified(run((1, 60)), 2, patient_id=None)]
        store.commit(nobodys)
        assert store.pending(10) == ()

    def test_patients_and_epochs_get_slices_of_their_own(self, store: Store) -> None:
        store.commit(
            [
                identified(run((1, 60)), 1),
                identified(run((1, 90)), 2, patient_id="ana"),
                identified(event(1), 1, epoch="abcd1234-events"),
            ]
        )
        found = [(one.patient_id, len(one.records)) for one in store.pending(10)]
        assert found == [("wei", 1), ("wei", 1), ("ana", 1)], "the event comes first"
        assert len({one.message_id for one in store.pending(10)}) == 3

    def test_a_duplicate_is_in_no_slice_even_after_the_first_is_done(self, store: Store) -> None:
        store.commit([identified(run((1, 60)), 1)])
        store.done([one.message_id for one in store.pending(10)])
        store.commit([identified(run((1, 60)), 1), identified(run((2, 61)), 2)])
        (one,) = store.pending(10)
        assert one.records == (run((2, 61)),)

    def test_slices_come_oldest_first_and_stay_until_done(self, store: Store) -> None:
        for seq in (1, 2, 3):
            store.commit([identified(run((seq, 60)), seq)])
        first, second = store.pending(2)
        assert store.pending(2) == (first, second)
        store.done([first.message_id, "unknown"])
        assert [one.message_id for one in store.pending(1)] == [second.message_id]

    def test_an_event_does_not_wait_behind_a_backlog_and_stays_in_its_own_order(self, store: Store) -> None:
        for seq in (1, 2, 3):
            store.commit([identified(run((seq, 60)), seq)])
        for seq, phase in enumerate((Phase.ONSET, Phase.END), start=1):
            store.commit([identified(event(seq, phase=phase), seq, epoch="abcd1234-events")])
        told = [one.message_id.split("/")[1:3] for one in store.pending(4)]
        assert told == [
            ["abcd1234-events", "1-1"],
            ["abcd1234-events", "2-2"],
            ["abcd1234-observations", "1-1"],
            ["abcd1234-observations", "2-2"],
        ]

    def test_message_ids_are_the_same_whenever_the_same_records_are_fresh(self, store: Store) -> None:
        store.commit([identified(run((1, 60)), 4), identified(run((2, 60)), 6)])
        (one,) = store.pending(10)
        assert one.message_id == "home-1/abcd1234-observations/4-6/wei"
