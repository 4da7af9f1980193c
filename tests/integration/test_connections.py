"""Connections as an attacker holds them, on the real server: slow, many, too large, and malformed."""

import contextlib
import socket
import time
from collections.abc import Iterator

import httpx
import pytest

from cloud.access import shield
from cloud.application import application
from cloud.bootstrap import connections
from tests.fakes.cloud_services import CARER, FakeCloud
from tests.fakes.http_server import free_port, serving

SOON_S = 0.3


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    monkeypatch.setattr(connections, "HEADER_S", SOON_S)
    monkeypatch.setattr(shield, "BODY_S", SOON_S)
    port = free_port()
    cloud = FakeCloud(public_url=f"http://127.0.0.1:{port}")
    with serving(application(cloud.services), port):
        yield port


def _connected(port: int) -> socket.socket:
    made = socket.create_connection(("127.0.0.1", port), timeout=20)
    made.settimeout(20)
    return made


def _all_of(connection: socket.socket) -> bytes:
    """Return what is answered until the other side ends the connection."""
    with connection:
        got = b""
        with contextlib.suppress(ConnectionError):
            while part := connection.recv(65_536):
                got += part
        return got


def _ends_while_sent(connection: socket.socket, drop: bytes) -> bool:
    """Send drop after drop; tell whether the other side ends the connection meanwhile."""
    with connection:
        for _ in range(400):
            try:
                connection.sendall(drop)
            except OSError:
                return True
            time.sleep(0.05)
    return False


def _head(port: int, *lines: str) -> bytes:
    return "\r\n".join((*lines, f"Host: 127.0.0.1:{port}", "", "")).encode()


def test_a_connection_that_sends_nothing_is_ended(port: int) -> None:
    assert _all_of(_connected(port)) == b""


def test_a_header_that_trickles_in_is_ended_however_often_a_byte_comes(port: int) -> None:
    connection = _connected(port)
    connection.sendall(b"GET /healthz HTTP/1.1\r\n")
    assert _ends_while_sent(connection, b"x-slow: 1\r\n")


def test_a_second_request_that_trickles_in_is_ended_too(port: int) -> None:
    connection = _connected(port)
    connection.sendall(_head(port, "GET /healthz HTTP/1.1"))
    answer = b""
    while not answer.endswith(b'{"status":"ok"}'):
        answer += connection.recv(65_536)
    connection.sendall(b"GET /heal")
    assert _all_of(connection) == b""


def test_a_body_that_trickles_in_is_refused_and_the_connection_ends(port: int) -> None:
    connection = _connected(port)
    connection.sendall(
        _head(
            port,
            "POST /api/v1/alerts/a/acknowledge HTTP/1.1",
            f"Origin: http://127.0.0.1:{port}",
            "Content-Type: application/json",
            "Content-Length: 1000",
        )
    )
    answer = connection.recv(65_536)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"too slowly" in answer or b"too slowly" in connection.recv(65_536)
    assert _ends_while_sent(connection, b" ")  # the rest of it, in drops: they hold nothing open


def test_a_request_in_time_is_answered_however_slow_others_are(port: int) -> None:
    held = [_connected(port) for _ in range(50)]
    for each in held:
        each.sendall(b"GET / HTTP/1.1\r\n")
    assert httpx.get(f"http://127.0.0.1:{port}/healthz", trust_env=False).status_code == 200
    for each in held:
        each.close()


def test_there_are_so_many_connections_and_no_more(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "HEADER_S", 20.0)
    monkeypatch.setattr(connections, "MOST_CONNECTIONS", 3)
    held = [_connected(port) for _ in range(3)]
    for each in held:
        each.sendall(b"GET ")
    deadline_s = time.monotonic() + 20
    while _all_of(_connected(port)) and time.monotonic() < deadline_s:
        time.sleep(0.05)
    held.pop().close()
    with contextlib.closing(_connected(port)) as last:
        last.sendall(_head(port, "GET /healthz HTTP/1.1"))
        assert b"200 OK" in last.recv(65_536)
    for each in held:
        each.close()


@pytest.mark.parametrize(
    ("address", "others", "is_closed"),
    [("192.0.2.7", 2, True), ("192.0.2.7", 1, False), ("127.0.0.1", 9, False)],
)
def test_one_address_has_its_share_of_them_and_a_proxy_here_all(
    address: str, others: int, monkeypatch: pytest.MonkeyPatch, *, is_closed: bool
) -> None:
    monkeypatch.setattr(connections, "MOST_OF_ONE_ADDRESS", 2)

    class Connection:
        def __init__(self, client: tuple[str, int]) -> None:
            self.client = client

    one = connections.BoundedProtocol.__new__(connections.BoundedProtocol)
    one.client = (address, 1)
    one.connections = {one, *(Connection((address, each)) for each in range(others))}  # type: ignore[arg-type]
    assert one._is_one_too_many() is is_closed


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET /" + b"a" * 40_000 + b" HTTP/1.1\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nx: " + b"a" * 40_000, b"400"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", b"400"),
        (b"\x16\x03\x01\x00\x00", b"400"),
        (b"GET / HTTP/1.1\r\nHost : a\r\n\r\n", b"400"),
    ],
)
def test_what_is_no_request_is_refused_in_a_word(port: int, sent: bytes, status: bytes) -> None:
    connection = _connected(port)
    with contextlib.suppress(ConnectionError):
        connection.sendall(sent)
    answer = _all_of(connection)
    assert answer.startswith(b"HTTP/1.1 " + status)
    assert b"uvicorn" not in answer.lower()
    assert b"python" not in answer.lower()


def test_nobody_changes_to_another_protocol(port: int) -> None:
    upgrade = {"connection": "upgrade", "upgrade": "websocket", "sec-websocket-key": "x" * 22 + "=="}
    answer = httpx.get(f"http://127.0.0.1:{port}/healthz", headers=upgrade, trust_env=False)
    assert answer.status_code == 200


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "TRACE", "PATCH", "PROPFIND"])
def test_methods_nobody_meant_tell_nothing(port: int, method: str) -> None:
    headers = {"x-planted": "planted", "cookie": "carewire=planted"}
    url = f"http://127.0.0.1:{port}/api/v1/patients"
    answer = httpx.request(method, url, headers=headers, trust_env=False)
    assert answer.status_code == 405
    assert "planted" not in answer.text + str(answer.headers)
    assert answer.headers["allow"] == "GET"
    assert "server" not in answer.headers


def test_a_stream_outlives_the_time_a_body_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shield, "BODY_S", SOON_S)
    monkeypatch.setattr(connections, "HEADER_S", SOON_S)
    port = free_port()
    cloud = FakeCloud(public_url=f"http://127.0.0.1:{port}")
    headers = {"authorization": f"Bearer {cloud.token(CARER)}"}
    with (
        serving(application(cloud.services), port) as url,
        httpx.Client(base_url=url, headers=headers, trust_env=False, timeout=20) as client,
        client.stream("GET", "/api/v1/patients/p-wei/stream") as stream,
    ):
        lines = stream.iter_lines()
        assert any("hello" in line for line in lines)
        time.sleep(3 * SOON_S)
        cloud.live.publish("p-wei", "alert", {"id": "a"})
        assert any("event: alert" in line for line in lines)
