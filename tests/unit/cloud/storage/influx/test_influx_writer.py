import pytest

from cloud.config import InfluxSettings
from cloud.storage.influx.answers import ServerBusyError
from cloud.storage.influx.database import Database
from cloud.storage.influx.server import InfluxServer
from cloud.storage.influx.writer import LINES_A_REQUEST, LineWriter
from tests.fakes.write_route import WriteRoute
from vitals.errors import StorageError

NOWHERE = InfluxServer("influx+http://127.0.0.1:9", InfluxSettings())


class Bench:
    """A writer, its route, the time, and how often the server was asked which it is."""

    def __init__(self, *bad: str) -> None:
        self.route = WriteRoute(*bad)
        self.chosen = 0
        self.now_s = 0.0
        database = Database(NOWHERE, "ward", when_missing=self._when_missing, choose=self._choose)
        self.writer = LineWriter(database, monotonic_s=lambda: self.now_s)

    def _choose(self, _: InfluxServer, __: str) -> WriteRoute:
        self.chosen += 1
        return self.route

    def write(self, count: int):
        return self.writer.write([f"observation value=60.0 {t}" for t in range(count)])

    def _when_missing(self, error: StorageError) -> None:
        raise error


def test_lines_go_in_one_request_and_none_is_refused() -> None:
    bench = Bench()
    assert bench.write(200) == ()
    assert bench.route.requests == [200]
    assert len(bench.route.stored) == 200


def test_the_server_is_asked_once_which_it_is() -> None:
    bench = Bench()
    bench.write(1)
    bench.write(1)
    assert bench.chosen == 1


def test_without_points_nobody_is_asked() -> None:
    bench = Bench()
    assert bench.writer.write([]) == ()
    assert bench.chosen == 0


def test_many_lines_go_in_several_requests() -> None:
    bench = Bench()
    bench.write(2 * LINES_A_REQUEST + 1)
    assert bench.route.requests == [LINES_A_REQUEST, LINES_A_REQUEST, 1]


def test_exactly_the_bad_lines_are_refused_wherever_they_stand() -> None:
    bench = Bench(" 0", " 499", " 999")
    refused = bench.write(1_000)
    assert [one.place for one in refused] == [0, 499, 999]
    assert [one.text.rsplit(" ", 1)[1] for one in refused] == ["0", "499", "999"]
    assert len(bench.route.stored) == 997
    assert len(bench.route.requests) < 3 * 2 * 11


def test_when_all_are_bad_all_are_refused() -> None:
    bench = Bench("value")
    assert len(bench.write(50)) == 50
    assert len(bench.route.requests) == 99


def test_a_failure_is_raised_and_the_server_asked_again_which_it_is() -> None:
    bench = Bench()
    bench.route.failure = StorageError("down")
    with pytest.raises(StorageError, match="down"):
        bench.write(1)
    assert bench.route.closed == 1
    bench.route.failure = None
    assert bench.write(1) == ()
    assert bench.chosen == 2


def test_a_busy_server_hears_nothing_until_its_time_is_over() -> None:
    bench = Bench()
    bench.route.failure = ServerBusyError("busy", wait_s=30)
    with pytest.raises(ServerBusyError):
        bench.write(1)
    bench.route.failure = None
    bench.now_s = 29.0
    with pytest.raises(StorageError, match="another 1 s"):
        bench.write(1)
    assert bench.route.requests == [1]
    bench.now_s = 30.0
    assert bench.write(1) == ()
