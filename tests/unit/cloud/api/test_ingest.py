"""Batches and commands over HTTP: who may, what comes back, and what bounds it."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from cloud.access import shield
from cloud.application import application
from cloud.commands.issue import CommandIssuer
from cloud.ingest.batch_desk import MOST_AT_ONCE, MOST_OF_ONE_GATEWAY
from cloud.ingest.inbox import Inbox
from cloud.ingest.service import IngestService
from cloud.ingest.worker import IngestWorker
from cloud.ports import SERVICE, Deed, LedgerNote
from cloud.storage.sqlite_series import SqliteSeries
from tests.contracts.batches import EPOCH, batch, batch_of
from tests.contracts.records import NOW_MS, run
from tests.fakes.cloud_services import ADMIN, FakeCloud
from tests.fakes.command_book import FakeCommandBook
from tests.fakes.ingest import FailingRecordStore, FakeAckSender, FakeDeviceRegistry
from vitals.errors import StorageError
from vitals.ledger.merkle import is_consistent
from vitals.wire.command import decode_command, decode_commands
from vitals.wire.envelope import MAX_BATCH_BYTES, ContentType, decode_ack, encode_record
from vitals.wire.ledger import decode_head_news

BATCHES = "/api/v1/ingest/batches"
COMMANDS = "/api/v1/ingest/commands"
LEDGER = "/api/v1/ingest/ledger"
MSGPACK = {"content-type": "application/msgpack"}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[FailingRecordStore]:
    series = SqliteSeries(tmp_path / "series.db")
    yield FailingRecordStore(series)
    series.close()


@pytest.fixture
def by_broker() -> FakeAckSender:
    return FakeAckSender()


@pytest.fixture
def worker(cloud: FakeCloud, store: FailingRecordStore, by_broker: FakeAckSender) -> Iterator[IngestWorker]:
    """The thread that stores, on the desk's inbox; a test starts it."""
    service = IngestService(store=store, devices=FakeDeviceRegistry(), answers=FakeCommandBook())
    made = IngestWorker(cloud.inbox, service, by_broker)
    yield made
    made.stop()


@asynccontextmanager
async def client(cloud: FakeCloud, token: str | None) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(application(cloud.services), raise_app_exceptions=False)
    headers = {} if token is None else {"authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(
        transport=transport, base_url="http://127.0.0.1:8080", headers=headers
    ) as made:
        yield made


@pytest.fixture
async def home(cloud: FakeCloud) -> AsyncIterator[httpx.AsyncClient]:
    """The gateway `home-1`, known by its token."""
    async with client(cloud, cloud.gateway_access.issue("home-1")) as made:
        yield made


async def test_a_batch_is_answered_with_its_acknowledgement_once_it_is_stored(
    home: httpx.AsyncClient, worker: IngestWorker, store: FailingRecordStore, by_broker: FakeAckSender
) -> None:
    worker.start()
    answer = await home.post(
        BATCHES, content=batch(run((NOW_MS, 60)), run((NOW_MS + 1, 61))), headers=MSGPACK
    )
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/msgpack"
    assert decode_ack(answer.content).stored == [(1, 2)]
    assert [(account.gateway, account.stored) for account in store.accounts()] == [("home-1", ((1, 2),))]
    assert by_broker.sent == []


async def test_json_is_answered_in_json(home: httpx.AsyncClient, worker: IngestWorker) -> None:
    worker.start()
    payload = batch(run((NOW_MS, 60)), kind=ContentType.JSON)
    answer = await home.post(BATCHES, content=payload, headers={"content-type": "application/json"})
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == {"epoch": EPOCH, "stored": [[1, 1]], "quarantined": []}


async def test_the_same_batch_twice_is_stored_once_and_acknowledged_twice(
    home: httpx.AsyncClient, worker: IngestWorker, store: FailingRecordStore
) -> None:
    worker.start()
    payload = batch(run((NOW_MS, 60)))
    answers = [await home.post(BATCHES, content=payload, headers=MSGPACK) for _ in range(2)]
    assert [decode_ack(answer.content).stored for answer in answers] == [[(1, 1)], [(1, 1)]]
    assert [account.duplicates for account in store.accounts()] == [1]


