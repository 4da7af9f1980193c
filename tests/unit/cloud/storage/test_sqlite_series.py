import contextlib
import re
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from queue import LifoQueue

import pytest

from cloud.storage import series_schema
from cloud.storage.points import (
    closed_hours,
    closing,
    hot_runs,
    latest,
    observations,
    series_numbers,
    strips,
    summing,
)
from cloud.storage.points.columns import NOT_DATED
from cloud.storage.sqlite_series import SqliteSeries, open_series
from tests.contracts import random_history
from tests.contracts.records import NOW_MS, STRAP, identified, run
from tests.contracts.series.any_history import RandomHistoryContract
from tests.contracts.series.store import poison, values
from tests.contracts.series_keeping import DAY_MS, close_all
from tests.contracts.series_store import SeriesStoreContract
from vitals.errors import ConfigurationError, StorageError
from vitals.records import ObservationRun


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "series.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteSeries]:
    opened = SqliteSeries(path, busy_timeout_ms=50)
    yield opened
    opened.close()


class TestSqliteSeries(SeriesStoreContract, RandomHistoryContract):
    """The embedded store keeps every contract of a series store."""


class TestClosedHours(RandomHistoryContract):
    """What comes is packed away as it comes, and read all the same."""

    def tend(self, store: SqliteSeries) -> None:
        close_all(store, NOW_MS + DAY_MS)

    @pytest.mark.parametrize("seed", [1, 3, 4])
    def test_it_reads_as_a_dictionary_would_in_other_orders(self, store: SqliteSeries, seed: int) -> None:
        self.test_it_reads_as_a_dictionary_would(store, seed)


def test_a_locked_file_raises_and_stores_nothing(store: SqliteSeries, path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageError, match="another process holds it"):
            store.commit([identified(run((1, 60)), 1)])
        other.execute("ROLLBACK")
    assert store.accounts() == ()
    assert store.commit([identified(run((1, 60)), 1)]).fresh == 1


def test_a_full_disk_raises_and_stores_nothing_of_the_commit(store: SqliteSeries) -> None:
    store.commit([identified(run((1, 60)), 1)])
    (pages,) = store._file._writer.execute("PRAGMA page_count").fetchone()
    store._file._writer.execute(f"PRAGMA max_page_count = {pages + 2}")
    with pytest.raises(StorageError, match="free some space"):
        store.commit([identified(run((2, 61)), 2)], [poison(3, bytes(100_000))])
    assert values(store) == [60]
    assert store.accounts()[0].stored == ((1, 1),)
    store._file._writer.execute("PRAGMA max_page_count = 1000000")
    assert store.commit([identified(run((2, 61)), 2)], [poison(3, bytes(100_000))]).fresh == 1
    assert values(store) == [60, 61]


def test_a_failing_record_takes_the_whole_commit_with_it(store: SqliteSeries) -> None:
    torn = run((1, 60), (2, 61))
    torn.value.pop()  # what ingest never lets through
    with pytest.raises(StorageError, match="record 2 of home-1 has columns not of one length"):
        store.commit([identified(run((9, 60)), 1), identified(torn, 2)])
    assert store.accounts() == ()
    assert values(store) == []


def test_everything_is_there_after_opening_the_file_again(store: SqliteSeries, path: Path) -> None:
    store.commit([identified(run((1, 60)), 1)], [poison(2)])
    store.close()
    again = SqliteSeries(path)
    assert values(again) == [60]
    assert again.commit([identified(run((1, 60)), 1)]).duplicates == 1
    again.close()


def test_what_the_wearables_own_clock_said_is_kept_with_the_point(store: SqliteSeries) -> None:
    dated = ObservationRun(
        device=STRAP, kind="body_weight", t_ms=[5, 6], value=[70.0, 71.0], device_ms=[1_262_304_000_000, 0]
    )
    store.commit([identified(dated, 1), identified(run((5, 60)), 2)])
    with store._file.read() as connection:
        kept = hot_runs.unpacked(connection.execute("SELECT slot, form, points FROM hot_run").fetchall())
    assert sorted(zip(kept.value.tolist(), kept.device_ms.tolist(), strict=True)) == [
        (60.0, NOT_DATED),
        (70.0, 1_262_304_000_000),
        (71.0, 0),
    ]


def test_a_file_of_a_newer_version_is_refused(store: SqliteSeries, path: Path) -> None:
    store.close()
    with contextlib.closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA user_version = 99")
    with pytest.raises(StorageError, match="newer version"):
        SqliteSeries(path)


def test_a_file_that_is_no_database_is_refused(path: Path) -> None:
    path.write_bytes(b"nothing of the kind" * 100)
    with pytest.raises(StorageError, match="name another file"):
        SqliteSeries(path)


def test_a_closed_store_raises_a_storage_error(store: SqliteSeries) -> None:
    store.close()
    with pytest.raises(StorageError):
        store.commit([identified(run((1, 60)), 1)])


def test_more_readers_than_are_kept_idle_are_served(store: SqliteSeries) -> None:
    with contextlib.ExitStack() as stack:
        for _ in range(12):
            stack.enter_context(store._file.read())
    assert store._file._idle.qsize() == 8


