"""The relational contract on a real PostgreSQL."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest
from sqlalchemy import text

from cloud.ports import ContactBook, ErasureBook, GatewayBook, Lease
from cloud.storage.relational.database import Database
from cloud.storage.relational.leases import fence
from cloud.storage.relational.opening import Relational
from cloud.storage.relational.tables import metadata
from tests.contracts.burden import BurdenContract
from tests.contracts.contact_book import ContactBookContract
from tests.contracts.erasures import ErasureBookContract, ErasuresContract
from tests.contracts.fact_book import RelationalFactBookContract
from tests.contracts.gateway_book import GatewayBookContract
from tests.contracts.gateway_turns import GatewayTurnsContract
from tests.contracts.ledger import LedgerContract
from tests.contracts.letting_go import LettingGoContract
from tests.contracts.message_book import RelationalMessageBookContract
from tests.contracts.note_book import RelationalNoteBookContract
from tests.contracts.processes import ProcessesContract
from tests.contracts.relational.rows import ADMIN, CARER, WEI, people
from tests.contracts.relational_schema import SchemaContract
from tests.contracts.relational_store import RelationalContract
from tests.contracts.rollout_book import RolloutBookContract
from tests.contracts.rule_book import RuleBookContract
from tests.contracts.seals import CANARY, SealsContract, fill_the_rest
from tests.contracts.sign_in_books import SignInBooksContract
from tests.contracts.sign_in_ways import RelationalSignInWaysContract
from tests.contracts.telling_books import TellingBooksContract
from tests.contracts.wearing_turns import WearingTurnsContract
from tests.fakes.gateway import eventually
from tests.fakes.master_key import opened as open_with_key
from tests.fakes.postgres import pg_dump, postgres
from tests.integration.test_canary import forms
from vitals.errors import StorageError

__all__ = ["people"]

EMPTIED = "; ".join(f"DELETE FROM {table.name}" for table in reversed(metadata.sorted_tables))  # noqa: S608
"""Faster than TRUNCATE, which makes new files for every table and index."""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with postgres() as address:
        yield address


@pytest.fixture
def store(url: str) -> Iterator[Relational]:
    opened = open_with_key(url)
    with opened.database.write() as connection:
        connection.exec_driver_sql(EMPTIED)
    yield opened
    opened.close()


class TestPostgres(RelationalContract):
    """PostgreSQL keeps the relational contract."""


class TestGatewayTurnsOnPostgres(GatewayTurnsContract):
    """PostgreSQL would let all of them go on at once."""


class TestWearingTurnsOnPostgres(WearingTurnsContract):
    """PostgreSQL would let both go on at once."""


class TestBurdenOnPostgres(BurdenContract):
    """PostgreSQL tells what became of alerts."""


class TestContactsOnPostgres(ContactBookContract):
    """PostgreSQL keeps by which ways people can be reached."""

    @pytest.fixture
    def contacts(self, store: Relational) -> ContactBook:
        store.directory.add_person(CARER)
        store.directory.add_person(ADMIN)
        return store.contacts


class TestGatewayBookOnPostgres(GatewayBookContract):
    """PostgreSQL keeps which gateways were let in."""

    @pytest.fixture
    def book(self, store: Relational) -> GatewayBook:
        return store.gateway_book


class TestErasureBookOnPostgres(ErasureBookContract):
    """PostgreSQL keeps which erasures were asked for."""

    @pytest.fixture
    def book(self, store: Relational) -> ErasureBook:
        return store.erasures


class TestErasuresOnPostgres(ErasuresContract):
    """PostgreSQL keeps, enters and tells them together."""


class TestFactsOnPostgres(RelationalFactBookContract):
    """PostgreSQL keeps what is said of patients."""


class TestMessagesOnPostgres(RelationalMessageBookContract):
    """PostgreSQL keeps the threads of patients."""


class TestNotesOnPostgres(RelationalNoteBookContract):
    """PostgreSQL keeps clinical notes."""


class TestSignInBooksOnPostgres(SignInBooksContract):
    """PostgreSQL keeps the ways in."""


class TestSignInWaysOnPostgres(RelationalSignInWaysContract):
    """PostgreSQL keeps the ways in."""


class TestSealsOnPostgres(SealsContract):
    """PostgreSQL keeps sealed what identifies people."""

    def test_a_dump_of_everything_names_nobody(self, sealed_store: Relational, url: str) -> None:
        fill_the_rest(sealed_store)
        assert sealed_store.ledger.enter() > 0
        dump = pg_dump(url)
        assert b"COPY public.patient " in dump
        assert b"COPY public.ledger_entry " in dump
        assert not any(form in dump for form in forms(CANARY))


class TestLettingGoOnPostgres(LettingGoContract):
    """PostgreSQL lets go of what is old."""


class TestTellingBooksOnPostgres(TellingBooksContract):
    """PostgreSQL keeps what people set about being told."""


class TestProcessesOnPostgres(ProcessesContract):
    """PostgreSQL keeps what processes tell each other."""


class TestLedgerOnPostgres(LedgerContract):
    """Keeps the ledger's contract."""


class TestRolloutsOnPostgres(RolloutBookContract):
    """The store is the one above."""


class TestRuleBookOnPostgres(RuleBookContract):
    """PostgreSQL keeps what was changed of rules."""


class TestPostgresSchema(SchemaContract):
    """PostgreSQL keeps the contract of tables and migrations."""

    @pytest.fixture
    def url(self, url: str) -> str:
        with closing(Database(url)) as database, database.write() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
        return url


def test_processes_that_start_together_migrate_once(store: Relational, url: str) -> None:
    with store.database.write() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    program = "import sys; from tests.fakes.master_key import opened; opened(sys.argv[1])"
    started = [subprocess.Popen([sys.executable, "-c", program, url]) for _ in range(3)]
    assert [one.wait(60) for one in started] == [0, 0, 0]
    store.directory.add_patient(WEI)
    assert store.directory.patient("wei") == WEI


def test_a_server_that_is_not_there_raises_without_telling_the_password() -> None:
    with pytest.raises(StorageError) as caught:
        open_with_key("postgresql://carewire:open-sesame@127.0.0.1:9/postgres?connect_timeout=2")
    assert "open-sesame" not in str(caught.value)


def test_one_frozen_between_its_fence_and_its_commit_holds_nobody_up_for_long(
    store: Relational, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cloud.storage.relational.leases.FROZEN_AFTER_MS", 3_000)
    (lease,) = store.leases.claim(store.leases.leases()[:1], "frozen")
    with pytest.raises(StorageError):
        _stand_still(store, lease, lambda: _claimed(store, lease))
    assert store.leases.leases()[0] == Lease(partition=0, epoch=2, holder="other")


def _stand_still(store: Relational, lease: Lease, is_over: Callable[[], bool]) -> None:
    """Begin a commit and do nothing more until it is over for the others; then go on."""
    with store.database.write() as connection:
        fence(connection, {lease.partition: lease.epoch})
        assert not is_over()
        eventually(is_over, 60)
        connection.execute(text("SELECT 1"))


def _claimed(store: Relational, lease: Lease) -> bool:
    try:
        return bool(store.leases.claim([lease], "other"))
    except StorageError:
        return False
