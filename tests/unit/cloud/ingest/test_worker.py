import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from cloud.ingest import worker as worker_module
from cloud.ingest.inbox import Inbox
from cloud.ingest.service import IngestService
from cloud.ingest.worker import IngestWorker
from cloud.ports import Wearing
from cloud.storage.sqlite_series import SqliteSeries
from tests.contracts.batches import batch, delivery
from tests.contracts.records import NOW_MS, run
from tests.fakes.command_book import FakeCommandBook
from tests.fakes.ingest import FailingRecordStore, FakeAckSender, FakeDeviceRegistry
from vitals.errors import StorageError


@pytest.fixture
def store(tmp_path: Path) -> Iterator[FailingRecordStore]:
    series = SqliteSeries(tmp_path / "series.db")
    yield FailingRecordStore(series)
    series.close()


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def acks() -> FakeAckSender:
    return FakeAckSender()


@pytest.fixture
def worker(inbox: Inbox, store: FailingRecordStore, acks: FakeAckSender) -> Iterator[IngestWorker]:
    service = IngestService(store=store, devices=FakeDeviceRegistry(), answers=FakeCommandBook())
    made = IngestWorker(inbox, service, acks)
    yield made
    made.stop()


def eventually(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_stored_delivery_is_acknowledged_to_gateway_and_broker(
    worker: IngestWorker, inbox: Inbox, acks: FakeAckSender
) -> None:
    released: list[int] = []
    inbox.offer(delivery(batch(run((NOW_MS, 60))), acknowledge=lambda: released.append(len(acks.sent))))
    worker.start()
    eventually(lambda: released == [1])
    assert worker.troubles() == ()


def test_an_acknowledgement_goes_back_the_way_its_delivery_came(
    worker: IngestWorker, inbox: Inbox, acks: FakeAckSender
) -> None:
    other_way = FakeAckSender()
    released: list[int] = []
    inbox.offer(delivery(batch(run((NOW_MS, 60)))))
    inbox.offer(delivery(batch(run((NOW_MS, 61)), first_seq=2), reply=other_way))
    inbox.offer(delivery(batch(run((NOW_MS, 62)), first_seq=3), acknowledge=lambda: released.append(3)))
    worker.start()
    eventually(lambda: released == [3])
    assert [ack.stored for _, ack, _ in acks.sent] == [[(1, 1), (3, 3)]]
    assert [ack.stored for _, ack, _ in other_way.sent] == [[(2, 2)]]


def test_while_the_store_refuses_nothing_is_acknowledged_and_it_is_tried_again(
    worker: IngestWorker, inbox: Inbox, acks: FakeAckSender, store: FailingRecordStore
) -> None:
    store.failures = [StorageError("the disk is full; free some space"), ValueError("bug"), StorageError("x")]
    seen: list[tuple[int, tuple[str, ...]]] = []
    released: list[bool] = []
    inbox.offer(delivery(batch(run((NOW_MS, 60))), acknowledge=lambda: released.append(True)))
    worker.start()
    eventually(lambda: bool(worker.troubles()))
    seen.append((len(acks.sent), worker.troubles()))
    eventually(lambda: released == [True])
    assert seen == [(0, ("ingest: nothing can be stored: the disk is full; free some space",))]
    assert worker.troubles() == ()
    assert [ack.stored for _, ack, _ in acks.sent] == [[(1, 1)]]


def test_it_stops_although_the_store_never_recovers(
    worker: IngestWorker, inbox: Inbox, acks: FakeAckSender, store: FailingRecordStore
) -> None:
    store.failures = [StorageError("away")] * 1_000
    released: list[bool] = []
    inbox.offer(delivery(batch(run((NOW_MS, 60))), acknowledge=lambda: released.append(True)))
    worker.start()
    eventually(lambda: bool(worker.troubles()))
    worker.stop()
    assert (acks.sent, released) == ([], [])
    assert worker.troubles() == ("ingest: its storing thread has ended; start the service again",)


def test_trouble_between_batches_does_not_end_it(
    inbox: Inbox, store: FailingRecordStore, acks: FakeAckSender
) -> None:
    troubles: list[Exception] = [OSError("the socket is gone")]

    def tend() -> None:
        if troubles:
            raise troubles.pop()

    service = IngestService(store=store, devices=FakeDeviceRegistry(), answers=FakeCommandBook())
    worker = IngestWorker(inbox, service, acks, tend=tend)
    worker.start()
    inbox.offer(delivery(batch(run((NOW_MS, 60)))))
    eventually(lambda: not troubles)
    inbox.offer(delivery(batch(run((NOW_MS, 60)), first_seq=2)))
    eventually(lambda: len(acks.sent) == 2)
    assert worker.troubles() == ()
    worker.stop()


def test_many_waiting_deliveries_go_into_few_transactions(
    worker: IngestWorker, inbox: Inbox, store: FailingRecordStore, acks: FakeAckSender
) -> None:
    for seq in range(1, 129):
        inbox.offer(delivery(batch(run((NOW_MS, 60)), first_seq=seq)))
    worker.start()
    eventually(lambda: len(acks.sent) == 2)
    assert store.commits == 128 // worker_module._MOST_MESSAGES
    assert [ack.stored for _, ack, _ in acks.sent] == [[(1, 64)], [(65, 128)]]


def test_a_commit_that_hangs_is_a_trouble_until_it_ends(
    inbox: Inbox, store: FailingRecordStore, acks: FakeAckSender
) -> None:
    answers, is_asked, now_s = threading.Event(), threading.Event(), [100.0]

    class HangingDevices(FakeDeviceRegistry):
        def wearings_of(self, devices: Collection[str]) -> Mapping[str, Sequence[Wearing]]:
            is_asked.set()
            assert answers.wait(10)
            return super().wearings_of(devices)

    service = IngestService(store=store, devices=HangingDevices(), answers=FakeCommandBook())
    worker = IngestWorker(inbox, service, acks, monotonic_s=lambda: now_s[0])
    worker.start()
    inbox.offer(delivery(batch(run((NOW_MS, 60)))))
    assert is_asked.wait(10)
    assert worker.troubles() == ()

    now_s[0] += 31
    assert worker.troubles() == ("ingest: a commit hangs for 31 s; see whether disk and database answer",)

    answers.set()
    eventually(lambda: worker.troubles() == () and len(acks.sent) == 1)
    worker.stop()
