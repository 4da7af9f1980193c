"""Real servers that stand for what receives messages: of webhooks, of pushes, of e-mail; and broken ones."""

import json
import socket
import ssl
import struct
import threading
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import http_ece
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from tests.fakes.authority import Authority
from tests.fakes.http_server import free_port

WAITS_S = 20
_HEARS_S = 0.2
PASSWORD = "open sesame"  # noqa: S105 - of these tests
KNOWN = (b"carewire", PASSWORD.encode())


@dataclass(slots=True)
class Got:
    """A request as it came."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def said(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found


@dataclass(slots=True)
class HttpReceiver:
    """Keeps every POST; answers `status` and `headers`, after `release` if it is to be late."""

    port: int
    got: list[Got] = field(default_factory=list)
    status: int = 201
    headers: dict[str, str] = field(default_factory=dict)
    release: threading.Event | None = None
    answered: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    _came: threading.Condition = field(default_factory=threading.Condition)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?x=1"

    def note(self, got: Got) -> None:
        with self._came:
            self.got.append(got)
            self._came.notify_all()

    def await_got(self, count: int) -> list[Got]:
        with self._came:
            assert self._came.wait_for(lambda: len(self.got) >= count, timeout=WAITS_S), len(self.got)
            return list(self.got)


@contextmanager
def http_receiver(tls: ssl.SSLContext | None = None) -> Iterator[HttpReceiver]:
    """Serve until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            receiver.note(Got(path=self.path, headers=dict(self.headers.items()), body=body))
            if receiver.release is not None:
                receiver.release.wait(WAITS_S)
            self.send_response(receiver.status)
            for name, value in receiver.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()
            receiver.answered.release()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False
        request_queue_size = 128

        def handle_error(self, *_: object) -> None:
            """Bear a client that has gone."""

    server = Server(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    receiver = HttpReceiver(port=server.server_port)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join(WAITS_S)


def _private_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@dataclass(slots=True)
class Browser:
    """The keys of a subscription: what only a browser can open, and how it judges who pushed."""

    private: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    auth: bytes = b"0123456789abcdef"

    @property
    def keys(self) -> dict[str, str]:
        point = self.private.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )
        return {"p256dh": _base64(point), "auth": _base64(self.auth)}

    def opened(self, got: Got) -> dict[str, Any]:
        """Return what was pushed."""
        assert got.headers["Content-Encoding"] == "aes128gcm"
        plain = http_ece.decrypt(got.body, private_key=self.private, auth_secret=self.auth)
        found: dict[str, Any] = json.loads(plain)
        return found


def vapid_claims(got: Got, application_key: str) -> dict[str, Any]:
    """Return what the sender of a push claims, signed by the key that the browser subscribed to."""
    scheme, _, rest = got.headers["Authorization"].partition(" ")
    parts = dict(part.strip().split("=", 1) for part in rest.split(","))
    assert (scheme, parts["k"]) == ("vapid", application_key)
    signed, _, signature = parts["t"].rpartition(".")
    numbers = _bytes(signature)
    der = encode_dss_signature(int.from_bytes(numbers[:32], "big"), int.from_bytes(numbers[32:], "big"))
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _bytes(application_key))
    key.verify(der, signed.encode(), ec.ECDSA(hashes.SHA256()))
    claims: dict[str, Any] = json.loads(_bytes(signed.partition(".")[2]))
    return claims


@dataclass(slots=True)
class MailReceiver:
    """A mail server that keeps what it takes; `refusing` is what it says to a recipient instead."""

    port: int = 0
    mail: list[Envelope] = field(default_factory=list)
    refusing: str | None = None
    _came: threading.Condition = field(default_factory=threading.Condition)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd calls it so
        self, _: SMTP, __: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.refusing is not None:
            return self.refusing
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, _: SMTP, __: Session, envelope: Envelope) -> str:  # noqa: N802 - likewise
        with self._came:
            self.mail.append(envelope)
            self._came.notify_all()
        return f"250 queued as {len(self.mail)}"

    def await_mail(self, count: int) -> list[Envelope]:
        with self._came:
            assert self._came.wait_for(lambda: len(self.mail) >= count, timeout=WAITS_S), len(self.mail)
            return list(self.mail)


@contextmanager
def mail_receiver(authority: Authority, *, starttls: bool = True) -> Iterator[MailReceiver]:
    """Take e-mail over TLS until the block ends; by STARTTLS, from who knows the password."""
    receiver = MailReceiver(port=free_port())
    files = authority.issue("mail")
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(files["cert_file"], files["key_file"])

    def authenticate(_: SMTP, __: Session, ___: Envelope, mechanism: str, data: object) -> AuthResult:
        known = isinstance(data, LoginPassword) and (data.login, data.password) == KNOWN
        return AuthResult(success=known and mechanism in {"LOGIN", "PLAIN"}, handled=False)

    ways: dict[str, Any] = (
        {"tls_context": tls, "require_starttls": True} if starttls else {"ssl_context": tls}
    )
    controller = Controller(
        receiver,
        hostname="127.0.0.1",
        port=receiver.port,
        auth_required=starttls,
        authenticator=authenticate,
        auth_require_tls=starttls,
        ready_timeout=WAITS_S,
        **ways,
    )
    controller.start()
    try:
        yield receiver
    finally:
        controller.stop()


@contextmanager
def plain_mail_receiver() -> Iterator[MailReceiver]:
    """Take e-mail from anybody without TLS, until the block ends."""
    receiver = MailReceiver(port=free_port())
    controller = Controller(receiver, hostname="127.0.0.1", port=receiver.port, ready_timeout=WAITS_S)
    controller.start()
    try:
        yield receiver
    finally:
        controller.stop()


class Broken(Enum):
    """What a server does that is no server; the bytes it sends first are to be half of an answer."""

    HANGS = "accepts and never answers"
    HALF = "answers half and hangs"
    RESETS = "resets the connection"
    CLOSES = "closes it without a word"


@contextmanager
def broken_server(how: Broken, half: bytes) -> Iterator[int]:
    """Listen until the block ends; yields the port."""
    listening = socket.create_server(("127.0.0.1", 0))
    taken: list[socket.socket] = []

    def accept() -> None:
        while True:
            try:
                one, _ = listening.accept()
            except OSError:
                return
            taken.append(one)
            _break(one, how, half)

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield listening.getsockname()[1]
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        for one in taken:
            one.close()
        thread.join(WAITS_S)


def _break(one: socket.socket, how: Broken, half: bytes) -> None:
    acts: dict[Broken, Callable[[], object]] = {
        Broken.HANGS: lambda: None,
        Broken.HALF: lambda: one.sendall(half),
        Broken.RESETS: lambda: _hear_and_reset(one),
        Broken.CLOSES: lambda: None,
    }
    acts[how]()
    if how in {Broken.RESETS, Broken.CLOSES}:
        one.close()


def _hear_and_reset(one: socket.socket) -> None:
    """Reset what has begun: of a connection that is gone before TLS begins, CPython 3.11 leaves one open."""
    one.settimeout(_HEARS_S)
    with suppress(TimeoutError):
        one.recv(1)
    one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def _base64(value: bytes) -> str:
    return urlsafe_b64encode(value).rstrip(b"=").decode()


def _bytes(value: str) -> bytes:
    return urlsafe_b64decode(value + "=" * (-len(value) % 4))
