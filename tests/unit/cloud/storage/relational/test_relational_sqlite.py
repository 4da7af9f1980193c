import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from cloud.ports import ContactBook, ErasureBook, GatewayBook
from cloud.storage.relational.opening import Relational, open_relational
from tests.contracts.burden import BurdenContract
from tests.contracts.contact_book import ContactBookContract
from tests.contracts.erasures import ErasureBookContract, ErasuresContract
from tests.contracts.fact_book import RelationalFactBookContract
from tests.contracts.gateway_book import GatewayBookContract
from tests.contracts.ledger import LedgerContract
from tests.contracts.letting_go import LettingGoContract
from tests.contracts.processes import ProcessesContract
from tests.contracts.relational.rows import ADMIN, CARER, WEI, people
from tests.contracts.relational_schema import SchemaContract
from tests.contracts.relational_store import RelationalContract
from tests.contracts.rollout_book import RolloutBookContract
from tests.contracts.rule_book import RuleBookContract
from tests.contracts.seals import SealsContract
from tests.contracts.sign_in_books import SignInBooksContract
from tests.contracts.sign_in_ways import RelationalSignInWaysContract
from tests.contracts.telling_books import TellingBooksContract
from tests.fakes.migrated import lay_tables
from vitals.errors import ConfigurationError, StorageError

__all__ = ["people"]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "carewire.db"


@pytest.fixture
def store(path: Path) -> Iterator[Relational]:
    lay_tables(path)
    opened = open_relational(f"sqlite:///{path}", busy_timeout_s=2.0)
    yield opened
    opened.close()


@pytest.fixture
def url(path: Path) -> str:
    return f"sqlite:///{path}"


class TestSqlite(RelationalContract):
    """SQLite keeps the relational contract."""


class TestBurdenOnSqlite(BurdenContract):
    """SQLite tells what became of alerts."""


class TestContactsOnSqlite(ContactBookContract):
    """SQLite keeps by which ways people can be reached."""

    @pytest.fixture
    def contacts(self, store: Relational) -> ContactBook:
        store.directory.add_person(CARER)
        store.directory.add_person(ADMIN)
        return store.contacts


class TestGatewayBookOnSqlite(GatewayBookContract):
    """SQLite keeps which gateways were let in."""

    @pytest.fixture
    def book(self, store: Relational) -> GatewayBook:
        return store.gateway_book


class TestErasureBookOnSqlite(ErasureBookContract):
    """SQLite keeps which erasures were asked for."""

    @pytest.fixture
    def book(self, store: Relational) -> ErasureBook:
        return store.erasures


class TestErasuresOnSqlite(ErasuresContract):
    """SQLite keeps, enters and tells them together."""


class TestFactsOnSqlite(RelationalFactBookContract):
    """SQLite keeps what is said of patients."""


class TestSignInBooksOnSqlite(SignInBooksContract):
    """SQLite keeps the ways in."""


class TestSignInWaysOnSqlite(RelationalSignInWaysContract):
    """SQLite keeps the ways in."""


class TestSealsOnSqlite(SealsContract):
    """SQLite keeps sealed what identifies people."""

    @pytest.fixture
    def url(self, path: Path) -> str:
        lay_tables(path)
        return f"sqlite:///{path}"


class TestLettingGoOnSqlite(LettingGoContract):
    """SQLite lets go of what is old."""


class TestTellingBooksOnSqlite(TellingBooksContract):
    """SQLite keeps what people set about being told."""


class TestProcessesOnSqlite(ProcessesContract):
    """SQLite keeps what processes tell each other."""


class TestLedgerOnSqlite(LedgerContract):
    """Keeps the ledger's contract."""


class TestRuleBookOnSqlite(RuleBookContract):
    """SQLite keeps what was changed of rules."""


class TestSqliteSchema(SchemaContract):
    """SQLite keeps the contract of tables and migrations."""


def test_opening_again_keeps_everything(store: Relational, path: Path) -> None:
    store.directory.add_patient(WEI)
    store.close()
    again = open_relational(f"sqlite:///{path}")
    assert again.directory.patient("wei") == WEI
    again.close()


def test_commits_are_written_through_to_the_disk(store: Relational) -> None:
    with store.database.read() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_a_locked_file_raises_and_stores_nothing(path: Path) -> None:
    store = open_relational(f"sqlite:///{path}", busy_timeout_s=0.05)
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageError, match="locked"):
            store.directory.add_patient(WEI)
        other.execute("ROLLBACK")
    assert store.directory.patient("wei") is None
    store.close()


def test_a_file_that_is_no_database_is_refused(path: Path) -> None:
    path.write_bytes(b"nothing of the kind" * 100)
    with pytest.raises(StorageError, match="not a database"):
        open_relational(f"sqlite:///{path}")


@pytest.mark.parametrize("url", ["mysql://127.0.0.1/x", "nonsense", ""])
def test_a_url_of_another_database_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError, match="sqlite:///PATH or postgresql://"):
        open_relational(url)


class TestRolloutsOnSqlite(RolloutBookContract):
    """The store is the one above."""
