"""Every way a provider, or who pretends to come from one, can lie."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from joserfc import jwt
from structlog.testing import capture_logs

from cloud.access.openid.refusals import OpenIdRefusal
from cloud.notifiers.reach import Reach
from tests.fakes.authenticator import b64url
from tests.fakes.clock import FakeClock
from tests.fakes.cloud_services import DOCTOR, OWNER
from tests.fakes.identity_provider import CLIENT_ID, ec_key, rsa_key, unsigned, with_secret
from tests.fakes.openid_desk import Desk, refused

ALG = "alg"


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
