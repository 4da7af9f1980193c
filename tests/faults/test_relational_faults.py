"""The relational database is away, locked, full or read-only: it says so, and is well again after."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from anyio import to_thread
from pydantic import SecretStr
from sqlalchemy import text

from cloud.alerts.telling.circles import Circles
from cloud.alerts.working.worker import AlertWorker
from cloud.bootstrap import build
from cloud.bootstrap.access import gatekeeper_over
from cloud.config import CloudSettings, KeysSettings, MqttSettings
from cloud.ports import Patient
from cloud.storage.relational import engine as database_engine
from cloud.storage.relational.database import Database
from cloud.storage.relational.migrating import migrate_to
from cloud.storage.relational.opening import Relational, open_relational
from tests.contracts.relational.rows import WEI
from tests.fakes.clock import FakeClock
from tests.fakes.gateway_presence import FakeGatewayPresence
from tests.fakes.leases import FakeLeases
from tests.fakes.live_feed import FakeLiveFeed
from tests.fakes.master_key import GIVEN
from tests.fakes.master_key import opened as open_with_key
from tests.fakes.notifier import FakeNotifier
from tests.fakes.patient_feed import FakePatientFeed
from tests.fakes.postgres import PostgresServer, postgres_server
from tests.fakes.read_only_disk import ReadOnlyDisk, read_only_disk
from tests.fakes.small_disk import SmallDisk, small_disk
from vitals.errors import StorageError

__all__ = ["read_only_disk", "small_disk"]

_MOST_S = 30.0


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with postgres_server() as started:
        yield started


@pytest.fixture
def store(server: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Relational]:
    with closing(open_with_key(server.url)) as unhurried, unhurried.database.write() as connection:
        connection.execute(text("TRUNCATE patient CASCADE"))
    monkeypatch.setattr(
        database_engine, "_HURRIED", ("SET lock_timeout = '200ms'", "SET statement_timeout = '600ms'")
    )
    opened = open_with_key(server.url)
    yield opened
    opened.close()


def until(what: Callable[[], object]) -> None:
    deadline_s = time.monotonic() + _MOST_S
    while not what():
        assert time.monotonic() < deadline_s, "it took too long"
        time.sleep(0.05)


def test_a_server_killed_in_mid_transaction_keeps_nothing_of_it_and_is_used_again_once_it_is_back(
    server: PostgresServer, store: Relational
) -> None:
    def change_and_be_cut_off() -> None:
        with store.database.write() as connection:
            connection.execute(text("UPDATE patient SET display_name = 'half'"))
            server.kill()
            connection.execute(text("UPDATE patient SET display_name = 'more'"))

    store.directory.add_patient(WEI)
    with pytest.raises(StorageError, match="nothing was stored"):
        change_and_be_cut_off()
    with pytest.raises(StorageError, match="check that the database is there"):
        store.directory.patient("wei")
    (trouble,) = store.troubles()
    assert trouble.startswith("database: postgresql")
    server.start()
    assert store.directory.patient("wei") == WEI
    assert store.troubles() == ()


def test_connections_that_died_in_the_pool_cost_nobody_an_error(
    server: PostgresServer, store: Relational
) -> None:
    with store.database.read(), store.database.read():
        pass  # two connections lie in the pool now
    server.kill()
    server.start()
    store.directory.add_patient(WEI)
    assert store.directory.patient("wei") == WEI


def test_health_is_red_while_the_server_is_away_and_green_after_by_itself(
    server: PostgresServer, store: Relational
) -> None:
    worker = AlertWorker(
        feed=FakePatientFeed(),
        store=store.alerts,
        reader=store.alerts,
        directory=store.directory,
        circles=Circles(people=gatekeeper_over(store, FakeClock())),
        pages=FakeNotifier(),
        live=FakeLiveFeed(),
        clock=FakeClock(),
        presence=FakeGatewayPresence(),
        leases=FakeLeases(),
    )
    stop = threading.Event()
    thread = threading.Thread(target=worker.run, args=(stop,))
    thread.start()
    try:
        assert store.troubles() == ()
        server.kill()
        until(store.troubles)
        server.start()
        until(lambda: not store.troubles())
    finally:
        stop.set()
        worker.wake()
        thread.join(_MOST_S)


async def test_the_services_health_tells_of_a_database_that_is_away_and_is_well_by_itself_after(
    server: PostgresServer, tmp_path: Path
) -> None:
    settings = CloudSettings(
        data_dir=tmp_path,
        database_url=server.url,
        mqtt=MqttSettings(port=9),
        keys=KeysSettings(master=SecretStr(GIVEN)),
    )
    app = build(settings)
    troubles = app.state.services.troubles

    def database_troubles() -> list[str]:
        return [trouble for trouble in troubles() if trouble.startswith("database: ")]

    async with app.router.lifespan_context(app):
        assert database_troubles() == []
        server.kill()
        await to_thread.run_sync(until, database_troubles)
        server.start()
        await to_thread.run_sync(until, lambda: not database_troubles())


def test_a_lock_that_another_program_holds_is_an_error_and_no_thread_that_hangs(
    server: PostgresServer, store: Relational
) -> None:
    with closing(Database(server.url)) as other, other.write() as holding:
        holding.execute(text("LOCK TABLE patient IN ACCESS EXCLUSIVE MODE"))
        with pytest.raises(StorageError, match="somebody else holds a lock"):
            store.directory.add_patient(WEI)
    store.directory.add_patient(WEI)
    assert store.directory.patient("wei") == WEI


def test_what_takes_too_long_is_ended(store: Relational) -> None:
    with pytest.raises(StorageError, match="it took too long"), store.database.read() as connection:
        connection.execute(text("SELECT pg_sleep(60)"))
    assert store.directory.patient("wei") is None


def test_a_migration_takes_the_time_it_needs(store: Relational) -> None:
    with store.database.write() as connection:
        migrate_to(connection, "head")
        connection.execute(text("SELECT pg_sleep(1)"))


def test_a_standby_says_that_it_is_read_only(server: PostgresServer, store: Relational) -> None:
    with store.database.write() as connection:
        connection.execute(text("ALTER DATABASE postgres SET default_transaction_read_only = on"))
    standby = open_with_key(server.url)
    with pytest.raises(StorageError, match="name the primary"):
        standby.directory.add_patient(WEI)
    standby.close()
    with store.database.write() as connection:
        connection.execute(text("ALTER DATABASE postgres RESET default_transaction_read_only"))


def test_a_full_disk_refuses_a_transaction_whole_and_room_ends_it(small_disk: SmallDisk) -> None:
    store = open_relational(f"sqlite:///{small_disk.folder / 'carewire.db'}")
    kept = 0

    def add_until_it_refuses() -> None:
        nonlocal kept
        while True:
            store.directory.add_patient(Patient(id=f"p{kept}", display_name="x" * 5_000))
            kept += 1

    with pytest.raises(StorageError, match=r"the disk (is full|failed)"):
        add_until_it_refuses()
    assert kept > 0
    assert store.troubles() != ()
    assert store.directory.patient(f"p{kept}") is None
    small_disk.grow()
    store.directory.add_patient(Patient(id=f"p{kept}", display_name="y"))
    assert store.troubles() == ()
    store.close()
    again = open_relational(f"sqlite:///{small_disk.folder / 'carewire.db'}")
    assert all(again.directory.patient(f"p{n}") for n in range(kept + 1))
    again.close()


def test_a_read_only_disk_is_said_to_be_one_and_loses_nothing(read_only_disk: ReadOnlyDisk) -> None:
    url = f"sqlite:///{read_only_disk.folder / 'carewire.db'}"
    read_only_disk.make_writable()
    store = open_relational(url)
    store.directory.add_patient(WEI)
    store.close()
    read_only_disk.make_read_only()
    with pytest.raises(StorageError, match=r"read-only|cannot be opened"):
        open_relational(url)
    read_only_disk.make_writable()
    again = open_relational(url)
    assert again.directory.patient("wei") == WEI
    again.close()


def test_a_damaged_page_is_said_to_be_one(tmp_path: Path) -> None:
    path = tmp_path / "carewire.db"
    store = open_relational(f"sqlite:///{path}")
    store.directory.add_patient(WEI)
    store.close()
    content = bytearray(path.read_bytes())
    content[4096 : 40 * 4096] = b"\x5a" * len(content[4096 : 40 * 4096])
    path.write_bytes(content)
    with pytest.raises(StorageError, match="it is damaged; stop the service and restore the last backup"):
        open_relational(f"sqlite:///{path}")
