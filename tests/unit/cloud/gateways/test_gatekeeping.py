"""The broker is kept to the book: what it must know is written, and whoever was revoked is turned out."""

import threading
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from cryptography import x509

from cloud.gateways.broker_files import BrokerFiles
from cloud.gateways.gatekeeping import PATIENCE_ROUNDS, Gatekeeping, Pass
from cloud.ports import GatewayCertificate
from tests.fakes.clock import FakeClock
from tests.fakes.gateway_book import FakeGatewayBook
from tests.fakes.identities import an_authority, random_bytes
from vitals.errors import DeliveryError


@dataclass(slots=True)
class FakeDoor:
    """A broker that goes by the list it read when it was last started."""

    folder: Path
    clock: FakeClock = field(default_factory=FakeClock)
    is_away: bool = False
    came: list[str] = field(default_factory=list)
    void: set[int] = field(default_factory=set)

    def start_anew(self) -> None:
        listed = x509.load_pem_x509_crl((self.folder / "revoked.crl").read_bytes())
        self.void = {each.serial_number for each in listed}

    def lets_in(self, key_to_it: Pass) -> bool:
        if self.is_away:
            raise DeliveryError("the broker is away: start it")
        ends_ms = key_to_it.certificate.not_valid_after_utc.timestamp() * 1000
        if key_to_it.certificate.serial_number in self.void or ends_ms <= self.clock.wall_ms():
            return False
        self.came.append(key_to_it.name)
        return True


@pytest.fixture
def book() -> FakeGatewayBook:
    return FakeGatewayBook()


@pytest.fixture
def door(tmp_path: Path) -> FakeDoor:
    return FakeDoor(tmp_path)


@pytest.fixture
def keeping(book: FakeGatewayBook, door: FakeDoor, tmp_path: Path) -> Gatekeeping:
    return keeping_over(book, door, tmp_path)


def keeping_over(book: FakeGatewayBook, door: FakeDoor, folder: Path) -> Gatekeeping:
    return Gatekeeping(
        book=book,
        authority=an_authority(),
        files=BrokerFiles(folder=folder),
        door=door,
        clock=door.clock,
        randomness=random_bytes,
    )


def revoke(book: FakeGatewayBook, serial: str = "a1") -> None:
    book.add_certificate(
        GatewayCertificate(
            serial=serial,
            gateway="hallway",
            key_hash=b"k",
            der=b"",
            issued_ms=0,
            expires_ms=2**45,
            revoked_ms=1,
        )
    )
    book.revoke("hallway", 1)


def test_who_was_revoked_is_turned_out_once_the_broker_goes_by_it(
    keeping: Gatekeeping, book: FakeGatewayBook, door: FakeDoor
) -> None:
    keeping.step()
    revoke(book)
    keeping.step()
    assert "hallway" not in door.came
    door.start_anew()
    assert 0xA1 in door.void
    keeping.step()
    assert door.came[-1] == "hallway"
    assert book.standings()["hallway"].severed_ms is not None
    keeping.step()
    assert door.came.count("hallway") == 1


def test_a_broker_that_never_goes_by_it_is_told_of(keeping: Gatekeeping, book: FakeGatewayBook) -> None:
    revoke(book)
    for _ in range(PATIENCE_ROUNDS - 1):
        keeping.step()
        assert keeping.troubles() == ()
    keeping.step()
    assert "start it anew" in keeping.troubles()[0]


def test_nor_is_it_taken_to_go_by_it_once_days_have_passed(
    keeping: Gatekeeping, book: FakeGatewayBook, door: FakeDoor
) -> None:
    revoke(book)
    keeping.step()
    door.clock.advance(3 * 86_400)
    for _ in range(PATIENCE_ROUNDS):
        keeping.step()
    assert book.standings()["hallway"].severed_ms is None
    assert "start it anew" in keeping.troubles()[0]


def test_a_broker_or_a_book_that_is_away_is_told_of_and_tried_again(
    keeping: Gatekeeping, book: FakeGatewayBook, door: FakeDoor
) -> None:
    revoke(book)
    keeping.step()
    door.start_anew()
    door.is_away, book.is_away = True, False
    keeping.step()
    assert "the broker is away" in keeping.troubles()[0]
    door.is_away, book.is_away = False, True
    keeping.step()
    assert "the database is away" in keeping.troubles()[0]
    book.is_away = False
    keeping.step()
    assert keeping.troubles() == ()
    assert book.standings()["hallway"].severed_ms is not None


def test_a_service_that_starts_anew_leaves_files_that_say_enough_as_they_are(
    keeping: Gatekeeping, book: FakeGatewayBook, door: FakeDoor, tmp_path: Path
) -> None:
    revoke(book)
    keeping.step()
    door.start_anew()
    keeping.step()
    before = (tmp_path / "revoked.crl").read_bytes()
    keeping_over(book, door, tmp_path).step()
    assert (tmp_path / "revoked.crl").read_bytes() == before


@pytest.mark.parametrize("found", [b"", b"torn", b"-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----"])
def test_a_list_that_is_none_is_written_anew(
    keeping: Gatekeeping, door: FakeDoor, tmp_path: Path, found: bytes
) -> None:
    (tmp_path / "revoked.crl").write_bytes(found)
    keeping.step()
    door.start_anew()
    assert door.void


def test_whatever_it_meets_it_goes_on(keeping: Gatekeeping, monkeypatch: pytest.MonkeyPatch) -> None:
    stop, seen = threading.Event(), []

    def fails(_: Gatekeeping) -> None:
        seen.append(1)
        stop.set()
        raise RuntimeError

    monkeypatch.setattr(Gatekeeping, "step", fails)
    keeping.wake()
    keeping.run(stop)
    assert seen
    assert "see the log" in keeping.troubles()[0]
