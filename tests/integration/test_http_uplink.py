"""The uplink over HTTP against servers that answer as no service of ours would, and over TLS as ours does."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from carewire.commands.cloud import app
from carewire.mosquitto import make_certificates
from edge.adapters.http_uplink import HttpUplink
from edge.sending.uplink import (
    AckArrived,
    CommandArrived,
    HeadArrived,
    LinkDown,
    LinkEvent,
    LinkUp,
    LivenessArrived,
    Received,
)
from tests.fakes.cloud_process import CloudProcess
from tests.fakes.gateway_delivery import GATEWAY, by_http, until
from tests.fakes.rude_server import RudeServer, answering, rude_server
from vitals.errors import ConfigurationError, DeliveryError
from vitals.wire.command import Command, encode_command, encode_commands
from vitals.wire.envelope import MAX_BATCH_BYTES, Ack, encode_ack
from vitals.wire.ledger import Witnessed
from vitals.wire.liveness import Liveness, decode_liveness

TOKEN = "letters-" * 6
ACK = encode_ack(Ack(epoch="abcd-events", stored=[(1, 1)]))


@asynccontextmanager
async def uplink(url: str, ca_file: Path | None = None) -> AsyncIterator[tuple[HttpUplink, list[LinkEvent]]]:
    made, heard = HttpUplink(by_http(url, TOKEN, ca_file)), list[LinkEvent]()
    task = asyncio.create_task(made.run(heard.append))
    try:
        yield made, heard
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@asynccontextmanager
async def sending(
    batches: Callable[[bytes], bytes | None],
) -> AsyncIterator[tuple[RudeServer, HttpUplink, list[LinkEvent]]]:
    """Yield once one batch has been handed over."""
    async with rude_server() as rude, uplink(rude.url) as (made, heard):
        rude.batches = batches
        await until(lambda: heard)
        assert heard == [LinkUp(max_payload_bytes=MAX_BATCH_BYTES)]
        made.send(b"batch", ticket=7)
        yield rude, made, heard


async def test_a_batch_goes_with_the_token_and_its_answer_is_answer_and_acknowledgement() -> None:
    answer = answering("200 OK", ACK, "Content-Type: application/msgpack")
    async with sending(lambda _: answer) as (rude, _, heard):
        await until(lambda: len(heard) == 3)
        assert heard[1:] == [
            Received(ticket=7, reason_code=0),
            AckArrived(payload=ACK, content_type="application/msgpack"),
        ]
        post = next(head for head in rude.heads if head.startswith("POST /api/v1/ingest/batches "))
        assert f"Authorization: Bearer {TOKEN}" in post
        assert "Content-Type: application/msgpack" in post


@pytest.mark.parametrize(
    ("answer", "reason_code", "hold_s"),
    [
        (answering("401 Unauthorized"), 0x87, 0.0),
        (answering("413 Too Large"), 0x95, 0.0),
        (answering("429 Too Many", b"", "Retry-After: 5"), 0x97, 5.0),
        (answering("503 Unavailable", b"{}", "Retry-After: 100000"), 0x88, 60.0),
        (answering("503 Unavailable", b"", "Retry-After: Wed, 21 Oct 2065 07:28:00 GMT"), 0x88, 0.0),
        (answering("418 Teapot"), 0x80, 0.0),
        (answering("302 Found", b"", "Location: http://192.0.2.1/"), 0x80, 0.0),
    ],
)
async def test_a_refusal_is_told_as_a_brokers_would_be(
    answer: bytes, reason_code: int, hold_s: float
) -> None:
    async with sending(lambda _: answer) as (rude, _, heard):
        await until(lambda: len(heard) == 2)
        assert heard[1] == Received(ticket=7, reason_code=reason_code, hold_s=hold_s)
        assert len([head for head in rude.heads if head.startswith("POST")]) == 1, "it follows no redirection"


@pytest.mark.parametrize(
    "answer",
    [
        b"no HTTP at all\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\nConnection: close\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\nContent-Length: 3000000\r\n\r\n" + bytes(3_000_000),
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope",
    ],
)
async def test_an_answer_that_cannot_be_read_ends_the_link_and_it_is_made_again(answer: bytes) -> None:
    async with sending(lambda _: answer) as (_, made, heard):
        await until(lambda: len(heard) == 3)
        assert [type(event) for event in heard[1:]] == [LinkDown, LinkUp]
        assert made.counters["http.connected"] == 2


async def test_a_service_that_never_answers_is_left_when_delivery_gives_it_up() -> None:
    async with sending(lambda _: None) as (_, made, heard):
        made.restart("the broker does not answer")
        await until(lambda: len(heard) == 3)
        assert heard[1] == LinkDown(reason="the broker does not answer")
        assert isinstance(heard[2], LinkUp)


@pytest.mark.parametrize(("said", "heard_as"), [("alive", [True]), ("silent", [False]), ("perhaps", [])])
async def test_whether_alerting_lives_comes_with_what_is_asked(said: str, heard_as: list[bool]) -> None:
    async with rude_server() as rude:
        rude.commands = lambda _: answering("200 OK", b"\x90", f"Carewire-Alerting: {said}")
        async with uplink(rude.url) as (_, heard):
            await until(lambda: any(isinstance(event, LinkUp) for event in heard))
    arrived = [decode_liveness(event.payload) for event in heard if isinstance(event, LivenessArrived)]
    assert arrived == [Liveness(is_alerting=each) for each in heard_as]


async def test_heads_to_witness_are_asked_for_with_what_is_kept() -> None:
    kept = Witnessed(epoch=2, size=33, verdict="grown")
    async with rude_server() as rude:
        rude.ledger = lambda _: answering("200 OK", b"news", "Content-Type: application/msgpack")
        heard = list[LinkEvent]()
        made = HttpUplink(by_http(rude.url, TOKEN), witnessed=lambda: kept)
        task = asyncio.create_task(made.run(heard.append))
        await until(lambda: any(isinstance(event, HeadArrived) for event in heard))
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    assert HeadArrived(payload=b"news", content_type="application/msgpack") in heard
    (asked,) = [head for head in rude.heads if "/ingest/ledger" in head]
    assert "?epoch=2&size=33&verdict=grown " in asked


async def test_a_service_that_gives_no_heads_is_a_service_all_the_same() -> None:
    async with rude_server() as rude, uplink(rude.url) as (made, heard):
        rude.ledger = lambda _: answering("404 Not Found")
        await until(lambda: made.counters.get("http.ledger_404"))
        assert heard == [LinkUp(max_payload_bytes=MAX_BATCH_BYTES)]


async def test_commands_are_handed_on_one_by_one_and_nonsense_is_counted() -> None:
    commands = [
        Command(id=f"command-{number}", name="identify", issued_ms=1, expires_ms=2) for number in (1, 2)
    ]
    answers = [answering("200 OK", b"\xff"), answering("200 OK", encode_commands(commands))]
    async with rude_server() as rude:
        rude.commands = lambda _body: answers[0] if len(answers) == 1 else answers.pop(0)
        async with uplink(rude.url) as (made, heard):
            await until(lambda: sum(isinstance(event, CommandArrived) for event in heard) >= 2)
    assert [event.payload for event in heard if isinstance(event, CommandArrived)][:2] == [
        encode_command(each) for each in commands
    ]
    assert made.counters["http.commands_unreadable"] == 1


async def test_a_service_that_does_not_know_the_token_is_no_link() -> None:
    async with rude_server() as rude:
        rude.commands = lambda _body: answering("401 Unauthorized")
        async with uplink(rude.url) as (made, heard):
            await until(lambda: made.counters.get("http.connect_failed", 0) >= 2)
            with pytest.raises(DeliveryError, match="outbox"):
                made.send(b"batch", ticket=1)
    assert heard == []


# --- TLS ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_certificates(tmp_path_factory.mktemp("certificates"), ["hallway"])


async def test_the_service_speaks_tls_itself_and_a_gateway_knows_it_by_its_authority(
    tmp_path: Path, certificates: Path
) -> None:
    cloud = CloudProcess(
        tmp_path, cert_file=str(certificates / "cloud.crt"), key_file=str(certificates / "cloud.key")
    )
    await asyncio.to_thread(cloud.start)
    options = by_http(cloud.url, cloud.token(GATEWAY), certificates / "ca.crt")
    heard: list[LinkEvent] = []
    task = asyncio.create_task(HttpUplink(options).run(heard.append))
    up = LinkUp(max_payload_bytes=MAX_BATCH_BYTES)
    await until(lambda: up in heard)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    config = tmp_path / "cloud.toml"
    config.write_text(
        f'[http]\nport = {cloud.port}\npublic_url = "{cloud.url}"\n'
        f'cert_file = "{certificates}/cloud.crt"\nkey_file = "{certificates}/cloud.key"\n'
    )
    asked = await asyncio.to_thread(CliRunner().invoke, app, ["health", "--config", str(config)])
    cloud.kill()
    assert "not well: see its log" in asked.output, "it answers, over TLS, that it has no broker"
    assert any(isinstance(event, LivenessArrived) for event in heard), "with what is asked comes how it is"


async def test_the_token_is_never_told_to_a_service_of_another_authority(
    tmp_path: Path, certificates: Path
) -> None:
    await asyncio.to_thread(make_certificates, tmp_path, ["hallway"])
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(tmp_path / "cloud.crt", tmp_path / "cloud.key")
    async with (
        rude_server(tls) as rude,
        uplink(rude.url.replace("http:", "https:"), certificates / "ca.crt") as (made, heard),
    ):
        await until(lambda: made.counters.get("http.failed", 0) >= 1)
    assert (rude.heads, heard) == ([], [])


def test_an_authority_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="ca_file"):
        HttpUplink(replace(by_http("https://127.0.0.1", TOKEN), ca_file=tmp_path / "absent.pem"))
