"""What every series store keeps. An adapter's test module derives a class and gives it a `store`."""

import threading
from dataclasses import replace
from statistics import pstdev
from typing import Any, Protocol

import msgspec
import pytest

from cloud.ports import (
    ClockDoubt,
    ClockFix,
    GatewayReader,
    OccurrenceReader,
    PatientFeed,
    QuarantinedRecord,
    QuarantineReader,
    RecordClock,
    RecordStore,
    RollupQuery,
    RollupReader,
    Rollups,
    SeriesReader,
)
from tests.contracts import random_history
from tests.contracts.random_history import PlainStore
from tests.contracts.records import (
    NOW_MS,
    OTHER_STRAP,
    STRAP,
    command_report,
    device_report,
    event,
    gap,
    gateway_report,
    identified,
    run,
    strip,
)
from vitals.errors import StorageError
from vitals.records import ObservationRun, Phase


class Store(
    RecordStore,
    SeriesReader,
    RollupReader,
    OccurrenceReader,
    GatewayReader,
    QuarantineReader,
    PatientFeed,
    Protocol,
):
    """All the ports at once."""


def poison(seq: int, payload: bytes = b"\xc1", **changes: Any) -> QuarantinedRecord:
    fields: dict[str, Any] = {
        "gateway": "home-1",
        "epoch": "abcd1234-observations",
        "content_type": "application/msgpack",
        "reason": "record cannot be read",
        "received_ms": NOW_MS,
    }
    return QuarantinedRecord(seq=seq, payload=payload, **fields | changes)


def values(store: Store, *, from_ms: int = 0, to_ms: int = 2 * NOW_MS, limit: int = 100) -> list[float]:
    return [p.value for p in store.observations("wei", "heart_rate", from_ms, to_ms, limit).points]


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


