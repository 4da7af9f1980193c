"""What goes wrong between the service and InfluxDB, made to happen."""

import contextlib
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from cloud.config import InfluxSettings
from cloud.ports import LINE_PROTOCOL, CommitOutcome, IdentifiedRecord, RollupQuery, Wanted
from cloud.replay.service import Replay, Replayed
from cloud.storage.influx.database import Database
from cloud.storage.influx.line_protocol import lines_of
from cloud.storage.influx.reader import PointReader
from cloud.storage.influx.server import InfluxServer
from cloud.storage.influx.store import InfluxRecordStore
from cloud.storage.influx.writer import LineWriter
from cloud.storage.sqlite_series import SqliteSeries
from tests.contracts.records import NOW_MS, gateway_report, identified, run
from tests.contracts.series.store import poison, values
from tests.fakes.clock import FakeClock
from tests.fakes.command_book import FakeCommandBook
from tests.fakes.influxdb import InfluxDB, influxdb
from tests.fakes.influxdb2 import TOKEN, InfluxDB2, influxdb2
from tests.fakes.ingest import FakeDeviceRegistry
from tests.integration.influx.stores import store_beside
from vitals.errors import StorageError

PAST_THE_LAST_MS = 9_223_372_036_855  # one more than InfluxDB can count
WEEK_MS = 7 * 86_400_000
WRONG = "wrong"


@pytest.fixture
def bucket(influx: InfluxDB) -> str:
    return influx.new_database()


@pytest.fixture
def store(influx: InfluxDB, bucket: str, tmp_path: Path) -> Iterator[Any]:
    with store_beside(influx.url, tmp_path, bucket=bucket) as store:
        yield store


@pytest.fixture
def second(influx: InfluxDB) -> Iterator[InfluxDB2]:
    with influxdb2(influx.url) as server:
        yield server


@pytest.fixture
def store2(second: InfluxDB2, bucket: str, tmp_path: Path) -> Iterator[Any]:
    with store_beside(second.url, tmp_path, bucket=bucket, token=TOKEN) as store:
        yield store


