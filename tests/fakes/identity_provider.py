"""A hospital's identity provider: a real HTTP server that signs real tokens, and lies as a test tells it."""

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from tests.fakes.authenticator import b64url

SECRET = "a secret of the hospital's: 100%"  # noqa: S105 - of a provider that is a fake
CLIENT_ID = "carewire&co"


@cache
def ec_key(kid: str) -> ECKey:
    """A key pair, the same for each name for as long as the tests run."""
    return ECKey.generate_key("P-256", {"kid": kid, "use": "sig"})


@cache
def rsa_key(kid: str) -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig"})


def unsigned(claims: Mapping[str, Any], header: Mapping[str, Any]) -> str:
    """A token that nobody signed."""
    return f"{b64url(json.dumps(header).encode())}.{b64url(json.dumps(claims).encode())}."


def with_secret(claims: Mapping[str, Any], kid: str | None, secret: bytes) -> str:
    """A token under HS256, as who knows no private key can make one."""
    signed = unsigned(claims, {"alg": "HS256", "kid": kid})[:-1]
    return f"{signed}.{b64url(hmac.new(secret, signed.encode(), hashlib.sha256).digest())}"


@dataclass(slots=True)
class FakeIdentityProvider:
    """`subject` logs in. What is in `says` replaces what its documents would say; `claims`, the token's."""

    wall_s: Callable[[], float] = time.time
    subject: str = "staff-7"
    port: int = 0
    is_away: bool = False
    key: ECKey | RSAKey = field(default_factory=lambda: ec_key("k1"))
    algorithm: str = "ES256"
    published: list[Mapping[str, Any]] | None = None
    says: dict[str, Any] = field(default_factory=dict)
    claims: dict[str, Any] = field(default_factory=dict)
    header: dict[str, Any] = field(default_factory=dict)
    signs: Callable[[dict[str, Any]], str] | None = None
    answers: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def log_in(self, address: str) -> dict[str, str]:
        """Do what a browser does at the authorization endpoint; return what it is sent back with."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        code = f"code-{len(self.codes)}"
        self.codes[code] = query
        return {"state": query["state"], "code": code, "iss": self.issuer}

    def answer(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        self.asked.append(f"{method} {path}")
        if self.is_away:
            return 503, b"down for maintenance"
        if path in self.answers:
            return self.answers[path]
        if path == "/token":
            return self._token(body, headers)
        documents = {"/.well-known/openid-configuration": self._discovery, "/keys": self._keys}
        return (200, json.dumps(documents[path]()).encode()) if path in documents else (404, b"")

    def _discovery(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "response_types_supported": ["code"],
        } | self.says

    def _keys(self) -> dict[str, Any]:
        return {"keys": [self.key.as_dict(private=False)] if self.published is None else self.published}

    def _token(self, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        fields = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        begun = self.codes.pop(fields.get("code", ""), None)
        verifier = hashlib.sha256(fields.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(verifier).rstrip(b"=").decode()
        is_right = (
            begun is not None
            and fields["redirect_uri"] == begun["redirect_uri"]
            and begun["code_challenge_method"] == "S256"
            and challenge == begun["code_challenge"]
            and self._knows(fields, headers)
        )
        if not is_right or begun is None:
            return 400, b'{"error": "invalid_grant"}'
        told = {"access_token": "opaque", "token_type": "Bearer", "id_token": self._id_token(begun)}
        return 200, json.dumps(told).encode()

    def _knows(self, fields: Mapping[str, str], headers: Mapping[str, str]) -> bool:
        if "client_secret" in fields:
            return (fields["client_id"], fields["client_secret"]) == (CLIENT_ID, SECRET)
        pair = base64.b64encode(f"{_quoted(CLIENT_ID)}:{_quoted(SECRET)}".encode()).decode()
        return headers.get("authorization") == f"Basic {pair}"

    def _id_token(self, begun: Mapping[str, str]) -> str:
        now_s = int(self.wall_s())
        true = {
            "iss": self.issuer,
            "aud": begun["client_id"],
            "sub": self.subject,
            "iat": now_s,
            "exp": now_s + 300,
            "nonce": begun["nonce"],
        }
        claims = {name: value for name, value in (true | self.claims).items() if value is not None}
        if self.signs is not None:
            return self.signs(claims)
        header = {"alg": self.algorithm, "kid": self.key.kid, **self.header}
        return jwt.encode(
            {k: v for k, v in header.items() if v is not None}, claims, self.key, [self.algorithm]
        )


@contextmanager
def identity_provider(wall_s: Callable[[], float] = time.time) -> Iterator[FakeIdentityProvider]:
    """A provider on a port of this machine until the block ends."""
    provider = FakeIdentityProvider(wall_s=wall_s)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            address = urlsplit(self.path)
            if address.path == "/authorize":
                back = {name: values[0] for name, values in parse_qs(address.query).items()}["redirect_uri"]
                self.send_response(302)
                self.send_header("Location", f"{back}?{urlencode(provider.log_in(self.path))}")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            self._answer("GET", b"")

        def do_POST(self) -> None:
            self._answer("POST", self.rfile.read(int(self.headers.get("content-length", "0"))))

        def _answer(self, method: str, body: bytes) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, answer = provider.answer(method, self.path, body, headers)
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


def _quoted(text: str) -> str:
    return urlencode({"": text}, quote_via=_percent)[1:]


def _percent(text: str, *_: object) -> str:
    return "".join(
        chr(byte) if chr(byte).isascii() and (chr(byte).isalnum() or chr(byte) in "-._~") else f"%{byte:02X}"
        for byte in text.encode()
    )
