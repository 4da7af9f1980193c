"""The way to a provider and back, and whom it leads to."""

from urllib.parse import parse_qs, urlsplit

import pytest

from cloud.access.attempts import LIFE_MS
from cloud.access.openid.refusals import OpenIdRefusal
from cloud.ports import LinkedIdentity
from tests.fakes.cloud_services import DOCTOR, OWNER
from tests.fakes.identity_provider import CLIENT_ID, SECRET, rsa_key
from tests.fakes.openid_desk import Desk, refused, returned


def test_who_is_linked_signs_in(desk: Desk) -> None:
    desk.link()
    assert desk.came_back(desk.open()) == DOCTOR
    assert desk.ways.linked_identities.links()[0].used_ms == desk.clock.wall_ms()
    assert desk.ways.attempts.kept == {}


def test_the_way_there_says_what_it_must_and_nothing_of_anybody(desk: Desk) -> None:
    desk.hospital.says = {"authorization_endpoint": f"{desk.hospital.issuer}/authorize?tenant=9#x"}
    _, address = desk.open().begin()
    query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    assert {name: query.pop(name) for name in ("state", "nonce", "code_challenge")}
    assert query == {
        "tenant": "9",
        "response_type": "code",
        "client_id": CLIENT_ID,
        "redirect_uri": "http://localhost:8080/sign-in/openid/back",
        "scope": "openid",
        "code_challenge_method": "S256",
    }


def test_two_ways_there_share_no_secret(desk: Desk) -> None:
    log_in = desk.open()
    (one, first), (two, second) = log_in.begin(), log_in.begin()
    assert one != two
    queries = [parse_qs(urlsplit(each).query) for each in (first, second)]
    assert all(queries[0][name] != queries[1][name] for name in ("state", "nonce", "code_challenge"))


@pytest.mark.parametrize("algorithm", ["RS256", "PS512"])
def test_tokens_signed_with_rsa_are_understood(desk: Desk, algorithm: str) -> None:
    desk.link()
    desk.hospital.key, desk.hospital.algorithm = rsa_key("r1"), algorithm
    assert desk.came_back(desk.open()) == DOCTOR


@pytest.mark.parametrize(
    ("methods", "secret"),
    [(["client_secret_post"], SECRET), (["private_key_jwt", "client_secret_basic"], SECRET)],
)
def test_the_secret_is_sent_as_the_provider_asks(desk: Desk, methods: list[str], secret: str) -> None:
    desk.link()
    desk.hospital.says, desk.secret = {"token_endpoint_auth_methods_supported": methods}, secret
    assert desk.came_back(desk.open()) == DOCTOR


def test_without_our_secret_nobody_comes_in(desk: Desk) -> None:
    desk.link()
    for secret in (None, "another"):
        desk.secret = secret
        assert refused(lambda: desk.came_back(desk.open())) == (OpenIdRefusal.NOT_TRUSTED, "status 400")


def test_what_comes_back_counts_once_and_in_the_browser_that_went(desk: Desk) -> None:
    desk.link()
    log_in = desk.open()
    key, address = log_in.begin()
    elsewhere, _ = log_in.begin()
    query = desk.hospital.log_in(address)
    for stolen in (elsewhere, None, "made-up"):
        assert (
            refused(lambda stolen=stolen: log_in.come_back(stolen, returned(query), None))[0]
            is OpenIdRefusal.OVER
        )
    assert log_in.come_back(key, returned(query), None) == DOCTOR
    assert refused(lambda: log_in.come_back(key, returned(query), None))[0] is OpenIdRefusal.OVER


@pytest.mark.parametrize("state", ["", "0", "\udcff", "ü"])
def test_another_state_is_not_ours(desk: Desk, state: str) -> None:
    desk.link()
    log_in = desk.open()
    assert refused(lambda: desk.came_back(log_in, state=state)) == (OpenIdRefusal.OVER, "state")
    assert not any(asked.startswith("POST") for asked in desk.hospital.asked)