@pytest.fixture(params=["store", "store2"])
def either(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue(request.param)


class DyingBetween(SqliteSeries):
    """A journal whose first commit finds the server killed and the service about to die with it."""

    def __init__(self, path: Path, server: InfluxDB) -> None:
        super().__init__(path, keeps_points=False)
        self._server: InfluxDB | None = server

    def commit(self, records: Sequence[IdentifiedRecord], *rest: Any) -> CommitOutcome:
        server, self._server = self._server, None
        if server is not None:
            server.kill()
            raise StorageError("killed between the points and the journal")
        return super().commit(records, *rest)


def database_of(server: InfluxServer) -> Database:
    return Database(server, server.bucket, when_missing=lambda _: None)


def test_points_are_in_influx_and_not_in_the_journal(
    store: Any, influx: InfluxDB, bucket: str, tmp_path: Path
) -> None:
    store.commit([identified(run((1, 60)), 1)])
    rows = influx.ask('SELECT value, quality, patient, device, kind, clock FROM "observation"', bucket)
    assert rows == [[1, 60, -1, "wei", "c0-00-00-00-00-01", "heart_rate", "believed"]]
    with contextlib.closing(sqlite3.connect(tmp_path / "series.db")) as journal:
        assert journal.execute("SELECT count(*) FROM hot_run").fetchone() == (0,)


def test_killed_between_the_points_and_the_journal_a_redelivery_leaves_one_point(tmp_path: Path) -> None:
    with influxdb() as server:
        bucket = server.new_database()
        records = [identified(run((1, 60), (2, 61)), 1)]
        connection = InfluxServer(f"influx+{server.url}", InfluxSettings(bucket=bucket))
        journal = DyingBetween(tmp_path / "series.db", server)
        store = InfluxRecordStore(LineWriter(database_of(connection)), journal)
        with pytest.raises(StorageError, match="killed between"):
            store.commit(records)
        assert journal.accounts() == ()
        server.start()
        assert store.commit(records).fresh == 1
        reader = PointReader(database_of(connection), journal.outlying)
        series = reader.observations("wei", "heart_rate", 0, 9, 9)
        assert [(p.t_ms, p.value) for p in series.points] == [(1, 60), (2, 61)]
        assert journal.accounts()[0].stored == ((1, 1),)
        assert len(journal.pending(9)) == 1
        connection.close()
        journal.close()


def test_what_was_committed_survives_a_kill_of_the_server(tmp_path: Path) -> None:
    with influxdb() as server, store_beside(server.url, tmp_path, bucket=server.new_database()) as store:
        for seq in range(1, 21):
            store.commit([identified(run((seq, 60.0 + seq)), seq)])
        server.kill()
        server.start()
        assert values(store) == [60.0 + seq for seq in range(1, 21)]


def test_while_the_server_is_down_nothing_is_stored_and_afterwards_everything_is(tmp_path: Path) -> None:
    with influxdb() as server, store_beside(server.url, tmp_path, bucket=server.new_database()) as store:
        store.commit([identified(run((1, 60)), 1)])
        server.kill()
        with pytest.raises(StorageError, match="start it"):
            store.commit([identified(run((2, 61)), 2)], [poison(3)])
        with pytest.raises(StorageError, match="start it"):
            store.latest("wei")
        assert store.accounts()[0].stored == ((1, 1),)
        assert store.quarantined_count() == 0
        assert len(store.pending(9)) == 1
        server.start()
        assert store.commit([identified(run((2, 61)), 2)], [poison(3)]).fresh == 1
        assert values(store) == [60, 61]


def test_while_the_server_is_down_records_without_points_are_stored(tmp_path: Path) -> None:
    with store_beside("http://127.0.0.1:9", tmp_path) as store:
        assert store.commit([], [poison(1)]).quarantined == 1


def test_a_line_nobody_can_store_is_set_aside_and_all_others_are_stored(either: Any) -> None:
    points = [(t, float(t)) for t in range(100)]
    points.insert(37, (PAST_THE_LAST_MS, 77.5))
    with capture_logs() as logs:
        outcome = either.commit([identified(run(*points), 1), identified(run((200, 1.0)), 2)])
    assert (outcome.fresh, outcome.quarantined) == (2, 1)
    assert values(either, limit=1_000) == [*map(float, range(100)), 1.0]
    (kept,) = either.quarantined(9)
    assert (kept.seq, kept.epoch, kept.content_type) == (0, "abcd1234-observations", LINE_PROTOCOL)
    assert kept.payload.endswith(b" value=77.5,quality=-1.0 9223372036855")
    assert kept.reason.startswith("point of record 1: ")
    (account,) = either.accounts()
    assert (account.stored, account.quarantined) == (((1, 2),), ())
    (line,) = logs
    assert (line["event"], line["seq"], line["count"]) == ("influx.lines_refused", 1, 1)
    assert "77.5" not in str(line)


def test_lines_refused_for_their_type_are_set_aside_and_the_others_are_stored(
    either: Any, influx: InfluxDB, bucket: str
) -> None:
    influx.seed(bucket, f"observation,device=other value=1i {NOW_MS}")  # whole numbers, for this week
    either.commit([identified(run((NOW_MS, 60), (NOW_MS - 2 * WEEK_MS, 61), (NOW_MS + 1, 62)), 1)])
    assert values(either) == [61]
    assert either.quarantined_count() == 2


def test_refused_points_are_brought_back_once_the_server_takes_them(
    either: Any, influx: InfluxDB, bucket: str
) -> None:
    influx.seed(bucket, f"observation,device=other value=1i {NOW_MS}")
    either.commit([identified(run((NOW_MS, 60), (NOW_MS + 1, 62)), 1)])
    replay = Replay(
        quarantine=either,
        store=either,
        devices=FakeDeviceRegistry(),
        answers=FakeCommandBook(),
        clock=FakeClock(),
    )
    assert replay.replay(Wanted()) == Replayed(tried=2, still_aside=2)
    either.keep_up(NOW_MS + WEEK_MS)
    influx.ask('DROP MEASUREMENT "observation"', bucket)
    assert replay.replay(Wanted()) == Replayed(tried=2, stored=2)
    assert values(either) == [60, 62]
    week = RollupQuery(kind="heart_rate", from_ms=NOW_MS - WEEK_MS, to_ms=NOW_MS + WEEK_MS, every_ms=WEEK_MS)
    assert sum(either.rollups("wei", week).count) == 2
    assert either.quarantined_count() == 0


def test_a_refused_line_sent_again_after_a_crash_is_kept_once(influx: InfluxDB, tmp_path: Path) -> None:
    records = [identified(run((PAST_THE_LAST_MS, 60), (1, 61)), 1)]
    connection = InfluxServer(f"influx+{influx.url}", InfluxSettings(bucket=influx.new_database()))
    journal = SqliteSeries(tmp_path / "series.db", keeps_points=False)
    texts = [line.text for line in lines_of(records)]
    LineWriter(database_of(connection)).write(texts)  # and here the service died
    store = InfluxRecordStore(LineWriter(database_of(connection)), journal)
    store.commit(records)
    store.commit(records)
    assert journal.quarantined_count() == 1
    connection.close()
    journal.close()


def test_a_busy_server_is_left_alone_for_as_long_as_it_asks(
    second: InfluxDB2, bucket: str, tmp_path: Path
) -> None:
    now_s = 100.0
    connection = InfluxServer(f"influx+{second.url}", InfluxSettings(bucket=bucket, token=TOKEN))
    journal = SqliteSeries(tmp_path / "series.db", keeps_points=False)
    store = InfluxRecordStore(LineWriter(database_of(connection), monotonic_s=lambda: now_s), journal)
    second.answers.append((429, {"Retry-After": "30"}, ""))
    with pytest.raises(StorageError, match="not before 30 s from now"):
        store.commit([identified(run((1, 60)), 1)])
    now_s += 29
    with pytest.raises(StorageError, match="another 1 s"):
        store.commit([identified(run((1, 60)), 1)])
    assert len(second.bodies) == 1
    assert journal.accounts() == ()
    now_s += 2
    assert store.commit([identified(run((1, 60)), 1)]).fresh == 1
    connection.close()
    journal.close()


@pytest.mark.parametrize(
    ("answer", "advice"),
    [
        ((200, {}, "<html>sign in</html>"), "check that series_url names it"),
        ((307, {"Location": "/elsewhere"}, ""), "check that series_url names it"),
        ((403, {}, "forbidden"), "the right to read and write"),
        ((500, {}, "internal error"), "see the log of InfluxDB"),
        ((503, {}, ""), "not before 1 s"),
    ],
)
def test_an_answer_that_is_not_204_stores_nothing_and_says_what_to_do(
    store2: Any, second: InfluxDB2, answer: Any, advice: str
) -> None:
    second.answers.extend([answer] * 3)
    with pytest.raises(StorageError, match=advice):
        store2.commit([identified(run((1, 60)), 1)])
    assert store2.accounts() == ()


def test_a_body_too_large_is_sent_in_halves(store2: Any, second: InfluxDB2) -> None:
    second.answers.append((413, {}, "too large"))
    store2.commit([identified(run((1, 60), (2, 61)), 1)])
    assert values(store2) == [60, 61]
    assert [body.count("\n") + 1 for body in second.bodies] == [2, 1, 1]


@pytest.mark.parametrize("version", [1, 2])
def test_the_first_point_makes_its_database(
    influx: InfluxDB, second: InfluxDB2, version: int, tmp_path: Path
) -> None:
    url, more = (influx.url, {}) if version == 1 else (second.url, {"token": TOKEN})
    with store_beside(url, tmp_path, bucket=f"ward of {version}", **more) as store:
        assert store.latest("wei") == {}
        store.commit([identified(gateway_report(), 1, patient_id=None)])
        store.commit([identified(run((1, 60)), 2)])
        assert values(store) == [60]


def test_a_bucket_the_token_may_not_create_is_named(second: InfluxDB2, tmp_path: Path) -> None:
    second.creates = False
    with (
        store_beside(second.url, tmp_path, bucket="elsewhere", token=TOKEN) as store,
        pytest.raises(StorageError, match="does not let this token create the bucket elsewhere"),
    ):
        store.commit([identified(run((1, 60)), 1)])


def test_an_organisation_nobody_knows_is_named(second: InfluxDB2, tmp_path: Path) -> None:
    with (
        store_beside(second.url, tmp_path, org="strangers", token=TOKEN) as store,
        pytest.raises(StorageError, match=r"knows no organisation 'strangers'.*correct influx\.org"),
    ):
        store.commit([identified(run((1, 60)), 1)])


def test_a_database_dropped_while_the_service_runs_is_never_made_anew_in_silence(
    either: Any, influx: InfluxDB, bucket: str
) -> None:
    either.commit([identified(run((1, 60)), 1)])
    influx.ask(f"DROP DATABASE {bucket}")
    with pytest.raises(StorageError, match="what was stored in it is gone: restore"):
        either.commit([identified(run((2, 61)), 2)])
    with pytest.raises(StorageError, match="what was stored in it is gone: restore"):
        either.latest("wei")
    assert either.accounts()[0].stored == ((1, 1),)
    influx.ask(f"CREATE DATABASE {bucket}")  # as the message says, where there is no backup
    assert either.commit([identified(run((2, 61)), 2)]).fresh == 1
    assert values(either) == [61]


def test_a_wrong_token_is_refused_on_writing_and_on_reading(second: InfluxDB2, tmp_path: Path) -> None:
    with store_beside(second.url, tmp_path, token=WRONG) as store:
        with pytest.raises(StorageError, match=r"set influx\.token"):
            store.commit([identified(run((1, 60)), 1)])
        with pytest.raises(StorageError, match=r"set influx\.token"):
            store.latest("wei")


def test_a_1x_that_asks_for_a_password_is_given_it(tmp_path: Path) -> None:
    with influxdb(auth=True) as server:
        server.ask("CREATE USER ingest WITH PASSWORD 'secret' WITH ALL PRIVILEGES")
        known = {"bucket": "ward", "username": "ingest", "password": "secret"}
        connection = InfluxServer(f"influx+{server.url}", InfluxSettings(**known))
        connection.send("POST", "/query", params={"q": "CREATE DATABASE ward"})
        connection.close()
        with store_beside(server.url, tmp_path, **known) as store:
            store.commit([identified(run((1, 60)), 1)])
            assert values(store) == [60]
        with (
            store_beside(server.url, tmp_path, **(known | {"password": WRONG})) as store,
            pytest.raises(StorageError, match=r"influx\.password"),
        ):
            store.commit([identified(run((2, 60)), 2)])


def test_a_server_that_gives_no_version_is_refused(store2: Any, second: InfluxDB2) -> None:
    second.version = None
    with pytest.raises(StorageError, match="no version"):
        store2.commit([identified(run((1, 60)), 1)])


def test_a_server_that_was_replaced_by_a_newer_one_is_written_to_in_the_new_way(
    store2: Any, second: InfluxDB2
) -> None:
    second.version = "1.8.10"
    with pytest.raises(StorageError, match="404"):
        store2.commit([identified(run((1, 60)), 1)])  # its /write is gone
    second.version = "v2.7.12"
    assert store2.commit([identified(run((1, 60)), 1)]).fresh == 1


def test_names_that_need_escaping_come_back_as_they_were(either: Any) -> None:
    for seq, patient in enumerate(["o'neil, a=b", "$patient", 'x" OR 1=1', "ünï"], start=1):
        either.commit([identified(run((seq, 60.0 + seq)), seq, patient_id=patient)])
        found = either.observations(patient, "heart_rate", 0, 99, 9)
        assert [p.value for p in found.points] == [60.0 + seq]
        assert either.latest(patient)["heart_rate"].value == 60.0 + seq


def test_a_quality_that_is_no_longer_known_replaces_the_one_that_was(either: Any) -> None:
    rated = run((1, 60))
    rated = type(rated)(device=rated.device, kind=rated.kind, t_ms=[1], value=[60.0], quality=[0.5])
    either.commit([identified(rated, 1)])
    either.commit([identified(run((1, 61)), 2)])
    (point,) = either.observations("wei", "heart_rate", 0, 9, 9).points
    assert (point.value, point.quality) == (61, None)


def test_a_range_without_end_holds_everything(either: Any) -> None:
    either.commit([identified(run((0, 60), (PAST_THE_LAST_MS - 1, 61)), 1)])
    assert values(either, from_ms=-(10**30), to_ms=10**30) == [60, 61]


def test_a_day_of_a_reading_a_second_is_read_whole(either: Any) -> None:
    for seq in range(18):
        points = [(t, float(t % 97)) for t in range(seq * 4_800, (seq + 1) * 4_800)]
        either.commit([identified(run(*points), seq + 1)])
    found = either.observations("wei", "heart_rate", 0, 86_400, 100_000)
    assert (len(found.t_ms), found.omitted) == (86_400, 0)
    assert found.t_ms[[0, -1]].tolist() == [0, 86_399]
