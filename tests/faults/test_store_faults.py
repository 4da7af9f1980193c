"""From a gateway's outbox to the service's own store, while store, broker's room or a record fails."""

import sqlite3
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path

import pytest

from cloud.storage.sqlite_series import SqliteSeries
from edge.outbox import Outbox
from tests.contracts.records import identified
from tests.fakes.broker_process import BrokerProcess, EmbeddedBroker, Mosquitto
from tests.fakes.gateway_delivery import gateway_delivering, until
from tests.fakes.gateway_records import DEVICE, event, open_outbox, run, strip
from tests.fakes.service_ingest import PATIENT, service_ingest
from tests.fakes.small_disk import SmallDisk, small_disk
from vitals.errors import StorageError
from vitals.records import DeviceReport, GapReason, LinkState

__all__ = ["small_disk"]

_ALL_TIME_MS = (0, 1 << 45)


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    opened = open_outbox(tmp_path / "outbox.db")
    yield opened
    opened.close()


@pytest.fixture
def series(tmp_path: Path) -> Iterator[SqliteSeries]:
    opened = SqliteSeries(tmp_path / "series.db", busy_timeout_ms=100)
    yield opened
    opened.close()


@pytest.fixture(params=[Mosquitto, EmbeddedBroker])
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[BrokerProcess]:
    started: BrokerProcess = request.param(tmp_path / "broker")
    started.start()
    yield started
    started.kill()


def assert_all_is_there_once(outbox: Outbox, series: SqliteSeries) -> None:
    """Every number the outbox ever gave out is stored or set aside, and none is missing."""
    accounts = {account.epoch: account for account in series.accounts()}
    for epoch in (each for each in outbox.status().epochs if each.made):
        account = accounts[epoch.epoch]
        stored = sum(last - first + 1 for first, last in account.stored)
        assert stored + len(account.quarantined) == epoch.made
        assert account.missing == ()
    assert outbox.status().records == 0


async def test_a_backlog_beyond_the_brokers_queue_is_told_again_until_it_is_stored(
    tmp_path: Path, outbox: Outbox, series: SqliteSeries
) -> None:
    room = 3
    broker = Mosquitto(tmp_path / "broker", extra=f"max_queued_messages {room}\nmax_inflight_messages 1")
    broker.start()
    with service_ingest(broker.port, series) as ingest:
        await until(lambda: ingest.health().broker.subscriptions)
    for number in range(100):
        outbox.append([strip(number, samples=4_000)])
    async with gateway_delivering(outbox, broker.port) as running:
        await until(lambda: running.delivery.counters["delivery.received"] > 2 * room)
        assert outbox.status().records == 100, "a broker's word, even for what it throws away, is not enough"
        with service_ingest(broker.port, series):
            await until(lambda: outbox.status().records == 0)
    broker.kill()
    assert_all_is_there_once(outbox, series)


async def test_an_oversize_and_a_poison_record_cost_no_other(
    outbox: Outbox, broker: BrokerProcess, series: SqliteSeries
) -> None:
    poison = DeviceReport(device=DEVICE, t_ms=1, link=LinkState.CONNECTED, battery_percent=300)
    outbox.append([event(1), poison, event(2), strip(1, samples=200_000), strip(2), run(3)])
    with service_ingest(broker.port, series) as ingest:
        async with gateway_delivering(outbox, broker.port):
            await until(lambda: outbox.status().records == 0)
        assert ingest.health().healthy
    assert_all_is_there_once(outbox, series)
    (aside,) = series.quarantined(10)
    assert aside.seq == 2
    assert "battery_percent" in aside.reason
    (stated,) = series.gaps(PATIENT, "ecg", *_ALL_TIME_MS)
    assert (stated.reason, stated.missed) == (GapReason.OVERSIZE, 200_000)
    assert len(series.events(PATIENT, *_ALL_TIME_MS)) == 2


async def test_what_a_smaller_broker_would_choke_on_waits_and_the_rest_flows(
    tmp_path: Path, outbox: Outbox, series: SqliteSeries
) -> None:
    broker = Mosquitto(tmp_path / "broker", extra="max_packet_size 20000")
    broker.start()
    outbox.append([strip(1, samples=50_000), strip(2), event(3)])
    with service_ingest(broker.port, series):
        async with gateway_delivering(outbox, broker.port) as running:
            await until(lambda: outbox.status().records == 1)
            assert running.delivery.is_link_up
            assert running.delivery.counters["delivery.link_down"] == 0
    broker.kill()
    assert outbox.counters["outbox.passed_over"] == 1


async def test_a_locked_store_is_red_acknowledges_nothing_and_goes_on_when_it_is_free(
    tmp_path: Path, outbox: Outbox, broker: BrokerProcess, series: SqliteSeries
) -> None:
    outbox.append([event(1), run(1), strip(1)])
    thief = sqlite3.connect(tmp_path / "series.db", isolation_level=None)
    thief.execute("BEGIN IMMEDIATE")
    with service_ingest(broker.port, series) as ingest:
        async with gateway_delivering(outbox, broker.port) as running:
            await until(lambda: any("another process holds it" in one for one in ingest.health().troubles))
            assert outbox.status().records == 3
            assert running.delivery.counters["delivery.acknowledged"] == 0
            thief.execute("ROLLBACK")
            await until(lambda: outbox.status().records == 0)
            assert ingest.health().healthy
    thief.close()
    assert_all_is_there_once(outbox, series)


@pytest.mark.parametrize("small_disk", ["tmpfs"], indirect=True)
async def test_a_full_store_is_red_acknowledges_nothing_and_goes_on_when_there_is_room(
    outbox: Outbox, broker: BrokerProcess, small_disk: SmallDisk
) -> None:
    series = SqliteSeries(small_disk.folder / "series.db")
    outbox.append([strip(number, samples=4_000) for number in range(20)])
    fill(small_disk.folder, series)
    with service_ingest(broker.port, series) as ingest:
        async with gateway_delivering(outbox, broker.port):
            await until(lambda: any("nothing can be stored" in one for one in ingest.health().troubles))
            assert outbox.status().records == 20
            small_disk.grow()
            await until(lambda: outbox.status().records == 0)
            assert ingest.health().healthy
    assert_all_is_there_once(outbox, series)
    series.close()


def fill(folder: Path, series: SqliteSeries) -> None:
    """Have somebody else's file take what is left of the disk, and commit until nothing goes in any more."""
    with suppress(OSError):
        (folder / "filler").write_bytes(bytes(1 << 20))
    strips = (identified(strip(seq, samples=4_000), seq) for seq in count(1))
    with pytest.raises(StorageError):
        deque((series.commit([each]) for each in strips), maxlen=0)


async def test_a_weeks_backlog_drains_while_what_happens_now_goes_first(
    outbox: Outbox, broker: BrokerProcess, series: SqliteSeries
) -> None:
    backlog = 1_500
    for first in range(0, backlog, 100):
        outbox.append([strip(number, samples=4_000) for number in range(first, first + 100)])
    with service_ingest(broker.port, series):
        async with gateway_delivering(outbox, broker.port) as running:
            await until(lambda: outbox.status().records < backlog)
            outbox.append([event(1)])
            running.delivery.notify()
            await until(lambda: series.events(PATIENT, *_ALL_TIME_MS))
            waiting = outbox.status().records
            assert waiting > backlog / 2, "the event has waited for the backlog"
            await until(lambda: outbox.status().records == 0)
    assert_all_is_there_once(outbox, series)
