"""Sums over stretches of time."""

from statistics import pstdev

import msgspec
import pytest

from cloud.ports import ClockDoubt, RecordClock, RollupQuery, Rollups
from tests.contracts.records import OTHER_STRAP, STRAP, identified, run
from tests.contracts.series.store import Store
from vitals.records import ObservationRun


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

    def test_a_range_of_sums_holds_its_start_and_not_its_end(self, store: Store) -> None:
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
