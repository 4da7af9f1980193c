"""That quarantine is bounded, and that what it has no room for is not acknowledged."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from cloud.ingest.service import IngestService
from cloud.ports import LINE_PROTOCOL, Discard, Wanted
from cloud.storage.journal import set_aside
from cloud.storage.sqlite_series import SqliteSeries
from tests.contracts.batches import EPOCH, batch_of, delivery
from tests.contracts.records import NOW_MS, identified, run
from tests.contracts.series.store import poison
from tests.fakes.command_book import FakeCommandBook
from tests.fakes.ingest import FakeDeviceRegistry
from vitals.errors import StorageError
from vitals.wire.envelope import encode_record


@pytest.fixture
def series(tmp_path: Path) -> Iterator[SqliteSeries]:
    opened = SqliteSeries(tmp_path / "series.db")
    yield opened
    opened.close()


@pytest.fixture
def ingest(series: SqliteSeries) -> IngestService:
    return IngestService(store=series, devices=FakeDeviceRegistry(), answers=FakeCommandBook())


def size(series: SqliteSeries) -> tuple[int, int]:
    (share,) = series.shares()
    return share.records, share.size_bytes


def test_what_has_no_room_is_not_acknowledged_and_the_rest_flows(
    series: SqliteSeries, ingest: IngestService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(set_aside, "MOST_RECORDS", 2)
    good = encode_record(run((NOW_MS, 60)))
    (reply,) = ingest.ingest([delivery(batch_of([b"\xc0", good, b"\xc0", b"\xc0", b"\xc0"]))])
    assert reply.ack.stored == [(2, 2)]
    assert [one.seq for one in reply.ack.quarantined] == [1, 3]
    assert (ingest.stats.quarantined, ingest.stats.refused) == (2, 2)
    (account,) = series.accounts()
    assert account.quarantined == ((1, 1), (3, 3))


def test_what_is_kept_already_is_acknowledged_again_however_full_it_is(
    ingest: IngestService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(set_aside, "MOST_RECORDS", 1)
    for _ in range(2):
        (reply,) = ingest.ingest([delivery(batch_of([b"\xc0", b"\xc0"]))])
        assert [one.seq for one in reply.ack.quarantined] == [1]


def test_a_gateway_that_sends_nothing_but_poison_takes_no_room_of_another(
    series: SqliteSeries, ingest: IngestService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(set_aside, "MOST_BYTES", 2_000)
    noise = [bytes([0xC4, 200]) + bytes(200)] * 50
    ingest.ingest([delivery(batch_of(noise), gateway="home-9")])
    (reply,) = ingest.ingest([delivery(batch_of([b"\xc0"]))])
    assert [one.seq for one in reply.ack.quarantined] == [1]
    shares = {share.gateway: share for share in series.shares()}
    assert shares["home-9"].size_bytes <= 2_000
    assert shares["home-9"].fullness > 0.8
    assert shares["home-1"].records == 1


def test_room_is_given_back_by_what_is_stored_after_all_and_by_what_is_discarded(
    series: SqliteSeries,
) -> None:
    series.commit([], [poison(seq, bytes(10)) for seq in (1, 2, 3)])
    assert size(series) == (3, 30)
    series.commit([identified(run((1, 60)), 2)])
    assert size(series) == (2, 20)
    entries = {entry.id for entry in series.find(Wanted(), limit=9)}
    series.discard(entries, Discard(by="ada", at_ms=1, why="test"))
    assert series.shares() == ()


def test_a_poison_record_again_and_again_takes_its_room_once(series: SqliteSeries) -> None:
    for _ in range(3):
        series.commit([], [poison(1, bytes(10)), poison(0, b"noise", epoch="")])
    assert size(series) == (2, 15)


def test_a_header_of_a_whole_batch_counts_for_every_record_it_is_kept_with(
    series: SqliteSeries, ingest: IngestService
) -> None:
    ingest.ingest([delivery(batch_of([b"\xc0"] * 3))])
    entries = series.find(Wanted(), limit=9)
    assert {entry.record.epoch for entry in entries} == {EPOCH}
    assert size(series)[1] == sum(len(e.record.payload) + len(e.record.header) for e in entries) > 150


def test_without_room_for_a_point_that_influxdb_refuses_nothing_at_all_is_stored(
    series: SqliteSeries, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(set_aside, "MOST_RECORDS", 1)
    lines = [poison(0, b"observation value=1 1", content_type=LINE_PROTOCOL), poison(0, b"more")]
    series.commit([], lines[1:])
    with pytest.raises(StorageError, match="mend the cause, then replay"):
        series.commit([identified(run((1, 60)), 1)], lines)
    assert not any(account.stored for account in series.accounts())


def test_what_is_set_aside_is_counted_by_gateway_and_reason_the_most_first(series: SqliteSeries) -> None:
    wrong = [replace(poison(seq), reason="torn", received_ms=10 * seq) for seq in (1, 2, 3)]
    series.commit([], [*wrong, replace(poison(4), reason="unknown kind")])
    series.replay((), (), (wrong[1],), (), at_ms=99)
    first, second = series.heaps(Wanted(), limit=9)
    assert (first.reason, first.records, first.tried_ms) == ("torn", 3, 99)
    assert (first.first_received_ms, first.last_received_ms) == (10, 30)
    assert (second.reason, second.records, second.tried_ms) == ("unknown kind", 1, None)
    assert series.heaps(Wanted(), limit=1) == (first,)
    assert series.heaps(Wanted(reason="UNKNOWN"), limit=9) == (second,)
    assert series.heaps(Wanted(gateway="another"), limit=9) == ()
