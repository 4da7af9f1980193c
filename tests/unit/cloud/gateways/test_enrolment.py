"""Letting gateways in, renewing, taking back: each attack on it, and what becomes of it."""

from dataclasses import replace

import pytest
from cryptography import x509

from cloud.gateways.enrolment import LONGEST_INVITATION_MS, ROUTINE_INVITATION_MS, EnrolmentDesk
from cloud.gateways.errors import (
    CertificateRequestError,
    NoAuthorityError,
    NotInvitedError,
    NotProvenError,
)
from cloud.ports import Deed
from tests.fakes.clock import FakeClock
from tests.fakes.cloud_services import FakeCloud
from tests.fakes.identities import a_key, a_renewal, a_request, an_authority
from vitals.errors import EnvelopeError
from vitals.wire.enrolment import Enrolled

DAY_S = 86_400


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def cloud(clock: FakeClock) -> FakeCloud:
    return FakeCloud(clock=clock)


@pytest.fixture
def desk(cloud: FakeCloud) -> EnrolmentDesk:
    return cloud.enrolment


def invited(desk: EnrolmentDesk, gateway: str = "hallway") -> str:
    return desk.invite(gateway, by="ada").token


def enrolled(desk: EnrolmentDesk, gateway: str = "hallway", **request) -> Enrolled:
    return desk.enrol(invited(desk, gateway), a_request(**request))


def certificate_of(answer: Enrolled) -> x509.Certificate:
    return x509.load_pem_x509_certificate(answer.certificate.encode())


def serial_of(answer: Enrolled) -> str:
    return f"{certificate_of(answer).serial_number:x}"


def deeds(cloud: FakeCloud) -> list[Deed]:
    return [note.deed for note in cloud.ledger.notes]


def test_a_gateway_is_told_whose_releases_to_take(desk: EnrolmentDesk) -> None:
    told = replace(desk, place=replace(desk.place, release_keys=("a" * 64,)))
    assert (enrolled(desk).release_keys, enrolled(told, "attic").release_keys) == ((), ("a" * 64,))


