"""What time does to a series file: hours are closed, old data goes, patients are forgotten, pages rot."""

import contextlib
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from cloud.ports import RecordClock, Retention, RollupQuery
from cloud.storage.keeping import SeriesUpkeep
from cloud.storage.points import summing
from cloud.storage.points.closing import GRACE_MS, MANY_RUNS, HotHour, due
from cloud.storage.points.observations import Stretch
from cloud.storage.points.slots import slot_of
from cloud.storage.sqlite_series import SqliteSeries
from tests.contracts.random_history import HOUR_MS, START_MS
from tests.contracts.records import (
    device_report,
    event,
    gap,
    gateway_report,
    identified,
    run,
    strip,
)
from tests.contracts.series.store import poison, values
from tests.contracts.series_keeping import (
    DAY_MS,
    LATER_MS,
    KeepingContract,
    close_all,
    expire_all,
    readings,
    sums,
)
from vitals.errors import DamagedError, StorageError

EVERYTHING_A_DAY = Retention(
    points_days=1, minutes_days=1, hours_days=1, strips_days=1, events_days=1, reports_days=1
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "series.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteSeries]:
    opened = SqliteSeries(path)
    yield opened
    opened.close()


def rows_of(path: Path, table: str) -> int:
    with contextlib.closing(sqlite3.connect(path)) as other:
        (count,) = other.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608
        return int(count)


class TestKeeping(KeepingContract):
    """The embedded store keeps what every series store keeps."""


# Closing


def hot(hour: int, *, runs: int = 1, newest: int = 5) -> HotHour:
    return HotHour(slot=slot_of(1, START_MS + hour * HOUR_MS), runs=runs, newest=newest)


def test_an_hour_is_closed_when_it_is_over_and_nothing_came_of_late() -> None:
    over_ms = START_MS + HOUR_MS + GRACE_MS
    assert due([hot(0)], over_ms, quiet_since=5) == [hot(0)]
    assert due([hot(0)], over_ms - 1, quiet_since=5) == []
    assert due([hot(0, newest=6)], over_ms, quiet_since=5) == []


def test_many_runs_are_packed_before_the_hour_is_over() -> None:
    busy = hot(0, runs=MANY_RUNS, newest=9)
    assert due([busy, hot(0)], START_MS, quiet_since=5) == [busy]


def test_the_oldest_hours_are_closed_first() -> None:
    assert due([hot(3), hot(1), hot(2)], LATER_MS, quiet_since=5) == [hot(1), hot(2), hot(3)]


def test_an_hour_that_is_erased_while_it_is_packed_does_not_come_back(
    store: SqliteSeries, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.commit([readings(1, 0, 60)])
    store.keeping.close_hours(LATER_MS)
    packed = store.keeping._packed

    def erased_meanwhile(chosen: object) -> object:
        found = packed(chosen)  # type: ignore[arg-type]
        store.keeping.forget("wei")
        return found

    monkeypatch.setattr(store.keeping, "_packed", erased_meanwhile)
    assert store.keeping.close_hours(LATER_MS) == 1
    assert rows_of(path, "block") + rows_of(path, "hour_sums") == 0


def test_an_hour_packed_before_it_was_erased_takes_nothing_from_who_comes_after(
    store: SqliteSeries, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.commit([readings(1, 0, 60)])
    store.keeping.close_hours(LATER_MS)
    packed = store.keeping._packed

    def erased_and_another_came(chosen: object) -> object:
        found = packed(chosen)  # type: ignore[arg-type]
        store.keeping.forget("wei")
        store.commit([readings(2, 0, 90, patient_id="ana")])
        return found

    monkeypatch.setattr(store.keeping, "_packed", erased_and_another_came)
    store.keeping.close_hours(LATER_MS)
    assert values_of(store, "ana") == [90]


def test_readers_beside_the_keeper_see_every_point_once(store: SqliteSeries) -> None:
    seen: set[tuple[int, int]] = set()
    stop = threading.Event()

    def look() -> None:
        while not stop.is_set():
            ((count, _),) = sums(store, every_ms=2 * DAY_MS)
            seen.add((len(values(store, limit=10_000)), count))

    for seq in range(100):
        store.commit([readings(seq + 1, 30 * (seq % 40), *range(60, 70), patient_id="wei")])
    expected = (len(values(store, limit=10_000)), 400)
    thread = threading.Thread(target=look)
    thread.start()
    while close_all(store):
        pass
    stop.set()
    thread.join(10)
    assert seen == {expected}


def test_hours_that_wait_for_long_are_a_trouble(store: SqliteSeries) -> None:
    store.commit([identified(run((START_MS + hour * HOUR_MS, 60)), hour + 1) for hour in range(70)])
    now_ms = START_MS + 5 * DAY_MS
    store.keeping.close_hours(now_ms)
    assert store.keeping.close_hours(now_ms) > 0
    assert store.troubles() == ()
    store.keeping.close_hours(now_ms + HOUR_MS)
    assert "more slowly than they come" in store.troubles()[0]
    close_all(store, now_ms + HOUR_MS)
    assert store.troubles() == ()


# Retention


def test_sums_outlive_the_points_and_hours_the_minutes(store: SqliteSeries) -> None:
    store.commit([readings(1, 0, 60, 70), readings(2, 5, 80)])
    close_all(store)
    now_ms = START_MS + HOUR_MS + DAY_MS
    assert expire_all(store, now_ms - 1, Retention(points_days=1)) == {}
    assert expire_all(store, now_ms, Retention(points_days=1)) == {"block": 1}
    assert values(store) == []
    assert sums(store) == [(3, 70.0)]
    assert sums(store, every_ms=60_000) == [(2, 65.0), (1, 80.0)]
    assert sums(store, every_ms=7_000_001) == [(3, 70.0)]  # each minute where it begins
    assert expire_all(store, now_ms, Retention(points_days=1, minutes_days=1)) == {"minute_sums": 1}
    assert sums(store) == [(3, 70.0)]
    assert sums(store, every_ms=60_000) == [(3, 70.0)]
    assert store.latest("wei")["heart_rate"].value == 80
    assert expire_all(store, now_ms, EVERYTHING_A_DAY) == {"hour_sums": 1, "latest": 1}
    assert (sums(store), store.latest("wei")) == ([], {})


def test_what_comes_after_its_hour_was_let_go_joins_the_sums(store: SqliteSeries, path: Path) -> None:
    store.commit([readings(1, 0, 60, 70)])
    close_all(store)
    expire_all(store, LATER_MS + DAY_MS, Retention(points_days=1))
    store.commit([readings(2, 1, 80)])
    for _ in range(2):
        assert sums(store) == [(3, 70.0)]
        assert sums(store, every_ms=60_000) == [(2, 65.0), (1, 80.0)]
        close_all(store)
    assert (rows_of(path, "hot_run"), rows_of(path, "block")) == (0, 0)


def test_events_strips_and_reports_go_each_in_its_time(store: SqliteSeries) -> None:
    records = [event(START_MS), strip(START_MS), device_report(START_MS), gap(START_MS, START_MS + 9)]
    store.commit(
        [identified(record, seq, received_ms=START_MS) for seq, record in enumerate(records, start=1)]
    )
    store.commit([identified(gateway_report(START_MS), 9, patient_id=None, received_ms=START_MS)])
    now_ms = START_MS + DAY_MS + 1
    assert expire_all(store, now_ms - 1, EVERYTHING_A_DAY) == {}
    assert expire_all(store, now_ms, Retention(strips_days=1)) == {"strip": 1}
    assert expire_all(store, now_ms, Retention(reports_days=1)) == {"gateway_report": 1, "device_report": 1}
    assert expire_all(store, now_ms, Retention(events_days=1)) == {"event": 1}
    assert expire_all(store, now_ms + 9, Retention(hours_days=1)) == {"gap": 1}


def test_what_was_set_aside_is_given_up_in_the_end_and_that_stays_known(store: SqliteSeries) -> None:
    store.commit([], [poison(1, b"old", received_ms=START_MS), poison(2, b"new", received_ms=LATER_MS)])
    assert expire_all(store, START_MS + DAY_MS, Retention(quarantine_days=1)) == {}
    assert expire_all(store, START_MS + DAY_MS + 1, Retention(quarantine_days=1)) == {"quarantine": 1}
    assert [item.payload for item in store.quarantined(9)] == [b"new"]
    (given_up,) = store.discarded(9)
    assert (given_up.seq, given_up.discard.by) == (1, "retention")


def test_years_of_a_clock_put_right_are_summed_up_some_hours_at_a_time(
    store: SqliteSeries, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = RecordClock(boot_id="b", offset_ms=0, shift_ms=START_MS + 1_234, by_ntp=True)
    often = [(minute * 60_000, 60 + minute % 7) for minute in range(600)]
    store.commit([identified(run(*often), 1, clock=clock)])
    close_all(store)
    store.commit([identified(run((125 * 60_000, 80), (601 * 60_000, 81)), 2, clock=clock)])
    query = RollupQuery(
        kind="heart_rate", from_ms=START_MS, to_ms=START_MS + 12 * HOUR_MS, every_ms=2 * HOUR_MS
    )
    at_once = store.rollups("wei", query)
    read: list[int] = []
    points_of = Stretch.points_of
    monkeypatch.setattr(summing, "_HOURS_AT_ONCE", 3)
    monkeypatch.setattr(
        Stretch, "points_of", lambda self, slots: read.append(len(slots)) or points_of(self, slots)
    )
    by_parts = store.rollups("wei", query)
    assert read == [3, 3, 1]
    assert by_parts.count.tolist() == at_once.count.tolist() == [120] * 5 + [1]
    for column in ("from_ms", "minimum", "maximum"):
        assert getattr(by_parts, column).tolist() == getattr(at_once, column).tolist()
    for column in ("mean", "deviation"):
        assert getattr(by_parts, column).tolist() == pytest.approx(getattr(at_once, column).tolist())


def test_a_point_that_comes_once_its_minutes_are_gone_hides_nothing_of_its_hour(store: SqliteSeries) -> None:
    store.commit([readings(1, 0, 60, 61, 62)])
    close_all(store)
    late_ms = START_MS + 10 * DAY_MS
    expire_all(store, late_ms, Retention(points_days=1, minutes_days=5))
    store.commit([readings(2, 40, 80)])
    by_halves = RollupQuery(
        kind="heart_rate", from_ms=START_MS, to_ms=START_MS + HOUR_MS, every_ms=HOUR_MS // 2
    )
    assert store.rollups("wei", by_halves).count.sum() == 4
    close_all(store, late_ms)
    assert store.rollups("wei", by_halves).count.sum() == 4


def test_what_was_put_right_is_as_old_as_it_is(store: SqliteSeries) -> None:
    clock = RecordClock(boot_id="b", offset_ms=0, shift_ms=START_MS, by_ntp=True)
    store.commit([identified(run((1_000, 60)), 1, clock=clock)])
    close_all(store)
    assert expire_all(store, START_MS + DAY_MS, Retention(points_days=1)) == {}
    assert expire_all(store, START_MS + DAY_MS + HOUR_MS, Retention(points_days=1)) == {"block": 1}


def test_a_step_of_letting_go_is_bounded_and_the_next_goes_on(store: SqliteSeries) -> None:
    patients = [f"p-{number:03}" for number in range(120)]
    store.commit([readings(seq, 0, 60, patient_id=who) for seq, who in enumerate(patients, start=1)])
    close_all(store)
    steps = [store.keeping.expire(LATER_MS + DAY_MS, EVERYTHING_A_DAY) for _ in range(3)]
    assert [step.rows["block"] for step in steps] == [50, 50, 20]
    assert [step.is_through for step in steps] == [False, False, True]


def test_the_room_of_what_was_packed_goes_back_to_the_disk(store: SqliteSeries) -> None:
    for seq in range(1, 101):
        store.commit([readings(seq, 10 * seq, *([60.5] * 600), patient_id=f"p-{who}") for who in range(4)])
    close_all(store)
    before = pages_of(store)
    expire_all(store, LATER_MS, Retention())
    after = pages_of(store)
    assert before["freelist_count"] > 700
    assert after["freelist_count"] == 512
    assert before["page_count"] - after["page_count"] >= before["freelist_count"] - 512
    assert len(values_of(store, "p-3")) == 999


def pages_of(store: SqliteSeries) -> dict[str, int]:
    with store._file.read() as connection:
        return {
            name: connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("page_count", "freelist_count")
        }


def test_a_file_that_cannot_give_room_back_keeps_it(path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path)) as old:
        old.execute("CREATE TABLE filled AS SELECT zeroblob(9000000) AS room")
        old.execute("DELETE FROM filled")
        old.commit()
    with contextlib.closing(SqliteSeries(path)) as store:
        assert expire_all(store, LATER_MS, Retention()) == {}
    assert path.stat().st_size > 9_000_000


def test_upkeep_closes_first_then_lets_go_and_rests_for_an_hour(store: SqliteSeries) -> None:
    upkeep = SeriesUpkeep(store.keeping, Retention(points_days=1))
    store.commit([readings(1, 0, 60)])
    steps = [upkeep.step(LATER_MS), upkeep.step(LATER_MS)]
    assert True in steps
    while upkeep.step(LATER_MS):
        pass
    assert values(store) == [60]
    while upkeep.step(LATER_MS + DAY_MS):
        pass
    assert values(store) == []
    assert not upkeep.step(LATER_MS + DAY_MS + 60_000)


def test_a_clock_that_is_years_ahead_lets_nothing_go(store: SqliteSeries) -> None:
    upkeep = SeriesUpkeep(store.keeping, Retention(points_days=400), newest_ms=store.newest_ms)
    years_ahead_ms = START_MS + 1_000 * DAY_MS
    store.commit([readings(1, 0, 60), identified(event(START_MS), 2)])
    while upkeep.step(years_ahead_ms):
        pass
    clock = RecordClock(boot_id="b", offset_ms=0, shift_ms=years_ahead_ms, by_ntp=False)
    store.commit([identified(run((1, 61)), 3, clock=clock), readings(4, 1, 62, received_ms=years_ahead_ms)])
    for hours in (1, 2, 3):
        while upkeep.step(years_ahead_ms + hours * HOUR_MS):
            pass
    assert values(store, to_ms=years_ahead_ms + DAY_MS) == [60, 62, 61]


def test_old_data_goes_once_gateways_show_the_same_time(store: SqliteSeries) -> None:
    upkeep = SeriesUpkeep(store.keeping, Retention(points_days=400), newest_ms=store.newest_ms)
    store.commit([readings(1, 0, 60), readings(2, 1_000 * 24 * 60, 61)])
    for hours in (1, 2, 3):
        while upkeep.step(START_MS + 1_000 * DAY_MS + hours * HOUR_MS):
            pass
    assert values(store, to_ms=START_MS + 1_001 * DAY_MS) == [61]


def test_the_newest_time_of_points_that_lie_elsewhere_is_known_too(path: Path) -> None:
    with contextlib.closing(SqliteSeries(path, keeps_points=False)) as journal:
        assert journal.newest_ms() is None
        journal.commit([readings(1, 59, 60), readings(2, 0, 61)])
        assert journal.newest_ms() == START_MS


# Erasure


def test_it_is_said_how_many_rows_of_each_sort_were_erased(store: SqliteSeries) -> None:
    for seq, who in enumerate(("wei", "ana"), start=1):
        store.commit([readings(seq, 0, 60, patient_id=who), readings(10 + seq, 300, 61, patient_id=who)])
        records = [
            event(START_MS, f"episode-{who}"),
            strip(START_MS),
            gap(START_MS, LATER_MS),
            device_report(),
        ]
        store.commit([identified(each, 20 * seq + n, patient_id=who) for n, each in enumerate(records)])
    close_all(store, START_MS + 2 * HOUR_MS)
    forgotten = store.keeping.forget("wei").rows
    assert forgotten == {
        "hot_run": 1,
        "block": 1,
        "minute_sums": 1,
        "hour_sums": 1,
        "latest": 1,
        "series": 2,
        "strip": 1,
        "event": 1,
        "gap": 1,
        "device_report": 1,
        "slice": 2,
    }
    assert (values(store), store.latest("wei"), store.waveforms("wei", "ecg", 0, LATER_MS)) == ([], {}, ())
    assert store.events("wei", 0, LATER_MS) == ()
    assert sums(store, patient_id="ana") == [(1, 60.0), (1, 61.0)]
    assert {one.patient_id for one in store.pending(99)} == {"ana"}
    assert store.keeping.forget("wei").rows == {}


def test_no_byte_of_a_forgotten_patient_is_left_on_the_disk(store: SqliteSeries, path: Path) -> None:
    wearer = "zx-the-patient-zx"
    for seq in range(1, 200):
        who = wearer if seq % 3 else f"p-{seq % 7}"
        records = [event(START_MS + seq, f"{who}-{seq:04}"), device_report(START_MS + seq)]
        items = [readings(4 * seq, seq % 90, *range(60, 80), patient_id=who)]
        items += [identified(each, 4 * seq + n, patient_id=who) for n, each in enumerate(records, start=1)]
        store.commit(items)
        if seq % 5 == 0:
            store.done([one.message_id for one in store.pending(7)])
        if seq % 40 == 0:
            close_all(store, START_MS + DAY_MS)
    assert wearer.encode() in b"".join(each.read_bytes() for each in path.parent.iterdir())
    store.keeping.forget(wearer)
    left = {each.name: each.read_bytes().count(wearer.encode()) for each in path.parent.iterdir()}
    assert set(left.values()) == {0}, left
    assert len(values_of(store, "p-3")) > 0


def values_of(store: SqliteSeries, patient_id: str) -> list[float]:
    return [p.value for p in store.observations(patient_id, "heart_rate", 0, LATER_MS, 999).points]


def test_readers_of_what_was_there_are_told_of_before_all_is_said_to_be_gone(
    store: SqliteSeries,
) -> None:
    store.commit([readings(1, 0, 60)])
    with store._file.read() as connection:
        connection.execute("SELECT count(*) FROM series").fetchone()
        store._file._writer.execute("PRAGMA busy_timeout = 50")
        with pytest.raises(StorageError, match="do it again"):
            store.keeping.forget("wei")
    assert values(store) == []
    assert store.keeping.forget("wei").rows == {}


# Damage


@contextlib.contextmanager
def damaged(store: SqliteSeries, path: Path, blob: str) -> Iterator[SqliteSeries]:
    """Open the file again after one bit of its first such blob was flipped on the disk."""
    with store._file.read() as connection:
        (kept,) = connection.execute(blob).fetchone()
    store.close()
    content = bytearray(path.read_bytes())
    content[content.index(kept) + len(kept) // 2] ^= 1
    path.write_bytes(content)
    with contextlib.closing(SqliteSeries(path)) as again:
        yield again


def test_a_damaged_hour_is_told_and_everything_else_is_read(store: SqliteSeries, path: Path) -> None:
    store.commit([readings(1, 0, *range(60, 100)), readings(2, 90, 71), readings(3, 0, 80, patient_id="ana")])
    close_all(store)
    with damaged(store, path, "SELECT points FROM block ORDER BY slot") as again:
        with pytest.raises(DamagedError, match="restore the last backup"):
            values(again)
        assert "is damaged" in again.troubles()[0]
        assert values(again, from_ms=START_MS + HOUR_MS) == [71]
        assert values_of(again, "ana") == [80]
        assert sums(again) == [(40, 79.5), (1, 71.0)]


def test_a_damaged_hour_is_left_as_it_is_and_the_others_are_closed(store: SqliteSeries, path: Path) -> None:
    store.commit([readings(1, 0, *range(60, 100))])
    close_all(store)
    with damaged(store, path, "SELECT points FROM block") as again:
        again.commit([readings(2, 1, 70), readings(3, 90, 71)])
        close_all(again)
        assert "is damaged" in again.troubles()[0]
    assert (rows_of(path, "hot_run"), rows_of(path, "block")) == (1, 2)


def test_a_damaged_strip_is_told(store: SqliteSeries, path: Path) -> None:
    store.commit([identified(strip(START_MS), 1), identified(strip(LATER_MS, count=99), 2)])
    with damaged(store, path, "SELECT samples FROM strip ORDER BY t0_ms") as again:
        with pytest.raises(DamagedError, match="restore the last backup"):
            again.waveforms("wei", "ecg", 0, START_MS + 9)
        assert "is damaged" in again.troubles()[0]


def test_a_page_that_is_no_page_any_more_is_told(store: SqliteSeries, path: Path) -> None:
    store.commit([identified(event(START_MS + n, f"episode-{n:05}"), n + 1) for n in range(200)])
    store.commit([readings(900, 0, 60)])
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        page, size = other.execute(
            "SELECT rootpage, page_size FROM sqlite_schema JOIN pragma_page_size WHERE name = 'event'"
        ).fetchone()
    store.close()
    content = bytearray(path.read_bytes())
    content[(page - 1) * size : (page - 1) * size + 64] = bytes(range(100, 164))
    path.write_bytes(content)
    with contextlib.closing(SqliteSeries(path)) as again:
        with pytest.raises(DamagedError, match="stop the service and restore the last backup"):
            again.events("wei", 0, LATER_MS)
        assert "restore the last backup" in again.troubles()[0]
        assert values(again) == [60]
