"""What a wrong clock stamped."""

from dataclasses import replace

import pytest

from cloud.ports import ClockDoubt
from tests.contracts.records import NOW_MS, identified, run
from tests.contracts.series.store import HOUR_MS, WRONG, Store, fix
from vitals.records import ObservationRun


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