class TestEnrolling:
    """One token, one gateway, once."""

    def test_the_certificate_is_for_whom_the_code_was_made_whatever_the_request_asks_for(
        self, desk: EnrolmentDesk
    ) -> None:
        answer = enrolled(desk, common="garden")
        made = certificate_of(answer)
        assert made.subject.rfc4514_string() == "CN=hallway"
        assert made.public_key() == a_key().public_key()
        made.verify_directly_issued_by(an_authority().certificate)
        assert answer.gateway == "hallway"

    def test_with_it_comes_a_token_for_http_that_is_its_own(
        self, desk: EnrolmentDesk, cloud: FakeCloud
    ) -> None:
        answer = enrolled(desk)
        assert answer.token is not None
        assert cloud.gateway_access.gateway(answer.token) == "hallway"

    def test_no_token_and_no_key_is_kept(self, desk: EnrolmentDesk, cloud: FakeCloud) -> None:
        token = invited(desk)
        answer = desk.enrol(token, a_request())
        kept = repr(cloud.gateway_book) + repr(cloud.credentials.kept) + repr(cloud.ledger.notes)
        assert token not in kept
        assert (answer.token or "?") not in kept

    def test_it_is_on_the_ledger_with_who_made_the_code(self, desk: EnrolmentDesk, cloud: FakeCloud) -> None:
        answer = enrolled(desk)
        (note,) = cloud.ledger.notes
        assert (note.deed, note.actor) == (Deed.GATEWAY_ENROLLED, "ada")
        assert note.about == {"gateway": "hallway", "certificate": serial_of(answer)}

    def test_a_code_is_good_until_it_ends(self, desk: EnrolmentDesk, clock: FakeClock) -> None:
        token = invited(desk)
        clock.advance(ROUTINE_INVITATION_MS / 1000)
        with pytest.raises(NotInvitedError):
            desk.enrol(token, a_request())

    def test_no_code_lasts_longer_than_a_week(self, desk: EnrolmentDesk, cloud: FakeCloud) -> None:
        desk.invite("hallway", by="ada", lasts_ms=10**12)
        (kept,) = cloud.gateway_book.invitations()
        assert kept.expires_ms - kept.made_ms == LONGEST_INVITATION_MS

    def test_a_token_that_was_never_made_is_refused_as_one_that_has_ended_is(
        self, desk: EnrolmentDesk, clock: FakeClock
    ) -> None:
        token = invited(desk)
        clock.advance(ROUTINE_INVITATION_MS / 1000)
        said = []
        for each in (token, "made-up"):
            with pytest.raises(NotInvitedError) as refused:
                desk.enrol(each, a_request())
            said.append(str(refused.value))
        assert said[0] == said[1]

    def test_a_used_token_with_another_key_is_refused_and_told(
        self, desk: EnrolmentDesk, cloud: FakeCloud
    ) -> None:
        token = invited(desk)
        answer = desk.enrol(token, a_request())
        with pytest.raises(NotInvitedError):
            desk.enrol(token, a_request(a_key("thief")))
        (kept,) = cloud.gateway_book.invitations()
        assert (kept.replays, kept.replayed_ms) == (1, cloud.clock.wall_ms())
        assert list(cloud.gateway_book.certified) == [serial_of(answer)]
        assert cloud.gateway_access.gateway(answer.token or "") == "hallway"

    def test_whose_answer_was_lost_asks_again_with_the_same_key_and_gets_the_same(
        self, desk: EnrolmentDesk, cloud: FakeCloud
    ) -> None:
        token = invited(desk)
        first, again = (desk.enrol(token, a_request()) for _ in range(2))
        assert first.certificate == again.certificate
        assert cloud.gateway_access.gateway(first.token or "") is None
        assert cloud.gateway_access.gateway(again.token or "") == "hallway"
        assert deeds(cloud) == [Deed.GATEWAY_ENROLLED]

    def test_the_same_key_gets_nothing_again_once_it_was_revoked(
        self, desk: EnrolmentDesk, cloud: FakeCloud
    ) -> None:
        token = invited(desk)
        desk.enrol(token, a_request())
        desk.revoke("hallway", by="ada")
        with pytest.raises(NotInvitedError):
            desk.enrol(token, a_request())
        assert cloud.gateway_book.standings()["hallway"].revoked_ms is not None

    def test_a_request_that_is_none_leaves_the_code_good(self, desk: EnrolmentDesk) -> None:
        token = invited(desk)
        with pytest.raises(CertificateRequestError):
            desk.enrol(token, "torn")
        assert desk.enrol(token, a_request()).gateway == "hallway"

    def test_whoever_is_let_in_anew_ends_what_was_there_before(
        self, desk: EnrolmentDesk, cloud: FakeCloud
    ) -> None:
        lost = enrolled(desk)
        found = enrolled(desk, key=a_key("new"))
        assert cloud.gateway_book.revoked_serials(cloud.clock.wall_ms()) == {serial_of(lost)}
        assert cloud.gateway_access.gateway(lost.token or "") is None
        assert cloud.gateway_access.gateway(found.token or "") == "hallway"

    def test_one_code_changes_nothing_of_another_gateway(self, desk: EnrolmentDesk, cloud: FakeCloud) -> None:
        garden = enrolled(desk, "garden", key=a_key("garden"))
        enrolled(desk)
        assert cloud.gateway_access.gateway(garden.token or "") == "garden"

    @pytest.mark.parametrize("gateway", ["ingest", "broker", "a/b", "#", ""])
    def test_no_code_is_made_for_a_name_no_gateway_may_have(self, desk: EnrolmentDesk, gateway: str) -> None:
        with pytest.raises(EnvelopeError):
            invited(desk, gateway)

    def test_without_an_authority_nobody_is_invited(self, clock: FakeClock) -> None:
        with pytest.raises(NoAuthorityError, match="carewire cloud authority init"):
            invited(FakeCloud(clock=clock, authority=None).enrolment)


