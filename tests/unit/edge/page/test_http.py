"""What is a request and what is not; every answer carries the browser's defences."""

import asyncio
from http import HTTPStatus

import pytest

from edge.page.http import HEAD_BYTES, Answer, BadRequestError, Request, read_request

POST = b"POST /enter HTTP/1.1\r\nHost: pi\r\n"


async def read(*pieces: bytes) -> Request:
    reader = asyncio.StreamReader(limit=HEAD_BYTES)
    for piece in pieces:
        reader.feed_data(piece)
    reader.feed_eof()
    return await read_request(reader)


async def test_a_request_is_read_with_its_headers_form_and_cookie() -> None:
    request = await read(
        b"POST /enter?x=1 HTTP/1.1\r\nHost: pi\r\nCookie: a=1; carewire-page=2.3\r\n",
        b"Content-Length: 14\r\n\r\ncode=a+b%26&x=",
        b"what follows",
    )
    assert (request.method, request.path, request.headers["host"]) == ("POST", "/enter", "pi")
    assert request.form == {"code": "a b&"}
    assert (request.cookie("carewire-page"), request.cookie("other")) == ("2.3", None)


def test_a_form_of_more_fields_than_any_here_has_says_nothing() -> None:
    assert Request(method="POST", path="/enter", body=b"code=1" + b"&x=1" * 20).form == {}


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"", HTTPStatus.BAD_REQUEST),
        (b"GET / HTTP/1.1\r\n", HTTPStatus.BAD_REQUEST),
        (b"GET /\r\n\r\n", HTTPStatus.BAD_REQUEST),
        (b"GET  / HTTP/1.1\r\n\r\n", HTTPStatus.BAD_REQUEST),
        (b"GET / HTTP/2\r\n\r\n", HTTPStatus.BAD_REQUEST),
        (b"GET http://elsewhere/ HTTP/1.1\r\n\r\n", HTTPStatus.BAD_REQUEST),
        (b"\x16\x03\x01\x02\x00\x01\xfc\r\n\r\n", HTTPStatus.BAD_REQUEST),
        (b"GET / HTTP/1.1\r\nno colon\r\n\r\n", HTTPStatus.BAD_REQUEST),
        (b"GET / HTTP/1.1\r\nHost : pi\r\n\r\n", HTTPStatus.BAD_REQUEST),
        (b"GET / HTTP/1.1\r\nHost: pi\r\n folded\r\n\r\n", HTTPStatus.BAD_REQUEST),
        (b"GET / HTTP/1.1\r\nHost: pi\r\nhost: other\r\n\r\n", HTTPStatus.BAD_REQUEST),
        (b"DELETE / HTTP/1.1\r\n\r\n", HTTPStatus.METHOD_NOT_ALLOWED),
        (POST + b"\r\ncode=1", HTTPStatus.LENGTH_REQUIRED),
        (POST + b"Content-Length: -1\r\n\r\n", HTTPStatus.LENGTH_REQUIRED),
        (POST + "Content-Length: ²\r\n\r\n".encode(), HTTPStatus.BAD_REQUEST),
        (POST + b"Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n0", HTTPStatus.LENGTH_REQUIRED),
        (POST + b"Content-Length: 4097\r\n\r\n", HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
        (POST + b"Content-Length: " + b"9" * 5_000 + b"\r\n\r\n", HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
        (POST + b"Content-Length: 9\r\n\r\nshort", HTTPStatus.BAD_REQUEST),
        (b"GET / HTTP/1.1\r\nx: " + b"x" * 20_000 + b"\r\n\r\n", HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE),
    ],
)
async def test_what_is_no_request_is_refused(sent: bytes, status: HTTPStatus) -> None:
    with pytest.raises(BadRequestError) as refused:
        await read(sent)
    assert refused.value.status is status


@pytest.mark.parametrize("cookie", ["", "carewire-page", "=;=", "\x01=2"])
def test_an_odd_cookie_is_none(cookie: str) -> None:
    request = Request(method="GET", path="/", headers={"cookie": cookie})
    assert request.cookie("carewire-page") is None


@pytest.mark.parametrize(
    ("headers", "is_from_elsewhere"),
    [
        ({"host": "pi:8780"}, False),
        ({"host": "pi:8780", "origin": "http://pi:8780", "sec-fetch-site": "same-origin"}, False),
        ({"host": "pi:8780", "origin": "http://evil.example"}, True),
        ({"host": "pi:8780", "origin": "null"}, True),
        ({"host": "pi:8780", "sec-fetch-site": "cross-site"}, True),
    ],
)
def test_a_page_of_somebody_else_is_told_by_what_the_browser_says(
    headers: dict[str, str],
    is_from_elsewhere: bool,  # noqa: FBT001 - pytest names it
) -> None:
    assert Request(method="POST", path="/", headers=headers).is_from_elsewhere is is_from_elsewhere


def test_every_answer_forbids_scripts_frames_sniffing_and_keeping() -> None:
    head, _, body = Answer(body="für").encode().partition(b"\r\n\r\n")
    says = head.decode()
    assert says.startswith("HTTP/1.1 200 OK\r\n")
    for line in (
        "Content-Security-Policy: default-src 'none'; style-src 'self'",
        "X-Content-Type-Options: nosniff",
        "X-Frame-Options: DENY",
        "Cache-Control: no-store",
        "Content-Length: 4",
    ):
        assert line in says
    assert body == "für".encode()
    assert "script-src" not in says


def test_an_answer_to_head_has_no_body() -> None:
    assert Answer(body="text").encode(with_body=False).endswith(b"\r\n\r\n")
