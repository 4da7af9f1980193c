"""What holds when a gateway is renewed, let in and revoked at once. A module derives it, with a `store`."""

import threading
from collections.abc import Callable
from itertools import count

import pytest
from cryptography import x509

from cloud.access.gateways import GatewayAccess
from cloud.gateways.enrolment import EnrolmentDesk, ServicePlace
from cloud.gateways.errors import NotProvenError
from cloud.ports import GatewayCertificate
from cloud.storage.relational.gateway_book import RelationalGatewayBook
from cloud.storage.relational.opening import Relational
from tests.fakes.clock import FakeClock
from tests.fakes.identities import a_key, a_renewal, a_request, an_authority
from vitals.wire.enrolment import Enrolled

_PATIENCE_S = 30.0
_HEAD_START_S = 0.3
"""How long the other is given to get between, which it must not."""


class PausingBook(RelationalGatewayBook):
    """Lets somebody else begin between looking at a certificate and giving the next."""

    def __init__(self, store: Relational) -> None:
        super().__init__(store.database)
        self.is_reached, self.is_past = threading.Event(), threading.Event()

    def certificate(self, serial: str) -> GatewayCertificate | None:
        found = super().certificate(serial)
        self.is_reached.set()
        self.is_past.wait(_HEAD_START_S)
        return found


def desk_over(store: Relational, book: RelationalGatewayBook | None = None) -> EnrolmentDesk:
    numbers = count(1)

    def randomness(size: int) -> bytes:
        return threading.get_native_id().to_bytes(8) + next(numbers).to_bytes(size - 8)

    clock = FakeClock()
    return EnrolmentDesk(
        authority=an_authority(),
        place=ServicePlace(url="https://care.test", is_public=False, broker_host="care.test", broker_port=1),
        book=book or store.gateway_book,
        access=GatewayAccess(store=store.credentials, clock=clock, randomness=randomness),
        ledger=store.ledger,
        clock=clock,
        randomness=randomness,
        together=store.database.together,
        certificate_days=90,
    )


def serial_of(answer: Enrolled) -> str:
    return f"{x509.load_pem_x509_certificate(answer.certificate.encode()).serial_number:x}"


def at_once(*deeds: Callable[[], object]) -> None:
    those = [threading.Thread(target=deed) for deed in deeds]
    for one in those:
        one.start()
    for one in those:
        one.join(_PATIENCE_S)
        assert not one.is_alive(), "they wait for each other"


class GatewayTurnsContract:
    """Whoever comes between sees all of what the other did, or nothing of it."""

    @pytest.fixture
    def desk(self, store: Relational) -> EnrolmentDesk:
        return desk_over(store)

    def test_two_renewals_at_once_for_one_key_are_given_one_certificate(
        self, store: Relational, desk: EnrolmentDesk
    ) -> None:
        first = desk.enrol(desk.invite("hallway", by="ada").token, a_request())
        request, given = a_renewal(serial_of(first)), list[str]()
        slow = desk_over(store, PausingBook(store))
        at_once(
            lambda: given.append(serial_of(slow.renew("hallway", request))),
            lambda: given.append(serial_of(desk.renew("hallway", request))),
        )
        assert len(given) == 2
        assert len(set(given)) == 1
        assert len(store.gateway_book.certificates("hallway")) == 2

    def test_however_many_renew_at_once_few_certificates_are_good(
        self, store: Relational, desk: EnrolmentDesk
    ) -> None:
        serial = serial_of(desk.enrol(desk.invite("hallway", by="ada").token, a_request()))
        requests = [a_renewal(serial, to=a_key(f"key-{number}")) for number in range(8)]
        at_once(*(lambda one=one: desk.renew("hallway", one) for one in requests))  # type: ignore[misc]
        good = [each for each in store.gateway_book.certificates("hallway") if each.revoked_ms is None]
        assert len(good) <= 5
        assert serial in {each.serial for each in good}

    @pytest.mark.parametrize("deed", ["revoked", "let in anew"])
    def test_nobody_who_loses_a_gateways_identity_renews_it_in_that_moment(
        self, store: Relational, desk: EnrolmentDesk, deed: str
    ) -> None:
        stolen = serial_of(desk.enrol(desk.invite("hallway", by="ada").token, a_request()))
        token, book = desk.invite("hallway", by="ada").token, PausingBook(store)
        slow = desk_over(store, book)

        def take_back() -> None:
            book.is_reached.wait(_PATIENCE_S)
            if deed == "revoked":
                desk.revoke("hallway", by="ada")
            else:
                desk.enrol(token, a_request(a_key("anew")))
            book.is_past.set()

        def renew() -> None:
            slow.renew("hallway", a_renewal(stolen, to=a_key("thief")))

        at_once(renew, take_back)
        good = [each for each in store.gateway_book.certificates("hallway") if each.revoked_ms is None]
        assert len(good) == (deed != "revoked")
        with pytest.raises(NotProvenError):
            desk.renew("hallway", a_renewal(stolen, to=a_key("thief again")))