class TestRenewing:
    """The key in use vouches for the next one."""

    def test_the_next_certificate_is_for_the_new_key_and_the_one_before_stays_good(
        self, desk: EnrolmentDesk, cloud: FakeCloud, clock: FakeClock
    ) -> None:
        first = enrolled(desk)
        clock.advance(60 * DAY_S)
        answer = desk.renew("hallway", a_renewal(serial_of(first)))
        made = certificate_of(answer)
        assert made.public_key() == a_key("next").public_key()
        assert made.subject.rfc4514_string() == "CN=hallway"
        assert made.not_valid_after_utc > certificate_of(first).not_valid_after_utc
        assert cloud.gateway_book.revoked_serials(clock.wall_ms()) == frozenset()

    def test_asked_again_with_the_same_key_it_gives_the_same(self, desk: EnrolmentDesk) -> None:
        request = a_renewal(serial_of(enrolled(desk)))
        assert desk.renew("hallway", request).certificate == desk.renew("hallway", request).certificate

    def test_with_each_certificate_comes_a_token_and_the_one_before_ends_soon_after(
        self, desk: EnrolmentDesk, cloud: FakeCloud, clock: FakeClock
    ) -> None:
        first = enrolled(desk)
        clock.advance(60 * DAY_S)
        second = desk.renew("hallway", a_renewal(serial_of(first)))
        assert first.token
        assert second.token
        assert cloud.gateway_access.gateway(first.token) == "hallway", "the answer may not have arrived"
        clock.advance(15 * DAY_S)
        assert cloud.gateway_access.gateway(second.token) == "hallway"
        clock.advance(15 * DAY_S)
        assert cloud.gateway_access.gateway(first.token) is None
        assert cloud.gateway_access.gateway(second.token) == "hallway"

    def test_nobody_renews_without_the_key_in_use(self, desk: EnrolmentDesk) -> None:
        stolen = a_renewal(serial_of(enrolled(desk)), by=a_key("thief"))
        with pytest.raises(NotProvenError):
            desk.renew("hallway", stolen)

    def test_a_vouching_for_one_key_is_none_for_another(self, desk: EnrolmentDesk) -> None:
        serial = serial_of(enrolled(desk))
        theirs, mine = a_renewal(serial), a_renewal(serial, to=a_key("thief"))
        forged = a_renewal(serial, by=a_key("thief"), to=a_key("thief"))
        assert desk.renew("hallway", mine).gateway == "hallway"
        swapped = type(forged)(csr=forged.csr, serial=serial, signature=theirs.signature)
        with pytest.raises(NotProvenError):
            desk.renew("hallway", swapped)

    def test_no_gateway_renews_by_anothers_certificate(self, desk: EnrolmentDesk) -> None:
        serial = serial_of(enrolled(desk))
        enrolled(desk, "garden", key=a_key("garden"))
        with pytest.raises(NotProvenError):
            desk.renew("garden", a_renewal(serial))

    def test_one_that_has_ended_or_was_revoked_or_never_was_renews_nothing(
        self, desk: EnrolmentDesk, clock: FakeClock
    ) -> None:
        first = enrolled(desk)
        with pytest.raises(NotProvenError, match="enrol again"):
            desk.renew("hallway", a_renewal("abc"))
        clock.advance(90 * DAY_S)
        with pytest.raises(NotProvenError, match="enrol again"):
            desk.renew("hallway", a_renewal(serial_of(first)))
        second = enrolled(desk)
        desk.revoke("hallway", by="ada")
        with pytest.raises(NotProvenError, match="enrol again"):
            desk.renew("hallway", a_renewal(serial_of(second)))

    @pytest.mark.parametrize("signature", ["", "?", "AAAA"])
    def test_a_signature_that_is_none_proves_nothing(self, desk: EnrolmentDesk, signature: str) -> None:
        request = a_renewal(serial_of(enrolled(desk)))
        with pytest.raises(NotProvenError):
            desk.renew("hallway", type(request)(csr=request.csr, serial=request.serial, signature=signature))

    def test_a_gateway_that_renews_without_end_has_few_certificates_that_are_good(
        self, desk: EnrolmentDesk, cloud: FakeCloud, clock: FakeClock
    ) -> None:
        serial = serial_of(enrolled(desk))
        for number in range(9):
            clock.advance(1)
            desk.renew("hallway", a_renewal(serial, to=a_key(f"key-{number}")))
        good = [each for each in cloud.gateway_book.certificates() if each.revoked_ms is None]
        assert len(good) <= 5
        assert serial in {each.serial for each in good}


