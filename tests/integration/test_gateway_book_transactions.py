"""Letting a gateway in is one transaction: all of it, with its entry on the ledger, or nothing."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from cloud.bootstrap.gateways import enrolment_over
from cloud.gateways.authority_files import keep_authority
from cloud.gateways.enrolment import EnrolmentDesk
from cloud.gateways.errors import NotInvitedError
from cloud.ports import LedgerNote
from cloud.storage.relational.opening import Relational, open_relational
from tests.contracts.gateway_turns import GatewayTurnsContract
from tests.fakes.clock import FakeClock
from tests.fakes.cloud_process import CloudProcess
from tests.fakes.identities import a_key, a_request, an_authority
from vitals.errors import StorageError


@pytest.fixture
def relational(tmp_path: Path) -> Iterator[Relational]:
    opened = open_relational(f"sqlite:///{tmp_path}/carewire.db")
    yield opened
    opened.close()


@pytest.fixture
def desk(tmp_path: Path, relational: Relational) -> EnrolmentDesk:
    settings = CloudProcess(tmp_path).settings
    keep_authority(settings.authority_dir(), an_authority())
    return enrolment_over(settings, relational, FakeClock())


class TestTurnsOnSqlite(GatewayTurnsContract):
    """SQLite has one writer at a time."""

    @pytest.fixture
    def store(self, relational: Relational) -> Relational:
        return relational


class FullLedger:
    def append(self, note: LedgerNote) -> None:
        raise StorageError(f"the disk is full: {note.deed} was not written down")


def test_what_cannot_be_written_on_the_ledger_does_not_happen(
    desk: EnrolmentDesk, relational: Relational
) -> None:
    token = desk.invite("hallway", by="ada").token
    full = replace(desk, ledger=FullLedger())
    with pytest.raises(StorageError):
        full.enrol(token, a_request())
    assert relational.gateway_book.certificates() == ()
    assert relational.credentials.credentials() == ()
    assert desk.enrol(token, a_request()).gateway == "hallway", "the code is still good"
    with pytest.raises(StorageError):
        full.revoke("hallway", by="ada")
    assert relational.gateway_book.standings()["hallway"].revoked_ms is None


def test_of_two_who_come_at_once_with_one_code_exactly_one_is_let_in(
    desk: EnrolmentDesk, relational: Relational
) -> None:
    token = desk.invite("hallway", by="ada").token
    together, let_in, refused = threading.Barrier(2), [], []

    def come(name: str) -> None:
        csr = a_request(a_key(name))
        together.wait(10)
        try:
            let_in.append(desk.enrol(token, csr))
        except NotInvitedError:
            refused.append(name)

    those = [threading.Thread(target=come, args=(name,)) for name in ("one", "other")]
    for one in those:
        one.start()
    for one in those:
        one.join(30)
    assert (len(let_in), len(refused)) == (1, 1)
    assert len(relational.gateway_book.certificates()) == 1
    (invitation,) = relational.gateway_book.invitations()
    assert invitation.replays == 1
