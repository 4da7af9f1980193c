"""Backups of a service whose people and alerts are in PostgreSQL, and moves between the two databases."""

import io
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from cloud.backup import restore as restoring
from cloud.backup.errors import BackupError
from cloud.backup.move import move_rows
from cloud.storage.relational.database import Database
from cloud.storage.relational.opening import open_relational
from cloud.storage.relational.rows import write_rows
from cloud.storage.relational.tables import metadata
from cloud.storage.series import UNFINISHED_RESTORE
from tests.contracts.relational.rows import WEI, handed
from tests.fakes.backed_up import Home
from tests.fakes.master_key import PLACE
from tests.fakes.postgres import postgres
from vitals.errors import StorageError


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with postgres() as url:
        yield url


@pytest.fixture
def new_database(server: str) -> Callable[[str], str]:
    """Make an empty database of the server, and return its URL."""

    def make(name: str) -> str:
        engine = create_engine(
            server.replace("postgresql:", "postgresql+psycopg:"), isolation_level="AUTOCOMMIT"
        )
        with engine.connect() as connection:
            connection.execute(text(f"DROP DATABASE IF EXISTS {name}"))
            connection.execute(text(f"CREATE DATABASE {name}"))
        engine.dispose()
        return server.replace("/postgres?", f"/{name}?")

    return make


@pytest.fixture
def home(tmp_path: Path, new_database: Callable[[str], str]) -> Home:
    home = Home(tmp_path / "home", {"database_url": new_database("clinic")})
    home.fill()
    return home


_OF_THE_LEDGER = frozenset(name for name in metadata.tables if name.startswith("ledger_"))


def rows_in(url: str) -> bytes:
    written = io.BytesIO()
    with closing(Database(url)) as database, database.snapshot() as connection:
        write_rows(connection, written, but=_OF_THE_LEDGER)  # which says that there was a restore
    return written.getvalue()


def test_everything_comes_back_into_an_empty_database_and_life_goes_on(
    home: Home, tmp_path: Path, new_database: Callable[[str], str]
) -> None:
    taken = home.back_up(tmp_path / "shelf")
    new = Home(tmp_path / "new", {"database_url": new_database("restored")})
    assert dict(new.bring_back(taken.path).rows) == taken.manifest.rows
    assert rows_in(new.settings.database_url) == rows_in(home.settings.database_url)
    with closing(new.relational()) as relational:
        relational.alerts.handed_off([handed(channel="next")])
        assert [one.channel for one in relational.alerts.hand_offs_of("a1")] == ["mail", "next"]


def test_a_backup_goes_into_either_database(home: Home, tmp_path: Path) -> None:
    taken = home.back_up(tmp_path / "shelf")
    family = Home(tmp_path / "family")
    family.bring_back(taken.path)
    assert rows_in(family.settings.database_url) == rows_in(home.settings.database_url)


def test_a_database_that_holds_anything_is_refused_whatever_is_told(home: Home, tmp_path: Path) -> None:
    taken = home.back_up(tmp_path / "shelf")
    (home.folder / "series.db").rename(tmp_path / "old.db")
    before = rows_in(home.settings.database_url)
    with pytest.raises(StorageError, match=r"not empty.*name an empty database"):
        home.bring_back(taken.path, replace=True)
    assert rows_in(home.settings.database_url) == before
    done = home.bring_back(taken.path, keep_database=True)
    assert done.taken == taken.manifest.taken


def test_a_restore_cut_off_after_the_rows_were_committed_is_done_again(
    home: Home, tmp_path: Path, new_database: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = home.back_up(tmp_path / "shelf")
    new = Home(tmp_path / "new", {"database_url": new_database("restored")})
    with monkeypatch.context() as patched:
        patched.setattr(restoring, "_put", refuse)
        with pytest.raises(BackupError, match="pulled the plug"):
            new.bring_back(taken.path)
    assert (new.folder / UNFINISHED_RESTORE).exists()
    assert new.bring_back(taken.path).taken == taken.manifest.taken
    assert rows_in(new.settings.database_url) == rows_in(home.settings.database_url)


def test_a_server_that_is_away_costs_a_backup_and_nobody_else(home: Home, tmp_path: Path) -> None:
    away = Home(home.folder, {"database_url": "postgresql://carewire@127.0.0.1:9/clinic?connect_timeout=2"})
    with pytest.raises(StorageError, match="check that the database is there"):
        away.back_up(tmp_path / "shelf")
    assert list((tmp_path / "shelf").glob("carewire-*")) == []


def test_a_family_moves_to_postgresql_and_back(tmp_path: Path, new_database: Callable[[str], str]) -> None:
    family = Home(tmp_path / "family")
    family.fill()
    there, back = new_database("moved"), f"sqlite:///{tmp_path}/back.db"
    counts = move_rows(family.settings.database_url, there)
    assert counts["patient"] == counts["alert"] == 1
    move_rows(there, back)
    assert rows_in(back) == rows_in(there) == rows_in(family.settings.database_url)


def test_a_move_into_what_is_not_there_says_so(tmp_path: Path) -> None:
    family = Home(tmp_path / "family")
    family.fill()
    with pytest.raises(StorageError, match="check that the database is there"):
        move_rows(family.settings.database_url, "postgresql://carewire@127.0.0.1:9/x?connect_timeout=2")
    with closing(open_relational(family.settings.database_url, keys=PLACE)) as store:
        assert store.directory.patient(WEI.id) == WEI


def refuse(*_: object) -> None:
    raise BackupError("somebody pulled the plug")
