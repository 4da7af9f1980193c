"""A gateway's outbox is damaged: what the service misses after that is what the gateway says is lost."""

from pathlib import Path

import pytest

from cloud.accounting import GatewayAccount, accounts_of
from cloud.ingest.service import IngestService
from cloud.storage.sqlite_series import SqliteSeries
from edge.outbox import Outbox
from tests.contracts.batches import batch_of, delivery
from tests.fakes.command_book import FakeCommandBook
from tests.fakes.gateway_records import event, open_outbox, run, strip
from tests.fakes.ingest import FakeDeviceRegistry

RECORDS = 120
PAGE = 4096


def account(series: SqliteSeries) -> GatewayAccount:
    (found,) = accounts_of(series.accounts(), {})
    return found


def deliver(outbox: Outbox, ingest: IngestService, *, most: int) -> None:
    """Send up to so many batches, and let go of what is acknowledged."""
    for _ in range(most):
        taken = outbox.next_batch(after={})
        if taken is None:
            return
        payload = batch_of(taken.payloads, first_seq=taken.first_seq, epoch=taken.epoch)
        for reply in ingest.ingest([delivery(payload)]):
            outbox.acknowledge(reply.ack)


@pytest.mark.parametrize("sent_before", [0, 1, 2])
def test_what_is_missing_after_a_damage_is_what_the_gateway_declares_lost(
    tmp_path: Path, sent_before: int
) -> None:
    series = SqliteSeries(tmp_path / "series.db")
    ingest = IngestService(store=series, devices=FakeDeviceRegistry(), answers=FakeCommandBook())
    path = tmp_path / "outbox.db"
    outbox = open_outbox(path)
    for number in range(RECORDS):
        outbox.append([run(number), strip(number), event(number)])
    deliver(outbox, ingest, most=sent_before)
    outbox.close()
    raw = bytearray(path.read_bytes())
    middle = len(raw) // 2 // PAGE * PAGE
    raw[middle : middle + 4 * PAGE] = bytes(4 * PAGE)
    path.write_bytes(raw)
    salvaged = open_outbox(path)
    deliver(salvaged, ingest, most=1_000)
    salvaged.close()
    found = account(series)
    assert found.declared_lost > 0
    assert 0 < found.counts.missing <= found.declared_lost
    assert found.unexplained == 0
    assert found.counts.stored + found.declared_lost == 3 * RECORDS + 1
    series.close()