def test_who_takes_longer_than_five_minutes_begins_again(desk: Desk) -> None:
    desk.link()
    log_in = desk.open()
    key, address = log_in.begin()
    query = desk.hospital.log_in(address)
    desk.clock.advance(LIFE_MS / 1000)
    assert refused(lambda: log_in.come_back(key, returned(query), None))[0] is OpenIdRefusal.OVER


def test_an_answer_of_another_provider_is_refused(desk: Desk) -> None:
    desk.link()
    log_in = desk.open()
    assert refused(lambda: desk.came_back(log_in, iss="https://evil.example.org")) == (
        OpenIdRefusal.NOT_TRUSTED,
        "iss",
    )
    assert desk.came_back(log_in, iss=None) == DOCTOR
    desk.hospital.says = {"authorization_response_iss_parameter_supported": True}
    assert refused(lambda: desk.came_back(desk.open(), iss=None)) == (OpenIdRefusal.NOT_TRUSTED, "iss")


def test_who_is_refused_there_or_turns_back_is_told_so(desk: Desk) -> None:
    log_in = desk.open()
    assert refused(lambda: desk.came_back(log_in, error="access_denied"))[0] is OpenIdRefusal.CANCELLED


def test_a_code_of_another_is_worth_nothing(desk: Desk) -> None:
    """The verifier is that of whoever began, so an injected code is refused by the provider itself."""
    desk.link()
    log_in = desk.open()
    _, theirs = log_in.begin()
    stolen = desk.hospital.log_in(theirs)["code"]
    assert refused(lambda: desk.came_back(log_in, code=stolen)) == (OpenIdRefusal.NOT_TRUSTED, "status 400")


def test_nobody_is_anybody_here_by_what_a_provider_says_of_them(desk: Desk) -> None:
    desk.hospital.claims = {"email": "mei@example.org", "preferred_username": DOCTOR.id, "name": "Mei"}
    assert refused(lambda: desk.came_back(desk.open()))[0] is OpenIdRefusal.NOT_LINKED
    desk.ways.linked_identities.link(
        LinkedIdentity(
            issuer="https://other.example.org", subject="staff-7", person_id=DOCTOR.id, linked_ms=0
        )
    )
    assert refused(lambda: desk.came_back(desk.open()))[0] is OpenIdRefusal.NOT_LINKED


def test_who_is_signed_in_links_their_own_identity(desk: Desk) -> None:
    log_in = desk.open()
    assert not log_in.is_linked(DOCTOR)
    assert desk.came_back(log_in, DOCTOR) is None
    assert log_in.is_linked(DOCTOR)
    assert desk.came_back(log_in) == DOCTOR
    assert desk.told() == [{"person": DOCTOR.id, "what": "openid-linked"}]


def test_what_one_began_links_nothing_to_another_or_to_nobody(desk: Desk) -> None:
    log_in = desk.open()
    for person in (OWNER, None):
        key, address = log_in.begin(DOCTOR)
        query = returned(desk.hospital.log_in(address))
        assert refused(lambda key=key, query=query, person=person: log_in.come_back(key, query, person)) == (
            OpenIdRefusal.OVER,
            "person",
        )
    assert desk.ways.linked_identities.kept == {}


def test_an_identity_of_somebodys_becomes_nobody_elses(desk: Desk) -> None:
    desk.link(OWNER)
    log_in = desk.open()
    assert refused(lambda: desk.came_back(log_in, DOCTOR))[0] is OpenIdRefusal.LINKED_ALREADY
    assert desk.came_back(log_in) == OWNER


def test_a_link_goes_unless_it_is_the_last_way_in(desk: Desk) -> None:
    log_in = desk.open()
    assert not log_in.unlink(DOCTOR)
    desk.link()
    assert refused(lambda: log_in.unlink(DOCTOR))[0] is OpenIdRefusal.LAST_WAY_IN
    desk.has_password = True
    assert log_in.unlink(DOCTOR)
    assert refused(lambda: desk.came_back(log_in))[0] is OpenIdRefusal.NOT_LINKED
    assert desk.told() == [{"person": DOCTOR.id, "what": "openid-unlinked"}]