def test_a_reader_that_finds_no_place_for_its_connection_after_all_does_not_wait(
    store: SqliteSeries, monkeypatch: pytest.MonkeyPatch
) -> None:
    idle: LifoQueue[sqlite3.Connection] = LifoQueue(1)
    monkeypatch.setattr(store._file, "_idle", idle)
    monkeypatch.setattr(idle, "full", lambda: False)  # as seen just before others filled it

    def read_in_a_read() -> None:
        with store._file.read():
            store.accounts()

    reading = threading.Thread(target=read_in_a_read, daemon=True)
    reading.start()
    reading.join(5)
    assert not reading.is_alive()


def test_a_url_opens_the_file_it_names(tmp_path: Path) -> None:
    opened = open_series(f"sqlite:///{tmp_path}/below/series.db")
    opened.close()
    assert (tmp_path / "below" / "series.db").exists()


def test_a_url_of_a_store_that_does_not_exist_yet_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="sqlite:///PATH"):
        open_series("influx+http://127.0.0.1:8086/carewire")


OLD = 3
"""The last version that kept every point as a row of its own."""


def file_of_version(path: Path, version: int, *statements: str) -> None:
    with contextlib.closing(sqlite3.connect(path)) as old:
        for step in series_schema.STEPS[:version]:
            assert isinstance(step, str)
            old.executescript(step)
        for statement in statements:
            old.execute(statement)
        old.execute(f"PRAGMA user_version = {version}")
        old.commit()


def test_a_file_of_the_first_version_is_brought_up_to_date_with_all_it_holds(path: Path) -> None:
    file_of_version(
        path,
        1,
        "INSERT INTO series VALUES (7, 'wei', 'heart_rate', 'c0-01', '', 0)",
        "INSERT INTO point VALUES (7, 1000, 60, NULL)",
    )
    opened = SqliteSeries(path)
    assert values(opened) == [60]
    assert opened.latest("wei")["heart_rate"].t_ms == 1000
    opened.commit([identified(run((2000, 61)), 1)])
    assert values(opened) == [60, 61]
    opened.close()


def test_points_kept_one_a_row_are_brought_over_with_their_quality_and_their_strips(path: Path) -> None:
    samples = bytes(range(8))
    file_of_version(
        path,
        OLD,
        "INSERT INTO series VALUES (7, 'wei', 'heart_rate', 'c0-01', '', 0, 0)",
        "INSERT INTO series VALUES (8, 'wei', 'ecg', 'c0-01', '', 0, 17)",
        *(f"INSERT INTO point VALUES (7, {n * 700_000}, {60 + n}, {n / 10}, NULL)" for n in range(10)),  # noqa: S608
        "INSERT INTO point VALUES (7, 7000000, 70, NULL, 5)",
        f"INSERT INTO strip VALUES (1, 8, 1000, 'I', 1017, 250, 0.5, 0, x'{samples.hex()}')",  # noqa: S608
    )
    with contextlib.closing(SqliteSeries(path)) as opened:
        for _ in range(2):
            points = opened.observations("wei", "heart_rate", 0, 2 * NOW_MS, 99).points
            assert [(p.t_ms, p.value, p.quality) for p in points] == [
                *((n * 700_000, 60 + n, n / 10) for n in range(10)),
                (7_000_000, 70, None),
            ]
            assert [one.samples for one in opened.waveforms("wei", "ecg", 0, 9_999)] == [samples]
            close_all(opened, NOW_MS)
    with contextlib.closing(sqlite3.connect(path)) as other:
        assert other.execute("SELECT count(*) FROM block").fetchone() == (2,)


def test_all_that_is_over_is_packed_and_nothing_stays_outside(store: SqliteSeries, path: Path) -> None:
    for items in random_history.commits(3, 20):
        store.commit(items)
    assert close_all(store, NOW_MS + DAY_MS) > 10
    with contextlib.closing(sqlite3.connect(path)) as other:
        assert other.execute("SELECT count(*) FROM hot_run").fetchone() == (0,)


@pytest.mark.parametrize(
    "question",
    [
        *(latest._LATEST, latest._NOTE, observations._SERIES, observations._HOT, summing._SERIES),
        *(closed_hours._COUNTS, closed_hours._BLOCKS, closed_hours._MINUTES, closed_hours._HOURS),
        *(closing._RUNS, closing._COUNT, closing._DROP, series_numbers._FIND, strips._STRIPS),
    ],
)
def test_no_question_goes_through_the_whole_of_history(store: SqliteSeries, question: str) -> None:
    with store._file.read() as connection:
        named = dict.fromkeys(re.findall(r":(\w+)", question), 1)
        given = named or (1,) * question.count("?")
        plan = [detail for *_, detail in connection.execute(f"EXPLAIN QUERY PLAN {question}", given)]
    assert [step for step in plan if step.startswith("SCAN") and not step.startswith("SCAN asked")] == []


def test_a_reader_that_connects_does_not_wait_for_the_writer(store: SqliteSeries) -> None:
    store.commit([identified(run((1, 60)), 1)])
    with store._file.write():
        assert values(store) == [60]
