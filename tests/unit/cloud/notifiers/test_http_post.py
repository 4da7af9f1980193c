"""What a receiver answers, and that it answers in time or not at all."""

import socket
import ssl
import threading
import time
from pathlib import Path

import pytest

from cloud.notifiers.http_post import Answer, HttpPost, target
from cloud.notifiers.reach import Reach
from tests.fakes.authority import Authority
from tests.fakes.receivers import http_receiver
from vitals.errors import ChannelBusyError, DeliveryError, MessageRefusedError

NEAR = Reach(private_hosts=frozenset({"127.0.0.1", "assistant.home"}))


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("ftp://example.org/", "not one of https"),
        ("file:///etc/passwd", "not one of https"),
        ("https:///hook", "not one of https"),
        ("https://example.org:0/", "not one of https"),
        ("https://example.org:99999/", "cannot be read"),
        ("https://[::1/", "cannot be read"),
        ("https://lin:secret@example.org/", "name or password"),
        ("http://example.org/hook", "plain http"),
        ("", "not one of https"),
    ],
)
def test_what_is_no_address_to_post_to_is_refused_with_what_to_do(url: str, why: str) -> None:
    with pytest.raises(MessageRefusedError, match=why) as caught:
        target(url, NEAR)
    assert "secret" not in str(caught.value)


def test_plain_http_is_for_hosts_that_the_settings_name() -> None:
    assert target("http://assistant.home:8123/hook", NEAR).hostname == "assistant.home"


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (301, MessageRefusedError),
        (400, MessageRefusedError),
        (401, MessageRefusedError),
        (404, MessageRefusedError),
        (408, DeliveryError),
        (413, MessageRefusedError),
        (425, DeliveryError),
        (429, DeliveryError),
        (500, DeliveryError),
        (503, DeliveryError),
        (599, DeliveryError),
    ],
)
def test_a_status_says_whether_another_try_is_of_use(status: int, kind: type[DeliveryError]) -> None:
    assert type(Answer(status=status).failure()) is kind


def test_only_where_another_try_is_of_use_it_is_asked_when() -> None:
    assert isinstance(Answer(status=503, again_s=7.0).failure(), ChannelBusyError)
    assert type(Answer(status=403, again_s=7.0).failure()) is MessageRefusedError


@pytest.mark.parametrize(
    ("status", "taken"), [(199, False), (200, True), (204, True), (299, True), (300, False)]
)
def test_any_2xx_is_taken(status: int, *, taken: bool) -> None:
    assert Answer(status=status).is_taken is taken


def answering(*pieces: bytes, every_s: float = 0.0) -> int:
    """Answer one request in pieces; return the port."""
    listening = socket.create_server(("127.0.0.1", 0))

    def answer() -> None:
        with listening, listening.accept()[0] as one:
            one.recv(65_536)
            for piece in pieces:
                try:
                    one.sendall(piece)
                except OSError:
                    return
                time.sleep(every_s)

    threading.Thread(target=answer, daemon=True).start()
    return int(listening.getsockname()[1])


def test_a_byte_now_and_then_is_no_answer() -> None:
    port = answering(*(bytes([each]) for each in b"HTTP/1.1 200 OK\r\n" * 40), every_s=0.05)
    began_s = time.monotonic()
    with pytest.raises(DeliveryError, match="did not answer within"):
        HttpPost(reach=NEAR, timeout_s=0.3)(f"http://127.0.0.1:{port}/", b"{}", {})
    assert time.monotonic() - began_s < 10


@pytest.mark.parametrize("said", [b"what?\r\n\r\n", b"HTTP/1.1 " + b"9" * 70_000])
def test_what_is_no_http_is_an_error(said: bytes) -> None:
    port = answering(said)
    with pytest.raises(DeliveryError, match="broke off"):
        HttpPost(reach=NEAR)(f"http://127.0.0.1:{port}/", b"{}", {})


@pytest.mark.parametrize(
    ("said", "again_s"),
    [
        ("120", 120.0),
        ("Thu, 01 Jan 1970 00:16:50 GMT", 10.0),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0),
        ("soon", None),
    ],
)
def test_a_retry_after_is_seconds_or_a_date(said: str, again_s: float | None) -> None:
    port = answering(f"HTTP/1.1 503 Busy\r\nRetry-After: {said}\r\nContent-Length: 0\r\n\r\n".encode())
    post = HttpPost(reach=NEAR, wall_s=lambda: 1_000.0)
    assert post(f"http://127.0.0.1:{port}/", b"{}", {}) == Answer(status=503, again_s=again_s)


def test_a_certificate_of_nobody_known_is_not_trusted_and_nothing_is_said(tmp_path: Path) -> None:
    files = Authority(tmp_path).issue("hook")
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(files["cert_file"], files["key_file"])
    with http_receiver(tls) as receiver:
        address = receiver.url.replace("http:", "https:")
        with pytest.raises(DeliveryError, match="certificate is not to be trusted"):
            HttpPost(reach=NEAR)(address, b"{}", {})
        assert receiver.got == []
        trusting = ssl.create_default_context(cafile=str(files["ca_file"]))
        assert HttpPost(reach=NEAR, tls=trusting)(address, b"{}", {}).is_taken
        assert [one.body for one in receiver.got] == [b"{}"]


def test_an_endless_answer_is_not_read_to_its_end() -> None:
    port = answering(b"HTTP/1.1 200 OK\r\n\r\n", *[b"x" * 65_536] * 64)
    assert HttpPost(reach=NEAR)(f"http://127.0.0.1:{port}/", b"{}", {}).is_taken