class SeriesReaderContract:
    """Ranges are half open, the newest win, and what is left out is said."""

    def test_a_late_point_is_found_at_its_time(self, store: Store) -> None:
        store.commit([identified(run((10, 60), (30, 62)), 1)])
        store.commit([identified(run((20, 61)), 2)])
        assert values(store) == [60, 61, 62]

    def test_points_of_two_devices_at_one_millisecond_both_survive(self, store: Store) -> None:
        store.commit([identified(run((10, 60)), 1), identified(run((10, 70), device=OTHER_STRAP), 2)])
        series = store.observations("wei", "heart_rate", 10, 11, 10)
        assert {(p.device, p.value) for p in series.points} == {(STRAP, 60), (OTHER_STRAP, 70)}

    def test_a_range_holds_its_start_and_not_its_end(self, store: Store) -> None:
        store.commit([identified(run((10, 1), (20, 2), (30, 3)), 1)])
        assert values(store, from_ms=10, to_ms=30) == [1, 2]
        assert values(store, from_ms=11, to_ms=31) == [2, 3]
        assert values(store, from_ms=20, to_ms=20) == []

    def test_the_newest_points_win_and_the_omitted_are_counted(self, store: Store) -> None:
        store.commit([identified(run(*((t, float(t)) for t in range(10))), 1)])
        series = store.observations("wei", "heart_rate", 0, 9, 3)
        assert [p.t_ms for p in series.points] == [6, 7, 8]
        assert series.omitted == 6
        assert store.observations("wei", "heart_rate", 0, 9, 0).omitted == 9

    def test_quality_is_kept_and_unknown_quality_stays_unknown(self, store: Store) -> None:
        rated = run((1, 60.25))
        rated = type(rated)(device=rated.device, kind=rated.kind, t_ms=[1], value=[60.25], quality=[0.5])
        store.commit([identified(rated, 1), identified(run((2, 61)), 2)])
        points = store.observations("wei", "heart_rate", 0, 9, 9).points
        assert [(p.value, p.quality) for p in points] == [(60.25, 0.5), (61, None)]

    def test_nobody_sees_another_patients_points(self, store: Store) -> None:
        store.commit([identified(run((1, 60)), 1), identified(run((1, 90)), 2, patient_id="ana")])
        assert values(store) == [60]
        assert store.latest("ana")["heart_rate"].value == 90
        assert store.latest("nobody") == {}

    def test_what_an_unbound_device_measures_is_nobodys(self, store: Store) -> None:
        store.commit([identified(run((1, 60)), 1, patient_id=None)])
        assert values(store) == []
        assert [p.value for p in store.observations("", "heart_rate", 0, 9, 9).points] == [60]

    def test_the_latest_point_of_each_kind_is_by_effective_time(self, store: Store) -> None:
        store.commit([identified(run((20, 62), (10, 61)), 1)])
        store.commit(
            [
                identified(run((15, 60), device=OTHER_STRAP), 2),
                identified(run((9, 97), kind="oxygen_saturation"), 3),
            ]
        )
        latest = store.latest("wei")
        assert {kind: (p.t_ms, p.value) for kind, p in latest.items()} == {
            "heart_rate": (20, 62),
            "oxygen_saturation": (9, 97),
        }

    def test_many_patients_are_read_at_once_as_one_by_one(self, store: Store) -> None:
        store.commit([identified(run((1, 60)), 1), identified(run((2, 90)), 2, patient_id="ana")])
        store.commit([identified(run((3, 97), kind="oxygen_saturation"), 3)])
        found = store.latest_of(["wei", "ana", "nobody"])
        assert found == {"wei": store.latest("wei"), "ana": store.latest("ana")}
        assert store.latest_of(iter(["ana"]))["ana"]["heart_rate"].value == 90

    def test_columns_say_of_each_point_which_device_saw_it(self, store: Store) -> None:
        store.commit([identified(run((1, 60), (3, 62)), 1), identified(run((2, 70), device=OTHER_STRAP), 2)])
        series = store.observations("wei", "heart_rate", 0, 9, 9)
        assert (series.t_ms.tolist(), series.value.tolist()) == ([1, 2, 3], [60.0, 70.0, 62.0])
        assert [series.devices[place] for place in series.device_index] == [STRAP, OTHER_STRAP, STRAP]
        assert [point.quality for point in series.points] == [None, None, None]

    def test_a_point_from_the_future_is_kept_and_never_the_latest(self, store: Store) -> None:
        ahead = NOW_MS + 86_400_000
        store.commit([identified(run((NOW_MS, 60)), 1)])
        store.commit([identified(run((ahead, 99)), 2, clock_doubt=ClockDoubt.AHEAD)])
        assert store.latest("wei")["heart_rate"].value == 60
        assert values(store, from_ms=ahead, to_ms=ahead + 1) == [99]

    def test_a_strip_comes_back_sample_for_sample(self, store: Store) -> None:
        sent = strip(1_000, lead="I")
        store.commit([identified(sent, 1)])
        (found,) = store.waveforms("wei", "ecg", 1_000, 2_000)
        assert (found.samples, found.rate_hz, found.scale, found.offset, found.lead, found.device) == (
            sent.samples,
            250.0,
            0.001,
            0.0,
            "I",
            STRAP,
        )

    def test_strips_that_only_overlap_a_range_are_found(self, store: Store) -> None:
        store.commit([identified(strip(t0_ms), t0_ms // 1_000) for t0_ms in (1_000, 2_000, 3_000, 4_000)])
        found = store.waveforms("wei", "ecg", 2_500, 3_001)
        assert [one.t0_ms for one in found] == [2_000, 3_000]

    def test_a_long_strip_is_found_from_its_far_end(self, store: Store) -> None:
        store.commit([identified(strip(1_000, count=25_000), 1), identified(strip(90_000, count=10), 2)])
        assert [one.t0_ms for one in store.waveforms("wei", "ecg", 99_000, 100_000)] == [1_000]

    def test_two_leads_at_one_moment_both_survive(self, store: Store) -> None:
        store.commit([identified(strip(1_000, lead="I"), 1), identified(strip(1_000, lead="II"), 2)])
        assert [one.lead for one in store.waveforms("wei", "ecg", 0, 9_999)] == ["I", "II"]

    def test_where_there_are_strips_is_told_without_them(self, store: Store) -> None:
        times_ms = (1_000, 2_000, 3_099, 5_000)
        store.commit([identified(strip(t0_ms), number) for number, t0_ms in enumerate(times_ms, 1)])
        assert store.waveform_spans("wei", "ecg", 0, 9_999) == [(1_000, 4_100), (5_000, 6_001)]
        assert store.waveform_spans("wei", "ecg", 1_500, 5_500) == [(1_500, 4_100), (5_000, 5_500)]
        assert store.waveform_spans("wei", "ecg", 4_100, 5_000) == []
        assert store.waveform_spans("wei", "ppg", 0, 9_999) == []
        assert store.waveform_spans("ana", "ecg", 0, 9_999) == []

    def test_a_long_strip_under_a_short_one_is_one_span(self, store: Store) -> None:
        store.commit([identified(strip(1_000, count=25_000), 1), identified(strip(2_000, lead="II"), 2)])
        assert store.waveform_spans("wei", "ecg", 0, 200_000) == [(1_000, 101_001)]

    def test_where_there_are_strips_moves_with_the_clock_that_stamped_them(self, store: Store) -> None:
        store.commit([identified(strip(1_000), 1, clock=WRONG)], (), [fix(HOUR_MS)])
        assert store.waveform_spans("wei", "ecg", 0, 2 * HOUR_MS) == [(HOUR_MS + 1_000, HOUR_MS + 2_001)]


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


WRONG = RecordClock(boot_id="boot-1", offset_ms=0, shift_ms=None)
HOUR_MS = 3_600_000


def asked(from_ms: int, to_ms: int, every_ms: int = 10) -> RollupQuery:
    return RollupQuery(kind="heart_rate", from_ms=from_ms, to_ms=to_ms, every_ms=every_ms)


def rows(found: Rollups) -> list[tuple[int, int, float]]:
    """Beginning, count and mean of each stretch."""
    return list(zip(found.from_ms.tolist(), found.count.tolist(), found.mean.tolist(), strict=True))


class RollupReaderContract:
    """Sums over stretches, of what can be judged."""

    def test_each_stretch_with_values_is_summed_up_from_its_start_on(self, store: Store) -> None:
        store.commit([identified(run((3, 60), (9, 70), (12, 92), (13, 100), (41, 50)), 1)])
        found = store.rollups("wei", asked(3, 43))
        assert rows(found) == [(3, 3, 74.0), (13, 1, 100.0), (33, 1, 50.0)]
        assert found.minimum.tolist() == [60.0, 100.0, 50.0]
        assert found.maximum.tolist() == [92.0, 100.0, 50.0]
        assert found.deviation.tolist() == pytest.approx([pstdev([60, 70, 92]), 0.0, 0.0])

    def test_a_range_holds_its_start_and_not_its_end(self, store: Store) -> None:
        store.commit([identified(run((10, 60), (20, 70), (30, 80)), 1)])
        assert rows(store.rollups("wei", asked(10, 30))) == [(10, 1, 60.0), (20, 1, 70.0)]

    def test_devices_are_taken_together(self, store: Store) -> None:
        store.commit([identified(run((1, 60)), 1), identified(run((2, 80), device=OTHER_STRAP), 2)])
        found = store.rollups("wei", asked(0, 10))
        assert rows(found) == [(0, 2, 70.0)]
        assert found.deviation.tolist() == pytest.approx([10.0])

    def test_what_nobody_can_show_and_what_is_unsure_is_left_out(self, store: Store) -> None:
        unsure = ObservationRun(
            device=STRAP, kind="heart_rate", t_ms=[4, 5, 6], value=[200, 70, 301], quality=[0.4, 0.5, 1.0]
        )
        store.commit([identified(run((1, 19), (2, 72)), 1), identified(unsure, 2)])
        assert rows(store.rollups("wei", asked(0, 10))) == [(0, 2, 71.0)]

    def test_nobody_sees_another_patients_sums_or_those_of_another_kind(self, store: Store) -> None:
        store.commit([identified(run((1, 60)), 1), identified(run((1, 97), kind="oxygen_saturation"), 2)])
        assert rows(store.rollups("ana", asked(0, 10))) == []
        assert rows(store.rollups("wei", asked(0, 10))) == [(0, 1, 60.0)]

    def test_times_not_believed_are_left_out_and_those_put_right_are_moved(self, store: Store) -> None:
        ahead = msgspec.structs.replace(identified(run((5, 99)), 1), clock_doubt=ClockDoubt.AHEAD)
        shifted = msgspec.structs.replace(
            identified(run((1, 80)), 2),
            clock_doubt=ClockDoubt.UNSYNCED,
            clock=RecordClock(boot_id="boot-1", offset_ms=7, shift_ms=1_000, by_ntp=True),
        )
        store.commit([ahead, shifted, identified(run((1_002, 60)), 3)])
        assert rows(store.rollups("wei", asked(0, 2_000))) == [(1_000, 2, 70.0)]


def fix(offset_ms: int, *, by_ntp: bool = True, boot_id: str = "boot-1", gateway: str = "home-1") -> ClockFix:
    return ClockFix(gateway=gateway, boot_id=boot_id, offset_ms=offset_ms, by_ntp=by_ntp)


def times(store: Store, from_ms: int = 0, to_ms: int = 2 * NOW_MS) -> list[int]:
    return [point.t_ms for point in store.observations("wei", "heart_rate", from_ms, to_ms, 100).points]


class WrongClockContract:
    """Times of a wrong clock stay as they came and are read put right."""

    def test_a_known_shift_moves_what_is_read(self, store: Store) -> None:
        clock = replace(WRONG, shift_ms=HOUR_MS, by_ntp=True)
        store.commit([identified(run((1000, 60)), 1, clock=clock), identified(run((2000, 61)), 2)])
        assert times(store) == [2000, HOUR_MS + 1000]
        assert times(store, HOUR_MS, HOUR_MS + 2000) == [HOUR_MS + 1000]
        assert times(store, 0, 1500) == []
        assert store.latest("wei")["heart_rate"].value == 60

    def test_times_nobody_can_reckon_are_read_as_they_came_and_never_the_latest(self, store: Store) -> None:
        doubt = ClockDoubt.UNSYNCED
        store.commit(
            [
                identified(run((5000, 99)), 1, clock=WRONG, clock_doubt=doubt),
                identified(run((2000, 61)), 2),
            ]
        )
        assert times(store) == [2000, 5000]
        assert store.latest("wei")["heart_rate"].value == 61

    @pytest.mark.parametrize("offset_ms", [2**53, -(2**53)])
    def test_a_clock_put_right_to_no_time_at_all_is_never_the_latest(
        self, store: Store, offset_ms: int
    ) -> None:
        doubt = ClockDoubt.UNSYNCED
        store.commit(
            [
                identified(run((5000, 99)), 1, clock=WRONG, clock_doubt=doubt),
                identified(run((2000, 61)), 2),
            ],
            fixes=[fix(offset_ms)],
        )
        assert store.latest("wei")["heart_rate"].value == 61

    def test_a_later_word_of_the_clock_moves_what_was_stored_before(self, store: Store) -> None:
        store.commit([identified(run((1000, 60)), 1, clock=WRONG, clock_doubt=ClockDoubt.UNSYNCED)])
        store.commit([], (), [fix(HOUR_MS)])
        assert times(store) == [HOUR_MS + 1000]
        assert store.latest("wei")["heart_rate"].t_ms == HOUR_MS + 1000

    def test_what_a_record_sent_again_knows_of_its_clock_holds_for_the_one_that_is_stored(
        self, store: Store
    ) -> None:
        known = replace(WRONG, shift_ms=HOUR_MS, by_ntp=True)
        store.commit([identified(run((1000, 60)), 1, clock=WRONG, clock_doubt=ClockDoubt.UNSYNCED)])
        assert store.commit([identified(run((1000, 60)), 1, clock=known)]).fresh == 0
        assert times(store) == [HOUR_MS + 1000]
        assert store.latest("wei")["heart_rate"].t_ms == HOUR_MS + 1000

    def test_an_estimate_only_gets_earlier_and_ntp_is_final(self, store: Store) -> None:
        store.commit([identified(run((1000, 60)), 1, clock=WRONG)], (), [fix(9000, by_ntp=False)])
        store.commit([], (), [fix(8000, by_ntp=False)])
        store.commit([], (), [fix(12_000, by_ntp=False)])
        assert times(store) == [9000]
        store.commit([], (), [fix(8500)])
        store.commit([], (), [fix(7000, by_ntp=False)])
        store.commit([], (), [fix(7000)])
        assert times(store) == [9500]

    def test_another_gateway_or_boot_says_nothing_of_this_clock(self, store: Store) -> None:
        store.commit([identified(run((1000, 60)), 1, clock=WRONG)])
        store.commit([], (), [fix(HOUR_MS, boot_id="boot-2"), fix(HOUR_MS, gateway="home-2")])
        assert times(store) == [1000]

    def test_the_newest_of_all_clocks_win_and_the_omitted_are_counted(self, store: Store) -> None:
        clock = replace(WRONG, shift_ms=HOUR_MS)
        store.commit(
            [
                identified(run((1000, 60), (2000, 61), (3000, 62)), 1, clock=clock),
                identified(run((HOUR_MS + 2500, 70), (HOUR_MS, 69)), 2),
            ]
        )
        found = store.observations("wei", "heart_rate", 0, 2 * NOW_MS, 2)
        assert [point.value for point in found.points] == [70, 62]
        assert found.omitted == 3

    def test_alerts_judge_times_that_are_put_right(self, store: Store) -> None:
        clock = replace(WRONG, shift_ms=HOUR_MS)
        store.commit([identified(run((1000, 60)), 1, clock=clock)])
        ((record,),) = [one.records for one in store.pending(10)]
        assert isinstance(record, ObservationRun)
        assert record.t_ms == [HOUR_MS + 1000]


class OccurrenceContract:
    """Events, gaps and reports come back as they were sent."""

    def test_an_event_and_its_end_are_read_in_order(self, store: Store) -> None:
        onset, end = event(10), event(20, phase=Phase.END)
        store.commit([identified(end, 2), identified(onset, 1)])
        assert store.events("wei", 10, 21) == (onset, end)
        assert store.events("wei", 11, 20) == ()
        assert store.events("ana", 0, 99) == ()

    def test_events_gaps_and_strips_move_with_the_clock_that_stamped_them(self, store: Store) -> None:
        store.commit(
            [
                identified(event(1000), 1, clock=WRONG),
                identified(gap(1000, 3000), 2, clock=WRONG),
                identified(strip(1000), 3, clock=WRONG),
            ],
            (),
            [fix(HOUR_MS)],
        )
        (happened,) = store.events("wei", HOUR_MS, 2 * HOUR_MS)
        assert (happened.t_ms, happened.noticed_ms) == (HOUR_MS + 1000, HOUR_MS + 1040)
        (missing,) = store.gaps("wei", "ecg", HOUR_MS, 2 * HOUR_MS)
        assert (missing.from_ms, missing.to_ms) == (HOUR_MS + 1000, HOUR_MS + 3000)
        (seen,) = store.waveforms("wei", "ecg", HOUR_MS, 2 * HOUR_MS)
        assert seen.t0_ms == HOUR_MS + 1000
        assert not store.events("wei", 0, HOUR_MS)

    def test_gaps_that_overlap_a_range_are_read(self, store: Store) -> None:
        store.commit([identified(gap(10, 20), 1), identified(gap(30, 30), 2)])
        assert store.gaps("wei", "ecg", 19, 25) == (gap(10, 20),)
        assert store.gaps("wei", "ecg", 20, 31) == (gap(30, 30),)
        assert store.gaps("wei", "heart_rate", 0, 99) == ()

    def test_the_newest_words_of_devices_are_read_in_order(self, store: Store) -> None:
        first, second = device_report(10), device_report(20, 75, OTHER_STRAP)
        store.commit([identified(second, 2), identified(first, 1), identified(device_report(30), 3)])
        assert store.device_reports("wei", 10, 30, 9) == (first, second)
        assert store.device_reports("wei", 10, 30, 1) == (second,)
        assert store.device_reports("ana", 0, 99, 9) == ()

    def test_words_of_devices_move_with_the_clock_that_stamped_them(self, store: Store) -> None:
        store.commit([identified(device_report(1000), 1, clock=WRONG)], (), [fix(HOUR_MS)])
        (said,) = store.device_reports("wei", HOUR_MS, 2 * HOUR_MS, 9)
        assert said.t_ms == HOUR_MS + 1000

    def test_the_report_of_a_gateway_that_came_last_is_read(self, store: Store) -> None:
        store.commit([identified(gateway_report(NOW_MS + 9), 1, patient_id=None, received_ms=5)])
        store.commit([identified(gateway_report(NOW_MS), 2, patient_id=None, received_ms=6)])
        assert store.gateway_report("home-1") == (gateway_report(NOW_MS), 6)
        assert store.gateway_report("home-9") is None

    def test_the_answer_to_a_command_is_accounted_for_as_every_record(self, store: Store) -> None:
        answer = identified(command_report(), 1, patient_id=None)
        outcomes = [store.commit([answer]) for _ in range(2)]
        assert [(one.fresh, one.duplicates) for one in outcomes] == [(1, 0), (0, 1)]
        assert store.pending(10) == ()

    def test_hearing_is_noted_by_the_servers_clock_even_for_duplicates(self, store: Store) -> None:
        store.commit([identified(run((1, 60)), 1, received_ms=100)])
        store.commit([identified(run((1, 60)), 1, received_ms=200)])
        assert store.heard_gateways() == {"home-1": 200}
        assert [(h.device, h.gateway, h.received_ms) for h in store.heard_devices()] == [
            (STRAP, "home-1", 200)
        ]

    def test_hearing_goes_back_with_the_servers_clock(self, store: Store) -> None:
        store.commit([identified(run((1, 60)), 1, received_ms=200)])
        store.commit([identified(device_report(), 2, received_ms=150)])
        assert store.heard_gateways() == {"home-1": 150}
        assert [heard.received_ms for heard in store.heard_devices()] == [150]


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