class TestRevoking:
    """Whoever is revoked has nothing left, by any way."""

    def test_certificates_and_tokens_are_worthless_and_it_is_on_the_ledger(
        self, desk: EnrolmentDesk, cloud: FakeCloud
    ) -> None:
        answer = enrolled(desk)
        assert desk.revoke("hallway", by="ada") == 2
        now_ms = cloud.clock.wall_ms()
        assert cloud.gateway_book.revoked_serials(now_ms) == {serial_of(answer)}
        assert cloud.gateway_book.standings()["hallway"].revoked_ms == now_ms
        assert cloud.gateway_access.gateway(answer.token or "") is None
        assert deeds(cloud) == [Deed.GATEWAY_ENROLLED, Deed.GATEWAY_REVOKED]

    def test_another_gateway_keeps_what_it_has(self, desk: EnrolmentDesk, cloud: FakeCloud) -> None:
        garden = enrolled(desk, "garden", key=a_key("garden"))
        enrolled(desk)
        desk.revoke("hallway", by="ada")
        assert cloud.gateway_access.gateway(garden.token or "") == "garden"
        assert "garden" not in {
            name for name, each in cloud.gateway_book.standings().items() if each.revoked_ms
        }

    def test_one_that_was_never_let_in_by_certificate_is_revoked_as_well(
        self, desk: EnrolmentDesk, cloud: FakeCloud
    ) -> None:
        token = cloud.gateway_access.issue("attic")
        assert desk.revoke("attic", by="operator") == 1
        assert cloud.gateway_access.gateway(token) is None
        assert cloud.gateway_book.standings()["attic"].revoked_ms is not None

    def test_a_revoked_gateway_comes_back_by_a_new_code_alone(
        self, desk: EnrolmentDesk, cloud: FakeCloud
    ) -> None:
        enrolled(desk)
        desk.revoke("hallway", by="ada")
        invited(desk)
        assert cloud.gateway_book.standings()["hallway"].revoked_ms is not None
        enrolled(desk)
        assert cloud.gateway_book.standings()["hallway"].revoked_ms is None


def test_for_whom_a_gateway_speaks_is_on_the_ledger_without_naming_them(
    desk: EnrolmentDesk, cloud: FakeCloud
) -> None:
    desk.speak_for("hallway", ["p-wei"], by="ada")
    desk.speak_for("hallway", None, by="ada")
    assert [note.about for note in cloud.ledger.notes] == [
        {"gateway": "hallway", "speaks_for": "1"},
        {"gateway": "hallway", "speaks_for": "anybody"},
    ]
    assert cloud.gateway_book.standings()["hallway"].patients is None


def test_a_certificate_is_read_from_the_book_and_never_from_who_asks(
    desk: EnrolmentDesk, cloud: FakeCloud
) -> None:
    serial = serial_of(enrolled(desk))
    kept = cloud.gateway_book.certified[serial]
    cloud.gateway_book.certified[serial] = replace(kept, gateway="garden")
    with pytest.raises(NotProvenError):
        desk.renew("hallway", a_renewal(serial))
