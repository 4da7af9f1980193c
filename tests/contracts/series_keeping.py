"""What time and people's wishes do to every series store, wherever its points lie."""

from typing import Any, Protocol

from cloud.ports import ClockDoubt, RecordClock, Retention, RollupQuery, SeriesKeeping
from tests.contracts.random_history import HOUR_MS, START_MS
from tests.contracts.records import OTHER_STRAP, device_report, event, gap, identified, run, strip
from tests.contracts.series.store import Store, values

DAY_MS = 24 * HOUR_MS
LATER_MS = START_MS + DAY_MS


class KeptStore(Store, Protocol):
    """A store, and what keeps it."""

    @property
    def keeping(self) -> SeriesKeeping: ...


def readings(seq: int, minute: int, *rates: float, **changes: Any) -> Any:
    """A record of readings a second apart from a minute on."""
    points = [(START_MS + minute * 60_000 + place * 1_000, rate) for place, rate in enumerate(rates)]
    return identified(run(*points), seq, **changes)


def close_all(store: KeptStore, now_ms: int = LATER_MS) -> int:
    """Close what is over, looking twice: what came just before the first look is not quiet yet."""
    closed = 0
    for _ in range(2):
        while step := store.keeping.close_hours(now_ms):
            closed += step
    return closed


def expire_all(store: KeptStore, now_ms: int, retention: Retention) -> dict[str, int]:
    """Let go of everything that is too old; return how many rows of each sort went."""
    rows: dict[str, int] = {}
    while True:
        expired = store.keeping.expire(now_ms, retention)
        for sort, count in expired.rows.items():
            rows[sort] = rows.get(sort, 0) + count
        if expired.is_through:
            return rows


def sums(store: Store, every_ms: int = HOUR_MS, patient_id: str = "wei") -> list[tuple[int, float]]:
    """Count and mean of each stretch of a day that has any."""
    asked = RollupQuery(
        kind="heart_rate", from_ms=START_MS - HOUR_MS, to_ms=START_MS + DAY_MS, every_ms=every_ms
    )
    found = store.rollups(patient_id, asked)
    return list(zip(found.count.tolist(), found.mean.tolist(), strict=True))


class KeepingContract:
    """Closing hours changes no answer; what is old goes, single values first; who is forgotten is gone."""

    def test_a_late_point_and_a_corrected_one_join_a_closed_hour(self, store: KeptStore) -> None:
        store.commit([readings(1, 0, 60, 61, 62)])
        close_all(store)
        store.commit([readings(2, 1, 90), identified(run((START_MS + 1_000, 71)), 3)])
        for _ in range(2):
            assert values(store) == [60, 71, 62, 90]
            assert sums(store) == [(4, 283 / 4)]
            close_all(store)

    def test_points_of_two_devices_at_one_moment_survive_closing(self, store: KeptStore) -> None:
        store.commit([readings(1, 0, 60), identified(run((START_MS, 80), device=OTHER_STRAP), 2)])
        close_all(store)
        assert values(store) == [60, 80]
        assert sums(store) == [(2, 70.0)]

    def test_what_cannot_be_judged_any_more_leaves_the_sums(self, store: KeptStore) -> None:
        store.commit([readings(1, 0, 60)])
        close_all(store)
        store.commit([readings(2, 0, 999)])
        close_all(store)
        assert (sums(store), values(store)) == ([], [999])

    def test_the_newest_point_is_known_whatever_was_closed(self, store: KeptStore) -> None:
        store.commit([readings(1, 0, 60, 61)])
        close_all(store)
        store.commit([readings(2, 0, 70), identified(run((START_MS + 1_000, 72)), 3)])
        assert store.latest("wei")["heart_rate"].value == 72

    def test_sums_outlive_the_points_and_hours_the_minutes(self, store: KeptStore) -> None:
        store.commit([readings(1, 0, 60, 70), readings(2, 5, 80)])
        close_all(store)
        now_ms = START_MS + HOUR_MS + DAY_MS
        expire_all(store, now_ms, Retention(points_days=1))
        assert values(store) == []
        assert sums(store) == [(3, 70.0)]
        assert sums(store, every_ms=60_000) == [(2, 65.0), (1, 80.0)]
        expire_all(store, now_ms, Retention(points_days=1, minutes_days=1))
        assert sums(store) == [(3, 70.0)]
        expire_all(store, now_ms, Retention(points_days=1, minutes_days=1, hours_days=1))
        assert sums(store) == []

    def test_nothing_goes_where_everything_is_kept(self, store: KeptStore) -> None:
        store.commit([readings(1, 0, 60), identified(event(START_MS), 2)])
        close_all(store)
        expire_all(store, START_MS + 9_999 * DAY_MS, Retention())
        assert (values(store), sums(store)) == ([60], [(1, 60.0)])
        assert len(store.events("wei", 0, LATER_MS)) == 1

    def test_a_time_nobody_believes_is_never_old(self, store: KeptStore) -> None:
        clock = RecordClock(boot_id="boot-1", offset_ms=0, shift_ms=None)
        doubted = [
            identified(run((1_000, 60)), 1, clock_doubt=ClockDoubt.BEFORE_2020),
            identified(run((2_000, 61)), 2, clock_doubt=ClockDoubt.UNSYNCED, clock=clock),
        ]
        store.commit(doubted)
        close_all(store)
        expire_all(store, LATER_MS, Retention(points_days=1, minutes_days=1, hours_days=1))
        assert values(store) == [60, 61]

    def test_a_patient_is_forgotten_and_nobody_else(self, store: KeptStore) -> None:
        for seq, who in enumerate(("wei", "ana"), start=1):
            store.commit([readings(seq, 0, 60, patient_id=who), readings(10 + seq, 300, 61, patient_id=who)])
            records = [event(START_MS, f"episode-{who}"), strip(START_MS), gap(0, LATER_MS), device_report()]
            store.commit([identified(each, 20 * seq + n, patient_id=who) for n, each in enumerate(records)])
        close_all(store, START_MS + 2 * HOUR_MS)
        store.keeping.forget("wei")
        assert (values(store), sums(store), store.latest("wei")) == ([], [], {})
        assert (store.events("wei", 0, LATER_MS), store.gaps("wei", "ecg", 0, LATER_MS)) == ((), ())
        assert store.waveforms("wei", "ecg", 0, LATER_MS) == ()
        assert sums(store, patient_id="ana") == [(1, 60.0), (1, 61.0)]
        assert len(store.events("ana", 0, LATER_MS)) == 1
        assert {one.patient_id for one in store.pending(99)} == {"ana"}
        assert store.keeping.forget("wei").rows == {}

    def test_nothing_of_a_forgotten_patient_is_taken_in_any_more(self, store: KeptStore) -> None:
        store.commit([readings(1, 0, 60)])
        store.keeping.forget("wei")
        assert store.commit([readings(2, 1, 70)]).fresh == 1
        assert values(store) == []
        assert store.latest("wei") == {}