async def test_a_poison_record_is_named_and_the_rest_is_stored(
    home: httpx.AsyncClient, worker: IngestWorker
) -> None:
    worker.start()
    payload = batch_of([b"\xc0", *(bytes(raw) for raw in _raws())])
    ack = decode_ack((await home.post(BATCHES, content=payload, headers=MSGPACK)).content)
    assert ack.stored == [(2, 2)]
    assert [aside.seq for aside in ack.quarantined] == [1]


async def test_many_poison_records_are_named_in_one_answer(
    home: httpx.AsyncClient, worker: IngestWorker
) -> None:
    worker.start()
    answer = await home.post(BATCHES, content=batch_of([b"\xc0"] * 900), headers=MSGPACK)
    assert [aside.seq for aside in decode_ack(answer.content).quarantined] == list(range(1, 901))


async def test_what_is_no_batch_is_kept_whole_and_refused(
    home: httpx.AsyncClient, worker: IngestWorker, cloud: FakeCloud
) -> None:
    worker.start()
    answer = await home.post(BATCHES, content=b"\x00rubbish", headers=MSGPACK)
    assert answer.status_code == 422
    assert "quarantine" in answer.json()["detail"]
    assert len(cloud.inbox) == 0


async def test_an_encoding_nobody_speaks_is_refused(home: httpx.AsyncClient, cloud: FakeCloud) -> None:
    answer = await home.post(BATCHES, content=b"<batch/>", headers={"content-type": "text/xml"})
    assert answer.status_code == 415
    assert "application/msgpack" in answer.json()["detail"]
    assert len(cloud.inbox) == 0


