"""Every way a provider, or who pretends to come from one, can lie."""

import json
import ssl
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc import jwt
from structlog.testing import capture_logs

from cloud.access.attempts import LIFE_MS, Attempts
from cloud.access.openid.log_in import OpenIdLogIn, Returned
from cloud.access.openid.provider import AGES_S, KEYS_REST_S, MOST_AT_ONCE, Client, Provider
from cloud.access.openid.refusals import OpenIdRefusal, OpenIdRefusedError
from cloud.access.openid.roles import RoleMapping
from cloud.access.site import site
from cloud.access.ways_in import WaysIn
from cloud.notifiers.http_post import Answer, HttpPost
from cloud.notifiers.reach import Reach
from cloud.ports import Deed, LinkedIdentity, Person, Role
from tests.fakes.authenticator import b64url
from tests.fakes.clock import FakeClock
from tests.fakes.cloud_services import ADMIN, CARER, DOCTOR, OWNER, CountedRandomness
from tests.fakes.directory import FakeDirectory
from tests.fakes.identity_provider import (
    CLIENT_ID,
    SECRET,
    FakeIdentityProvider,
    ec_key,
    identity_provider,
    rsa_key,
    unsigned,
    with_secret,
)
from tests.fakes.ledger import FakeLedger
from tests.fakes.sign_in_ways import FakeSignInWays

TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Nothing is spoken over it here: to read what the system trusts for every test would take seconds."""
NEAR = Reach(private_hosts=frozenset({"127.0.0.1"}))
ALG = "alg"


@dataclass(slots=True)
class Desk:
    """The log-in of a service whose provider is a fake one on this machine."""

    hospital: FakeIdentityProvider
    clock: FakeClock
    ways: FakeSignInWays = field(default_factory=FakeSignInWays)
    ledger: FakeLedger = field(default_factory=FakeLedger)
    directory: FakeDirectory = field(default_factory=FakeDirectory)
    reach: Reach = NEAR
    roles: RoleMapping | None = None
    has_password: bool = False
    issuer: str | None = None
    secret: str | None = SECRET

    def __post_init__(self) -> None:
        for person in (CARER, DOCTOR, OWNER, ADMIN):
            self.directory.add_person(person)

    def open(self) -> OpenIdLogIn:
        issuer = self.issuer or self.hospital.issuer
        return OpenIdLogIn(
            name="St Mary's",
            provider=Provider(
                client=Client(issuer=issuer, client_id=CLIENT_ID, secret=self.secret),
                exchange=HttpPost(reach=self.reach, timeout_s=5.0, tls=TLS).exchange,
                monotonic_s=self.clock.monotonic_s,
            ),
            attempts=Attempts(
                book=self.ways.attempts, clock=self.clock, randomness=CountedRandomness("openid")
            ),
            identities=self.ways.linked_identities,
            directory=self.directory,
            ledger=self.ledger,
            together=nullcontext,
            ways_in=WaysIn(
                passkeys=self.ways.passkeys,
                identities=self.ways.linked_identities,
                issuer=issuer,
                has_password=lambda _: self.has_password,
            ),
            site=site("http://localhost:8080"),
            clock=self.clock,
            roles=self.roles,
        )

    def link(self, person: Person = DOCTOR, subject: str = "staff-7") -> None:
        self.ways.linked_identities.link(
            LinkedIdentity(issuer=self.hospital.issuer, subject=subject, person_id=person.id, linked_ms=0)
        )

    def came_back(self, log_in: OpenIdLogIn, person: Person | None = None, **changes: Any) -> Person | None:
        """Go to the provider and return, with what is changed on the way back."""
        key, address = log_in.begin(person)
        return log_in.come_back(key, returned(self.hospital.log_in(address) | changes), person)

    def told(self) -> list[dict[str, str]]:
        return [dict(note.about) for note in self.ledger.of(Deed.ACCOUNT_CHANGED)]


def returned(query: dict[str, Any]) -> Returned:
    return Returned(
        state=query["state"], code=query.get("code", ""), issuer=query.get("iss"), error=query.get("error")
    )


@pytest.fixture
def desk() -> Iterator[Desk]:
    clock = FakeClock()
    with identity_provider(lambda: clock.wall_ms() / 1000) as hospital:
        yield Desk(hospital=hospital, clock=clock)


def refused(act: Callable[[], object]) -> tuple[OpenIdRefusal, str]:
    with pytest.raises(OpenIdRefusedError) as caught:
        act()
    return caught.value.refusal, caught.value.about


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


def _forged_with_public_key(desk: Desk) -> Callable[[dict[str, Any]], str]:
    key = rsa_key("r1")
    desk.hospital.key = key
    return lambda claims: with_secret(claims, key.kid, key.as_pem(private=False))


def _set(**changes: Any) -> Callable[[Desk], None]:
    def change(desk: Desk) -> None:
        for name, value in changes.items():
            setattr(desk.hospital, name, value)

    return change


def _claims(**claims: Any) -> Callable[[Desk], None]:
    return _set(claims=claims)


def _none(desk: Desk) -> None:
    desk.hospital.signs = lambda claims: unsigned(claims, {"alg": "none"})


def _none_with_kid(desk: Desk) -> None:
    desk.hospital.signs = lambda claims: unsigned(claims, {"alg": "None", "kid": "k1"})


def _hs256(desk: Desk) -> None:
    desk.hospital.signs = _forged_with_public_key(desk)


def _published_secret(desk: Desk) -> None:
    secret = {"kty": "oct", "kid": "s1", "use": "sig", "k": b64url(b"s" * 32)}
    desk.hospital.published = [secret, ec_key("k1").as_dict(private=False)]
    desk.hospital.signs = lambda claims: with_secret(claims, "s1", b"s" * 32)


def _other_key_of_that_name(desk: Desk) -> None:
    thief = ec_key("thief")
    desk.hospital.signs = lambda claims: jwt.encode({"alg": "ES256", "kid": "k1"}, claims, thief, ["ES256"])


def _key_in_the_token(desk: Desk) -> None:
    thief = ec_key("thief")
    header = {"alg": "ES256", "kid": "k1", "jwk": thief.as_dict(private=False)}
    desk.hospital.signs = lambda claims: jwt.encode(header, claims, thief, ["ES256"])


def _wrong_sort_of_key(desk: Desk) -> None:
    key = rsa_key("r1")
    desk.hospital.published = [{**ec_key("k1").as_dict(private=False), "kid": "r1"}]
    desk.hospital.signs = lambda claims: jwt.encode({"alg": "RS256", "kid": "r1"}, claims, key, ["RS256"])


def _edited(desk: Desk) -> None:
    def edited(claims: dict[str, Any]) -> str:
        header, _, signature = jwt.encode(
            {"alg": "ES256", "kid": "k1"}, claims, ec_key("k1"), ["ES256"]
        ).split(".")
        _, payload, _ = unsigned(claims | {"sub": "staff-1"}, {}).split(".")
        return f"{header}.{payload}.{signature}"

    desk.hospital.signs = edited


def _weak_key(desk: Desk) -> None:
    desk.hospital.published = [{"kty": "RSA", "kid": "k1", "n": b64url(b"\xff" * 128), "e": "AQAB"}]


def _tokens(body: object) -> Callable[[Desk], None]:
    return _set(answers={"/token": (200, body if isinstance(body, bytes) else json.dumps(body).encode())})


def _keys(body: object) -> Callable[[Desk], None]:
    return _set(answers={"/keys": (200, body if isinstance(body, bytes) else json.dumps(body).encode())})


_NOW_S = FakeClock().wall_ms() // 1000
LIES: dict[str, tuple[Callable[[Desk], None], str]] = {
    "alg none": (_none, "token"),
    "alg None, with the name of a key": (_none_with_kid, "token"),
    "HS256 with the public key as the secret": (_hs256, "token"),
    "HS256 with a secret among the published keys": (_published_secret, "token"),
    "a key that nobody published": (_set(header={"kid": "unheard-of"}), "key"),
    "another key under a published name": (_other_key_of_that_name, "signature"),
    "a key brought along": (_key_in_the_token, "signature"),
    "a key of another sort": (_wrong_sort_of_key, "token"),
    "a key too short to trust": (_weak_key, "no key"),
    "claims that were not signed": (_edited, "signature"),
    "another issuer": (_claims(iss="https://evil.example.org"), "iss"),
    "the issuer with a slash": (_claims(iss=f"http://127.0.0.1:{0}/"), "iss"),
    "issuers in a list": (_claims(iss=["http://127.0.0.1"]), "iss"),
    "no issuer": (_claims(iss=None), "iss"),
    "another audience": (_claims(aud="other-app"), "aud"),
    "audiences without us": (_claims(aud=["other-app", "third-app"]), "aud"),
    "no audience": (_claims(aud=None), "aud"),
    "several audiences and no party": (_claims(aud=[CLIENT_ID, "other-app"]), "azp"),
    "another party": (_claims(azp="other-app"), "azp"),
    "another party of several": (_claims(aud=[CLIENT_ID, "other-app"], azp="other-app"), "azp"),
    "parties in a list": (_claims(azp=[CLIENT_ID]), "azp"),
    "another nonce": (_claims(nonce="seen-before"), "nonce"),
    "no nonce": (_claims(nonce=None), "nonce"),
    "an empty nonce": (_claims(nonce=""), "nonce"),
    "a nonce that is no text": (_claims(nonce=[1]), "nonce"),
    "expired": (_claims(exp=_NOW_S - 61), "exp"),
    "no end": (_claims(exp=None), "exp"),
    "an end that is no number": (_claims(exp="never"), "exp"),
    "an end beyond all numbers": (_claims(exp=float("nan")), "exp"),
    "not yet valid": (_claims(nbf=_NOW_S + 120), "nbf"),
    "made in the future": (_claims(iat=_NOW_S + 120), "iat"),
    "made long ago": (_claims(iat=_NOW_S - 601), "iat"),
    "made at no time": (_claims(iat=None), "iat"),
    "nobody": (_claims(sub=None), "sub"),
    "an empty name": (_claims(sub=""), "sub"),
    "a number for a name": (_claims(sub=7), "sub"),
    "a name without an end": (_claims(sub="s" * 256), "sub"),
    "no token": (_tokens({"access_token": "a"}), "document"),
    "a token that is no text": (_tokens({"id_token": 7}), "document"),
    "a token that is none": (_tokens({"id_token": "a.b.c"}), "token"),
    "an empty token": (_tokens({"id_token": ""}), "token"),
    "no JSON": (_tokens(b"<html>"), "document"),
    "JSON without a bottom": (_tokens(b"[" * 60_000), "document"),
    "an endless answer": (_tokens(b'{"id_token": "' + b"x" * 90_000 + b'"}'), "document"),
    "no keys": (_keys({"keys": []}), "no key"),
    "keys that are none": (
        _keys({"keys": [{"kty": "RSA"}, {"kty": "EC", "crv": "P-256", "x": "=", "y": 7}]}),
        "no key",
    ),
    "keys that are no list": (_keys({"keys": "k1"}), "document"),
}


@pytest.mark.parametrize("lie", LIES)
def test_nobody_comes_in_by(desk: Desk, lie: str) -> None:
    desk.link()
    desk.link(OWNER, "staff-1")
    tell, about = LIES[lie]
    tell(desk)
    log_in = desk.open()
    with capture_logs() as logged:
        assert refused(lambda: desk.came_back(log_in)) == (OpenIdRefusal.NOT_TRUSTED, about)
    assert [entry["event"] for entry in logged] == ["openid.refused"]
    assert logged[0].keys() == {"event", "refusal", "about", "log_level"}
    assert all(link.used_ms is None for link in desk.ways.linked_identities.links())


@pytest.mark.parametrize(
    ("claims", "who"),
    [
        ({"exp": _NOW_S - 59}, "a clock a minute behind"),
        ({"iat": _NOW_S + 59}, "a clock a minute ahead"),
        ({"azp": CLIENT_ID}, "the party named"),
        ({"aud": [CLIENT_ID]}, "one audience in a list"),
        ({"aud": ["other-app", CLIENT_ID], "azp": CLIENT_ID}, "several audiences and us the party"),
    ],
)
def test_what_is_right_is_let_in(desk: Desk, claims: dict[str, Any], who: str) -> None:
    desk.link()
    desk.hospital.claims = claims
    assert desk.came_back(desk.open()) == DOCTOR, who


def _document(**says: Any) -> Callable[[Desk], None]:
    return _set(says=says)


DOCUMENTS: dict[str, tuple[Callable[[Desk], None], str]] = {
    "another issuer": (_document(issuer="https://evil.example.org"), "issuer of the document"),
    "the issuer with a slash": (_document(issuer="http://127.0.0.1/"), "issuer of the document"),
    "no issuer": (_document(issuer=None), "document"),
    "no way to ask": (_document(token_endpoint=None), "document"),
    "a script to open": (_document(authorization_endpoint="javascript:alert(1)"), "authorization_endpoint"),
    "no JSON": (_set(answers={"/.well-known/openid-configuration": (200, b"hello")}), "document"),
    "a way to somewhere else": (
        _set(answers={"/.well-known/openid-configuration": (302, b"")}),
        "status 302",
    ),
    "nothing there": (_set(answers={"/.well-known/openid-configuration": (404, b"")}), "status 404"),
}


@pytest.mark.parametrize("lie", DOCUMENTS)
def test_nobody_is_sent_to_a_provider_whose_document_says(desk: Desk, lie: str) -> None:
    tell, about = DOCUMENTS[lie]
    tell(desk)
    assert refused(desk.open().begin) == (OpenIdRefusal.NOT_TRUSTED, about)
    assert desk.ways.attempts.kept == {}


@pytest.mark.parametrize(
    "address",
    [
        "http://169.254.169.254/latest",
        "http://localhost:9/token",
        "file:///etc/passwd",
        "https://10.0.0.7/token",
    ],
)
@pytest.mark.parametrize("named", ["token_endpoint", "jwks_uri"])
def test_a_document_leads_to_nothing_near(desk: Desk, named: str, address: str) -> None:
    desk.link()
    desk.hospital.says = {named: address}
    assert refused(lambda: desk.came_back(desk.open())) == (OpenIdRefusal.NOT_TRUSTED, "address")


def test_a_provider_near_by_that_no_setting_names_is_not_spoken_to(desk: Desk) -> None:
    desk.reach = Reach()
    assert refused(desk.open().begin) == (OpenIdRefusal.NOT_TRUSTED, "address")
    assert desk.hospital.asked == []


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


def test_a_provider_that_is_away_is_said_to_be_and_found_again(desk: Desk) -> None:
    desk.link()
    desk.hospital.is_away = True
    log_in = desk.open()
    assert refused(log_in.begin) == (OpenIdRefusal.AWAY, "status 503")
    desk.hospital.is_away = False
    assert desk.came_back(log_in) == DOCTOR


def test_a_provider_that_nobody_answers_for_is_away(desk: Desk) -> None:
    desk.issuer = "http://127.0.0.1:9"
    assert refused(desk.open().begin) == (OpenIdRefusal.AWAY, "no answer")


def test_few_wait_for_a_slow_provider(desk: Desk) -> None:
    log_in = desk.open()
    waiting: list[None] = []
    told: list[tuple[OpenIdRefusal, str]] = []

    def slow(*_: object) -> Answer:
        waiting.append(None)
        if len(waiting) == MOST_AT_ONCE:
            told.append(refused(log_in.begin))
        else:
            refused(log_in.begin)
        return Answer(status=500)

    log_in.provider.exchange = slow
    assert refused(log_in.begin) == (OpenIdRefusal.AWAY, "status 500")
    assert len(waiting) == MOST_AT_ONCE
    assert told == [(OpenIdRefusal.BUSY, "")]


def test_documents_are_asked_for_once_an_hour(desk: Desk) -> None:
    desk.link()
    log_in = desk.open()
    for _ in range(3):
        assert desk.came_back(log_in) == DOCTOR
    reads = [asked for asked in desk.hospital.asked if asked.startswith("GET")]
    assert reads == ["GET /.well-known/openid-configuration", "GET /keys"]
    desk.clock.advance(AGES_S)
    assert desk.came_back(log_in) == DOCTOR
    assert [asked for asked in desk.hospital.asked if asked.startswith("GET")] == reads * 2


def test_a_new_key_is_found_when_it_is_first_used_and_an_old_one_forgotten(desk: Desk) -> None:
    desk.link()
    log_in = desk.open()
    assert desk.came_back(log_in) == DOCTOR
    desk.hospital.key = ec_key("k2")
    assert refused(lambda: desk.came_back(log_in)) == (OpenIdRefusal.NOT_TRUSTED, "key")
    desk.clock.advance(KEYS_REST_S)
    assert desk.came_back(log_in) == DOCTOR
    desk.hospital.key, desk.hospital.published = ec_key("k1"), [ec_key("k2").as_dict(private=False)]
    assert refused(lambda: desk.came_back(log_in)) == (OpenIdRefusal.NOT_TRUSTED, "key")


def test_names_made_up_for_keys_do_not_make_us_ask_again_and_again(desk: Desk) -> None:
    desk.link()
    log_in = desk.open()
    desk.hospital.header = {"kid": "made-up"}
    for _ in range(5):
        refused(lambda: desk.came_back(log_in))
    assert desk.hospital.asked.count("GET /keys") == 1


MAPPING = RoleMapping(
    claim="groups",
    groups={"doctors": Role.CLINICIAN, "root": Role.ADMINISTRATOR, "visitors": Role.CAREGIVER},
    ceiling=Role.CLINICIAN,
)


@pytest.mark.parametrize(
    ("person", "groups", "role"),
    [
        (CARER, ["doctors"], Role.CLINICIAN),
        (CARER, "doctors", Role.CLINICIAN),
        (CARER, ["visitors", "doctors"], Role.CLINICIAN),
        (CARER, ["root"], Role.CLINICIAN),
        (DOCTOR, ["visitors"], Role.CAREGIVER),
        (DOCTOR, [], Role.CAREGIVER),
        (DOCTOR, None, Role.CAREGIVER),
        (DOCTOR, {"doctors": True}, Role.CAREGIVER),
        (DOCTOR, [["doctors"], 7], Role.CAREGIVER),
        (OWNER, ["doctors"], Role.PATIENT),
        (ADMIN, ["visitors"], Role.ADMINISTRATOR),
    ],
)
def test_groups_make_roles_up_to_the_ceiling(desk: Desk, person: Person, groups: object, role: Role) -> None:
    desk.link(person)
    desk.roles, desk.hospital.claims = MAPPING, {"groups": groups}
    came = desk.came_back(desk.open())
    assert came is not None
    assert desk.directory.people[person.id].role is came.role is role
    changed = [{"person": person.id, "what": "role-by-openid", "role": role.value}]
    assert desk.told() == (changed if role is not person.role else [])


def test_an_administrator_is_made_by_groups_only_where_the_ceiling_says_so() -> None:
    highest = RoleMapping(claim="groups", groups=MAPPING.groups, ceiling=Role.ADMINISTRATOR)
    assert highest.role_of(CARER, {"groups": ["root"]}) is Role.ADMINISTRATOR
    assert highest.role_of(ADMIN, {"groups": ["doctors"]}) is Role.CLINICIAN
