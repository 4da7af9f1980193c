"""Erasure of a patient, and what is older than it is to be kept, on every InfluxDB."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from cloud.ports import ClockDoubt, RecordClock, Retention, RollupQuery, Wanted
from tests.contracts.records import event, identified, run, strip
from tests.contracts.series.store import values
from tests.fakes.influxdb import InfluxDB, influxdb
from tests.integration.influx.stores import store_beside
from vitals.errors import StorageError

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
OLD_MS = 1_800_000_000_000 // DAY_MS * DAY_MS
NOW_MS = OLD_MS + 100 * DAY_MS


def databases(bucket: str) -> list[str]:
    return [bucket, f"{bucket}_1m", f"{bucket}_1h"]


def held(influx: InfluxDB, bucket: str) -> list[int]:
    """How many series each database holds."""
    return [len(influx.ask("SHOW SERIES", name)) for name in databases(bucket)]


def counted(store: Any, every_ms: int, patient_id: str = "wei") -> list[int]:
    query = RollupQuery(kind="heart_rate", from_ms=OLD_MS, to_ms=NOW_MS + DAY_MS, every_ms=every_ms)
    return store.rollups(patient_id, query).count.tolist()


@pytest.fixture(params=["store", "store2"])
def erasing(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue(request.param)


@pytest.mark.parametrize("patient", ["wei", "o'neil, a=b", 'back"quoted', "$patient"])
def test_a_patient_is_erased_everywhere_and_nobody_else_is(
    erasing: Any, bucket: str, tmp_path: Path, patient: str
) -> None:
    clock = RecordClock(boot_id="boot", offset_ms=1, shift_ms=9)
    erasing.commit(
        [
            identified(run((OLD_MS, 60), (OLD_MS + HOUR_MS, 61)), 1, patient_id=patient),
            identified(run((OLD_MS, 62)), 2, patient_id=patient, clock=clock),
            identified(run((OLD_MS, 63)), 3, patient_id=patient, clock_doubt=ClockDoubt.AHEAD),
            identified(event(OLD_MS), 4, patient_id=patient),
            identified(strip(OLD_MS), 5, patient_id=patient),
            identified(run((OLD_MS, 90)), 6, patient_id="ana"),
        ]
    )
    erasing.keep_up(NOW_MS)
    forgotten = erasing.keeping.forget(patient)
    assert {name: forgotten.rows[name] for name in databases(bucket)} == dict(
        zip(databases(bucket), (4, 2, 2), strict=True)
    )
    assert [erasing.latest(patient), erasing.events(patient, 0, NOW_MS)] == [{}, ()]
    assert erasing.observations(patient, "heart_rate", 0, NOW_MS, 9).points == ()
    assert erasing.waveforms(patient, "ecg", 0, NOW_MS) == ()
    assert counted(erasing, HOUR_MS, patient) == []
    assert erasing.latest("ana")["heart_rate"].value == 90
    assert counted(erasing, HOUR_MS, "ana") == [1]
    with closing(sqlite3.connect(tmp_path / "series.db")) as journal:
        for table in ("unsummed_hour", "outlying_series"):
            assert journal.execute(f"SELECT * FROM {table} WHERE patient_id = ?", (patient,)).fetchall() == []  # noqa: S608
    assert erasing.keeping.forget(patient).rows.keys().isdisjoint(databases(bucket))


def test_a_patient_erased_from_1x_is_in_no_index_any_more(store: Any, influx: InfluxDB, bucket: str) -> None:
    store.commit([identified(run((OLD_MS, 60)), 1)])
    store.keep_up(NOW_MS)
    assert held(influx, bucket) == [1, 1, 1]
    store.keeping.forget("wei")
    assert held(influx, bucket) == [0, 0, 0]


def test_influxdb_3_erases_no_patient_and_says_so(store3: Any) -> None:
    store3.commit([identified(run((OLD_MS, 60)), 1), identified(event(OLD_MS), 2)])
    with pytest.raises(StorageError, match=r"erases no patient: drop .* what else there was .* is erased"):
        store3.keeping.forget("wei")
    assert store3.events("wei", 0, NOW_MS) == ()


def test_an_erasure_the_server_does_not_hear_of_is_to_be_done_again(tmp_path: Path) -> None:
    with influxdb() as server, store_beside(server.url, tmp_path, bucket=server.new_database()) as store:
        store.commit([identified(run((OLD_MS, 60)), 1)])
        server.kill()
        with pytest.raises(StorageError, match="start it"):
            store.keeping.forget("wei")
        server.start()
        store.keeping.forget("wei")
        assert store.latest("wei") == {}


def test_points_go_when_their_time_is_over_and_their_sums_stay(erasing: Any, bucket: str) -> None:
    clock = RecordClock(boot_id="boot", offset_ms=1, shift_ms=95 * DAY_MS)
    erasing.commit(
        [
            identified(run((OLD_MS, 60), (OLD_MS + HOUR_MS, 61), (NOW_MS - DAY_MS, 70)), 1),
            identified(run((OLD_MS, 80)), 2, clock=clock),  # of five days ago, put right
            identified(run((OLD_MS + 1, 99)), 3, clock_doubt=ClockDoubt.AHEAD),  # nobody knows when
        ]
    )
    erasing.keep_up(NOW_MS)
    with capture_logs() as logs:
        expired = erasing.keeping.expire(NOW_MS, Retention(points_days=10))
    assert (expired.rows, expired.is_through) == ({bucket: 2}, True)
    assert "60" not in str(logs)
    assert sorted(values(erasing, from_ms=OLD_MS, to_ms=NOW_MS)) == [70, 80, 99]
    assert counted(erasing, HOUR_MS) == [1, 1, 1, 1]
    assert erasing.keeping.expire(NOW_MS, Retention(points_days=10)).rows == {}


def test_a_point_that_comes_after_its_time_changes_no_sum_and_goes(store: Any) -> None:
    store.commit([identified(run((OLD_MS, 60), (OLD_MS + 1, 61)), 1)])
    store.keep_up(NOW_MS)
    store.keeping.expire(NOW_MS, Retention(points_days=10))
    store.commit([identified(run((OLD_MS + 2, 99)), 2)])
    store.keep_up(NOW_MS)
    assert counted(store, HOUR_MS) == [2]
    store.keeping.expire(NOW_MS, Retention(points_days=10))
    assert values(store) == []
    assert counted(store, HOUR_MS) == [2]


def test_sums_go_when_their_time_is_over_hours_after_minutes(erasing: Any, bucket: str) -> None:
    erasing.commit([identified(run((OLD_MS, 60), (OLD_MS + 50 * DAY_MS, 61), (NOW_MS - DAY_MS, 70)), 1)])
    erasing.keep_up(NOW_MS)
    expired = erasing.keeping.expire(NOW_MS, Retention(points_days=10, minutes_days=10, hours_days=60))
    assert expired.rows == {bucket: 2, f"{bucket}_1m": 2, f"{bucket}_1h": 1}
    assert counted(erasing, HOUR_MS) == [1, 1]
    assert counted(erasing, 60_000) == [1]


def test_without_limits_nothing_goes(erasing: Any) -> None:
    erasing.commit([identified(run((OLD_MS, 60)), 1)])
    erasing.keep_up(NOW_MS)
    assert erasing.keeping.expire(NOW_MS, Retention()).rows == {}
    assert values(erasing) == [60]


def test_what_influxdb_3_keeps_too_long_is_told(store3: Any) -> None:
    store3.commit([identified(run((NOW_MS - 11 * DAY_MS, 60)), 1)])
    store3.keeping.expire(NOW_MS, Retention(points_days=100))
    assert store3.keeping.troubles() == ()
    store3.keeping.expire(NOW_MS, Retention(points_days=10))
    (told,) = store3.keeping.troubles()
    assert "create its databases with a retention period" in told


def test_lines_that_were_refused_are_erased_with_their_patient(store: Any) -> None:
    past_the_last_ms = 9_223_372_036_855
    records = [
        identified(run((past_the_last_ms, 60)), 1),
        identified(run((past_the_last_ms, 61)), 2, patient_id="ana"),
    ]
    store.commit(records)
    assert store.keeping.forget("wei").rows["refused line"] == 1
    (kept,) = store.newest(Wanted(), limit=9)
    assert b"patient=ana" in kept.record.payload