@pytest.mark.parametrize("is_chunked", [False, True])
async def test_a_batch_over_the_limit_is_refused_unread(
    home: httpx.AsyncClient, cloud: FakeCloud, *, is_chunked: bool
) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(MAX_BATCH_BYTES // 1000 + 1):
            yield bytes(1000)

    content = chunks() if is_chunked else bytes(MAX_BATCH_BYTES + 1)
    assert (await home.post(BATCHES, content=content, headers=MSGPACK)).status_code == 413
    assert len(cloud.inbox) == 0


async def test_a_batch_as_large_as_the_broker_takes_is_taken(
    home: httpx.AsyncClient, worker: IngestWorker
) -> None:
    worker.start()
    raws = list(_raws())
    payload = batch_of(raws * (MAX_BATCH_BYTES // len(bytes(raws[0])) - 3))
    assert 0.9 * MAX_BATCH_BYTES < len(payload) <= MAX_BATCH_BYTES
    assert (await home.post(BATCHES, content=payload, headers=MSGPACK)).status_code == 200


async def test_while_the_store_refuses_the_answer_is_to_come_again(
    home: httpx.AsyncClient, worker: IngestWorker, store: FailingRecordStore, cloud: FakeCloud
) -> None:
    cloud.batches.patience_s = 0.3
    store.failures = [StorageError("the disk is full: free some space")] * 1000
    worker.start()
    answer = await home.post(BATCHES, content=batch(run((NOW_MS, 60))), headers=MSGPACK)
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert "disk" not in answer.text


async def test_a_full_inbox_takes_nothing_and_says_so(cloud: FakeCloud) -> None:
    cloud.batches.inbox = Inbox(max_messages=0)
    async with client(cloud, cloud.gateway_access.issue("home-1")) as home:
        answer = await home.post(BATCHES, content=batch(run((NOW_MS, 60))), headers=MSGPACK)
    assert (answer.status_code, "retry-after" in answer.headers) == (503, True)


async def test_a_batch_that_hardly_arrives_gives_up_its_place(
    cloud: FakeCloud, home: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shield, "BODY_S", 0.05)

    async def trickle() -> AsyncIterator[bytes]:
        yield b"\x87"
        await asyncio.sleep(30)

    answer = await home.post(BATCHES, content=trickle(), headers=MSGPACK)
    assert answer.status_code == 408
    assert (len(cloud.inbox), cloud.batches.present) == (0, 0)


async def test_one_gateway_cannot_take_every_place(cloud: FakeCloud, home: httpx.AsyncClient) -> None:
    async with client(cloud, cloud.gateway_access.issue("home-2")) as other:
        waiting = [
            asyncio.create_task(home.post(BATCHES, content=batch(run((NOW_MS, 60)), first_seq=n + 1)))
            for n in range(MOST_OF_ONE_GATEWAY)
        ]
        while len(cloud.inbox) < MOST_OF_ONE_GATEWAY:  # noqa: ASYNC110 - they are on their way through the application
            await asyncio.sleep(0.01)
        refused = await home.post(BATCHES, content=batch(run((NOW_MS, 61)), first_seq=99))
        welcome = asyncio.create_task(other.post(BATCHES, content=batch(run((NOW_MS, 60)))))
        while len(cloud.inbox) <= MOST_OF_ONE_GATEWAY:  # noqa: ASYNC110 - likewise
            await asyncio.sleep(0.01)
        for delivery in cloud.inbox.take(max_messages=99, max_bytes=10**9, wait_s=0):
            delivery.acknowledge()
        assert {each.status_code for each in await asyncio.gather(*waiting, welcome)} == {422}
    assert (refused.status_code, "retry-after" in refused.headers) == (429, True)


async def test_no_more_requests_than_places_wait_together(cloud: FakeCloud) -> None:
    places = [cloud.batches.place(f"home-{number}") for number in range(MOST_AT_ONCE)]
    for place in places:
        await place.__aenter__()
    async with client(cloud, cloud.gateway_access.issue("home-99")) as late:
        assert (await late.post(BATCHES, content=batch(run((NOW_MS, 60))))).status_code == 429
        for place in places:
            await place.__aexit__(None, None, None)
        cloud.batches.patience_s = 0.1
        assert (
            await late.post(BATCHES, content=batch(run((NOW_MS, 60))))
        ).status_code == 503  # nobody stores


async def test_a_request_given_up_by_its_gateway_leaves_its_place(
    cloud: FakeCloud, home: httpx.AsyncClient
) -> None:
    waiting = asyncio.create_task(home.post(BATCHES, content=batch(run((NOW_MS, 60)))))
    while not len(cloud.inbox):  # noqa: ASYNC110 - it is on its way through the application
        await asyncio.sleep(0.01)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    (given_up,) = cloud.inbox.take(max_messages=9, max_bytes=10**9, wait_s=0)
    thread = threading.Thread(target=given_up.acknowledge)
    thread.start()
    thread.join()
    assert cloud.batches.present == 0


# --- Who a gateway is ---------------------------------------------------------------------------


async def test_the_token_says_who_a_gateway_is_and_nothing_it_sends_does(
    cloud: FakeCloud, worker: IngestWorker, store: FailingRecordStore
) -> None:
    worker.start()
    cloud.gateway_access.issue("home-1")
    async with client(cloud, cloud.gateway_access.issue("home-2")) as other:
        claims = {"x-gateway": "home-1", "x-forwarded-user": "home-1", "from": "home-1"}
        answer = await other.post(
            f"{BATCHES}?gateway=home-1", content=batch(run((NOW_MS, 60))), headers=MSGPACK | claims
        )
    assert answer.status_code == 200
    assert [account.gateway for account in store.accounts()] == ["home-2"]


@pytest.mark.parametrize("scheme", ["Bearer", "Basic", ""])
async def test_a_stranger_brings_nothing(cloud: FakeCloud, scheme: str) -> None:
    async with client(cloud, None) as stranger:
        for token in ("", "guess", "\u00e9", "a" * 8_000):
            headers = {"authorization": f"{scheme} {token}".encode()}
            answer = await stranger.post(BATCHES, content=batch(run((NOW_MS, 60))), headers=headers)
            assert answer.status_code == 401
            assert (await stranger.get(COMMANDS, headers=headers)).status_code == 401
    assert len(cloud.inbox) == 0


async def test_a_persons_session_is_no_gateway_even_as_a_cookie(cloud: FakeCloud) -> None:
    session = cloud.token(ADMIN)
    async with client(cloud, None) as person:
        person.cookies.set("carewire", session)
        headers = {"origin": "http://127.0.0.1:8080"}
        assert (await person.post(BATCHES, content=b"x", headers=headers)).status_code == 401
    async with client(cloud, session) as person:
        assert (await person.post(BATCHES, content=b"x")).status_code == 401
    assert len(cloud.inbox) == 0


async def test_a_gateways_token_opens_nothing_of_a_persons(home: httpx.AsyncClient) -> None:
    for path in ("/api/v1/patients", "/api/v1/gateways", "/api/v1/health"):
        assert (await home.get(path)).status_code == 401


async def test_a_revoked_token_is_worthless_at_once(cloud: FakeCloud, home: httpx.AsyncClient) -> None:
    assert (await home.get(COMMANDS)).status_code == 200
    cloud.gateway_access.revoke("home-1")
    assert (await home.get(COMMANDS)).status_code == 401
    assert (await home.post(BATCHES, content=batch(run((NOW_MS, 60))))).status_code == 401
    assert len(cloud.inbox) == 0


# --- Commands -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("is_alerting", "said"), [(True, "alive"), (False, "silent")])
async def test_a_gateway_is_told_whether_alerting_lives(
    cloud: FakeCloud, home: httpx.AsyncClient, said: str, *, is_alerting: bool
) -> None:
    cloud.is_alerting = is_alerting
    assert (await home.get(COMMANDS)).headers["carewire-alerting"] == said


async def test_a_gateway_is_told_what_is_asked_of_it_and_of_no_other(
    cloud: FakeCloud, home: httpx.AsyncClient
) -> None:
    issuer = CommandIssuer(book=cloud.commands, clock=cloud.clock, new_id=cloud.commands.new_id)
    mine = issuer.issue("home-1", "identify", {}, by="u-admin", expires_in_s=60)
    issuer.issue("home-2", "identify", {}, by="u-admin", expires_in_s=60)
    issuer.issue("home-1", "identify", {}, by="u-admin", expires_in_s=0)
    told = decode_commands((await home.get(COMMANDS)).content)
    assert [decode_command(each).id for each in told] == [mine.id]


async def test_a_gateway_that_asks_is_online(cloud: FakeCloud, home: httpx.AsyncClient) -> None:
    assert cloud.back_office.online("home-1") is None
    await home.get(COMMANDS)
    assert cloud.back_office.online("home-1") is True


def _raws() -> Iterator[bytes]:
    yield encode_record(run((NOW_MS, 60)))


async def test_a_gateway_is_given_the_head_to_witness_with_the_proof_from_what_it_keeps(
    cloud: FakeCloud, home: httpx.AsyncClient
) -> None:
    assert (await home.get(LEDGER)).status_code == 204
    cloud.ledger.append_all([LedgerNote(t_ms=1, deed=Deed.ERASED, actor=SERVICE)] * 20)
    kept = cloud.services.ledger.signer.head()
    assert decode_head_news((await home.get(LEDGER)).content).proof == []
    cloud.ledger.append_all([LedgerNote(t_ms=1, deed=Deed.ERASED, actor=SERVICE)] * 13)
    cloud.services.ledger.signer.head()
    said = {"epoch": kept.epoch, "size": kept.size, "verdict": "first"}
    news = decode_head_news((await home.get(LEDGER, params=said)).content)
    proof = [bytes.fromhex(each) for each in news.proof]
    assert is_consistent(kept.size, kept.root_hash, news.head.size, news.head.root_hash, proof)
    (word,) = cloud.ledger_book.words()
    assert (word.gateway, word.size, word.verdict) == ("home-1", kept.size, "first")


async def test_whoever_is_no_gateway_is_given_no_head_and_heard_of_nothing(cloud: FakeCloud) -> None:
    async with client(cloud, "made-up") as stranger:
        said = {"epoch": 0, "size": 9, "verdict": "forked"}
        assert (await stranger.get(LEDGER, params=said)).status_code == 401
    assert cloud.ledger_book.words() == []


@pytest.mark.parametrize("lie", [{"size": "-1"}, {"size": "x"}, {"epoch": str(2**60)}, {"verdict": "x" * 17}])
async def test_a_word_that_is_none_is_refused(home: httpx.AsyncClient, lie: dict[str, str]) -> None:
    said = {"epoch": "0", "size": "0", "verdict": "first"} | lie
    assert (await home.get(LEDGER, params=said)).status_code == 422
