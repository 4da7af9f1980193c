"""What every book of gateways keeps. A test module derives a class and gives it a `book`."""

import threading
from dataclasses import replace

from cloud.ports import GatewayBook, GatewayCertificate, GatewayInvitation, GatewayStanding

TOKEN, KEY, OTHER_KEY = b"t" * 32, b"k" * 32, b"o" * 32
INVITATION = GatewayInvitation(
    token_hash=TOKEN, gateway="hallway", made_by="ada", made_ms=1_000, expires_ms=2_000
)
CERTIFICATE = GatewayCertificate(
    serial="a1", gateway="hallway", key_hash=KEY, der=b"\x00der\xff", issued_ms=1_000, expires_ms=9_000
)


class GatewayBookContract:
    """Invitations are used once; certificates are never forgotten; how a gateway stands is one row."""

    def test_what_was_kept_is_given_back(self, book: GatewayBook) -> None:
        book.invite(INVITATION)
        book.add_certificate(CERTIFICATE)
        assert book.invitation(TOKEN) == INVITATION
        assert book.invitation(b"x" * 32) is None
        assert list(book.invitations()) == [INVITATION]
        assert book.certificate("a1") == CERTIFICATE
        assert book.certificate("b2") is None

    def test_an_invitation_is_used_up_by_the_first_key(self, book: GatewayBook) -> None:
        book.invite(INVITATION)
        assert book.claim(TOKEN, KEY, 1_500)
        assert not book.claim(TOKEN, OTHER_KEY, 1_501)
        assert not book.claim(TOKEN, KEY, 1_502)
        assert book.invitation(TOKEN) == replace(INVITATION, used_ms=1_500, key_hash=KEY)

    def test_an_invitation_that_has_ended_or_never_was_is_not_used(self, book: GatewayBook) -> None:
        book.invite(INVITATION)
        assert not book.claim(TOKEN, KEY, 2_000)
        assert not book.claim(b"x" * 32, KEY, 1_500)
        assert book.invitation(TOKEN) == INVITATION

    def test_of_many_who_come_at_once_exactly_one_gets_in(self, book: GatewayBook) -> None:
        book.invite(INVITATION)
        together, won = threading.Barrier(4), []

        def come(key: bytes) -> None:
            together.wait(10)
            if book.claim(TOKEN, key, 1_500):
                won.append(key)

        those = [threading.Thread(target=come, args=(bytes([number]) * 32,)) for number in range(4)]
        for one in those:
            one.start()
        for one in those:
            one.join(30)
        used = book.invitation(TOKEN)
        assert used is not None
        assert won == [used.key_hash]

    def test_who_comes_again_is_counted(self, book: GatewayBook) -> None:
        book.invite(INVITATION)
        book.note_replay(TOKEN, 1_600)
        book.note_replay(TOKEN, 1_700)
        assert book.invitation(TOKEN) == replace(INVITATION, replays=2, replayed_ms=1_700)

    def test_a_revoked_certificate_stays_so_since_when_it_was_and_is_listed_until_it_ends(
        self, book: GatewayBook
    ) -> None:
        book.add_certificate(CERTIFICATE)
        book.add_certificate(replace(CERTIFICATE, serial="b2", issued_ms=2_000))
        book.revoke_certificates(["a1"], 3_000)
        book.revoke_certificates(["a1"], 4_000)
        found = [(each.serial, each.revoked_ms) for each in book.certificates("hallway")]
        assert found == [("b2", None), ("a1", 3_000)]
        assert book.revoked_serials(8_999) == {"a1"}
        assert book.revoked_serials(9_000) == frozenset()
        assert not book.certificates("garden")

    def test_a_gateway_is_let_in_revoked_cut_off_and_let_in_again(self, book: GatewayBook) -> None:
        assert book.standings() == {}
        book.let_in("hallway", 1_000)
        book.revoke("hallway", 2_000)
        book.note_severed("hallway", 2_500)
        book.revoke("hallway", 3_000)
        cut_off = GatewayStanding(gateway="hallway", enrolled_ms=1_000, revoked_ms=2_000, severed_ms=2_500)
        assert book.standings() == {"hallway": cut_off}
        book.note_twins("hallway", 2_600)
        book.let_in("hallway", 4_000)
        assert book.standings() == {"hallway": GatewayStanding(gateway="hallway", enrolled_ms=4_000)}

    def test_with_a_gateway_the_codes_are_revoked_that_nobody_used_yet(self, book: GatewayBook) -> None:
        elsewhere = replace(INVITATION, token_hash=b"x" * 32, gateway="garden")
        used = replace(INVITATION, token_hash=b"u" * 32, used_ms=1_200, key_hash=b"k" * 32)
        for each in (INVITATION, elsewhere, used):
            book.invite(each)
        book.revoke("hallway", 1_300)
        assert book.invitation(TOKEN) == replace(INVITATION, expires_ms=1_300)
        assert not book.claim(TOKEN, b"k" * 32, 1_300)
        assert book.invitation(b"x" * 32) == elsewhere
        assert book.invitation(b"u" * 32) == used

    def test_one_of_whom_nothing_was_known_is_revoked_as_well(self, book: GatewayBook) -> None:
        book.revoke("garden", 2_000)
        assert book.standings()["garden"] == GatewayStanding(gateway="garden", revoked_ms=2_000)

    def test_for_whom_a_gateway_speaks_is_as_it_was_said_last(self, book: GatewayBook) -> None:
        book.speak_for("hallway", ["wei", "ana", "wei"])
        assert book.standings()["hallway"].patients == {"wei", "ana"}
        book.let_in("hallway", 5)
        book.speak_for("hallway", [])
        assert book.standings()["hallway"].patients == frozenset()
        book.speak_for("hallway", None)
        assert book.standings()["hallway"] == GatewayStanding(gateway="hallway", enrolled_ms=5)
