"""That what was set aside comes back whole under a program that can read it, and leaves only when stored."""

import contextlib
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import msgspec
import pytest

from cloud.ingest.service import IngestService
from cloud.ports import Discard, QuarantinedRecord, Wanted
from cloud.replay.service import Replay, Replayed
from cloud.storage.sqlite_series import SqliteSeries
from tests.contracts.batches import EPOCH, batch, batch_of, delivery
from tests.contracts.records import NOW_MS, STRAP, command_report, device_report, event, run
from tests.contracts.series.store import poison
from tests.fakes.clock import FakeClock
from tests.fakes.command_book import FakeCommandBook
from tests.fakes.ingest import FailingRecordStore, FakeDeviceRegistry
from vitals.errors import StorageError
from vitals.records import AnyRecord
from vitals.wire import envelope
from vitals.wire.envelope import ContentType, Making, encode_record

LATER_MS = NOW_MS + 7 * 86_400_000
MOOD = msgspec.msgpack.encode(
    {"type": "observations", "device": STRAP, "kind": "mood", "t_ms": [NOW_MS], "value": [3.0]}
)


@pytest.fixture
def series(tmp_path: Path) -> Iterator[SqliteSeries]:
    opened = SqliteSeries(tmp_path / "series.db", busy_timeout_ms=50)
    yield opened
    opened.close()


@pytest.fixture
def devices() -> FakeDeviceRegistry:
    registry = FakeDeviceRegistry()
    registry.wear(STRAP, "wei")
    return registry


@pytest.fixture
def answers() -> FakeCommandBook:
    return FakeCommandBook()


@pytest.fixture
def ingest(series: SqliteSeries, devices: FakeDeviceRegistry, answers: FakeCommandBook) -> IngestService:
    return IngestService(store=series, devices=devices, answers=answers)


@pytest.fixture
def replay(series: SqliteSeries, devices: FakeDeviceRegistry, answers: FakeCommandBook) -> Replay:
    return Replay(
        quarantine=series,
        store=series,
        devices=devices,
        answers=answers,
        clock=FakeClock(wall=LATER_MS),
    )


@pytest.fixture
def learned(monkeypatch: pytest.MonkeyPatch) -> None:
    """The program after an update that knows the kind `mood`."""
    rows = dict(envelope.OBSERVATION_KINDS)
    rows["mood"] = replace(rows["heart_rate"], key="mood")
    monkeypatch.setattr(envelope, "OBSERVATION_KINDS", MappingProxyType(rows))


def values(series: SqliteSeries, kind: str = "heart_rate") -> list[tuple[int, float]]:
    return [(p.t_ms, p.value) for p in series.observations("wei", kind, 0, 2 * NOW_MS, 1_000).points]


@pytest.mark.usefixtures("learned")
class TestAKindThatIsKnownNow:
    @pytest.fixture(autouse=True)
    def _came_before_it_was_known(self, monkeypatch: pytest.MonkeyPatch, ingest: IngestService) -> None:
        known = envelope.OBSERVATION_KINDS
        with monkeypatch.context() as before:
            before.setattr(
                envelope, "OBSERVATION_KINDS", {key: row for key, row in known.items() if key != "mood"}
            )
            good = encode_record(run((NOW_MS, 60)))
            (reply,) = ingest.ingest([delivery(batch_of([good, MOOD, good, MOOD]))])
            assert [one.seq for one in reply.ack.quarantined] == [2, 4]

    def test_it_is_stored_and_leaves_quarantine(self, series: SqliteSeries, replay: Replay) -> None:
        assert replay.replay(Wanted()) == Replayed(tried=2, stored=2)
        assert values(series, "mood") == [(NOW_MS, 3.0)]
        assert series.quarantined_count() == 0
        assert series.shares() == ()

    def test_its_account_moves_from_set_aside_to_stored(self, series: SqliteSeries, replay: Replay) -> None:
        (before,) = series.accounts()
        replay.replay(Wanted())
        (after,) = series.accounts()
        assert (before.stored, before.quarantined) == (((1, 1), (3, 3)), ((2, 2), (4, 4)))
        assert (after.stored, after.quarantined, after.missing) == (((1, 4),), (), ())
        assert (after.counts.stored, after.counts.quarantined, after.duplicates) == (4, 0, 0)

    def test_it_is_judged_as_received_now_for_it_is_late(self, series: SqliteSeries, replay: Replay) -> None:
        series.done([one.message_id for one in series.pending(10)])
        replay.replay(Wanted())
        (late,) = series.pending(10)
        assert (late.patient_id, late.received_ms, len(late.records)) == ("wei", LATER_MS, 2)

    def test_it_does_not_say_that_anybody_was_heard_now(self, series: SqliteSeries, replay: Replay) -> None:
        heard = series.heard_gateways(), series.heard_devices()
        replay.replay(Wanted())
        assert (series.heard_gateways(), series.heard_devices()) == heard

    def test_only_what_is_wanted_is_tried(self, series: SqliteSeries, replay: Replay) -> None:
        (first, second) = series.find(Wanted(), limit=9)
        assert replay.replay(Wanted(gateway="home-2")).tried == 0
        assert replay.replay(Wanted(reason="another reason")).tried == 0
        assert replay.replay(Wanted(since_ms=NOW_MS + 1)).tried == 0
        assert replay.replay(Wanted(ids=(second.id,))) == Replayed(tried=1, stored=1)
        assert [entry.id for entry in series.find(Wanted(reason="MOOD"), limit=9)] == [first.id]

    def test_no_more_than_asked_for_is_tried(self, series: SqliteSeries, replay: Replay) -> None:
        assert replay.replay(Wanted(), most=1).stored == 1
        assert series.quarantined_count() == 1

    def test_what_came_again_meanwhile_is_stored_once(
        self, series: SqliteSeries, replay: Replay, ingest: IngestService
    ) -> None:
        ingest.ingest([delivery(batch_of([MOOD], first_seq=2))])
        assert replay.replay(Wanted()) == Replayed(tried=1, stored=1)
        (account,) = series.accounts()
        assert (account.stored, account.duplicates) == (((1, 4),), 0)

    def test_a_second_replay_finds_nothing_to_do(self, replay: Replay) -> None:
        replay.replay(Wanted())
        assert replay.replay(Wanted()) == Replayed()

    def test_a_locked_store_leaves_all_in_quarantine(
        self, series: SqliteSeries, replay: Replay, tmp_path: Path
    ) -> None:
        with contextlib.closing(sqlite3.connect(tmp_path / "series.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(StorageError, match="another process holds it"):
                replay.replay(Wanted())
            other.execute("ROLLBACK")
        assert (series.quarantined_count(), values(series, "mood")) == (2, [])
        assert replay.replay(Wanted()).stored == 2


def test_what_fails_again_stays_under_its_new_reason(
    series: SqliteSeries, ingest: IngestService, replay: Replay, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest.ingest([delivery(batch_of([MOOD, b"\xc0"]))])
    (kept, *_) = series.find(Wanted(), limit=9)
    monkeypatch.setattr(envelope, "OBSERVATION_KINDS", {})
    assert replay.replay(Wanted()) == Replayed(tried=2, still_aside=2)
    again, _ = series.find(Wanted(), limit=9)
    assert (again.id, again.tried_ms, again.record.payload) == (kept.id, LATER_MS, MOOD)
    assert (again.record.received_ms, again.record.seq) == (NOW_MS, 1)
    (account,) = series.accounts()
    assert (account.quarantined, account.duplicates) == (((1, 2),), 0)
    (share,) = series.shares()
    assert share.records == 2


def test_an_envelope_version_that_is_spoken_now_is_stored(
    series: SqliteSeries, ingest: IngestService, replay: Replay, monkeypatch: pytest.MonkeyPatch
) -> None:
    raws = [encode_record(run((NOW_MS + n, 60 + n))) for n in range(3)]
    ingest.ingest([delivery(batch_of(raws, version=9, first_seq=5))])
    assert replay.replay(Wanted()).still_aside == 3
    monkeypatch.setattr(envelope, "VERSION", 9)
    assert replay.replay(Wanted()) == Replayed(tried=3, stored=3)
    assert [value for _, value in values(series)] == [60, 61, 62]
    (account,) = series.accounts()
    assert account.stored == ((5, 7),)


def test_a_payload_without_numbers_gets_them_once_it_can_be_read(
    series: SqliteSeries, ingest: IngestService, replay: Replay, monkeypatch: pytest.MonkeyPatch
) -> None:
    payload = batch_of([encode_record(run((NOW_MS, 60))), MOOD], first_seq=3)
    ingest.ingest([delivery(payload, content_type="application/x-carewire"), delivery(b"noise")])
    monkeypatch.setattr("cloud.ingest.reading.content_type", lambda _: ContentType.MSGPACK)
    assert replay.replay(Wanted()) == Replayed(tried=2, stored=1, still_aside=2)
    assert {(entry.record.seq, entry.record.payload) for entry in series.find(Wanted(), limit=9)} == {
        (4, MOOD),
        (0, b"noise"),
    }
    numbered = next(account for account in series.accounts() if account.epoch == EPOCH)
    assert (numbered.stored, numbered.quarantined) == (((3, 3),), ((4, 4),))
    assert series.shares()[0].records == 2


def test_a_fault_of_the_program_that_is_mended_is_made_good(
    series: SqliteSeries, devices: FakeDeviceRegistry, answers: FakeCommandBook, replay: Replay
) -> None:
    store = FailingRecordStore(series)
    store.failures = [TypeError("bug"), TypeError("bug again, over it alone")]
    faulty = IngestService(store=store, devices=devices, answers=answers)
    records: list[AnyRecord] = [run((NOW_MS, 60)), event(NOW_MS), device_report(), command_report()]
    faulty.ingest([delivery(batch(*records))])
    assert replay.replay(Wanted()) == Replayed(tried=4, stored=4)
    assert values(series) == [(NOW_MS, 60)]
    assert series.events("wei", NOW_MS, NOW_MS + 1) == (event(NOW_MS),)
    assert [device.received_ms for device in devices.noted] == [NOW_MS]
    assert [answer.received_ms for answer in answers.answers.values()] == [NOW_MS]


@pytest.mark.parametrize("kind", list(ContentType))
def test_its_times_rest_on_the_clock_it_was_made_by(
    series: SqliteSeries, ingest: IngestService, replay: Replay, kind: ContentType
) -> None:
    made = Making(boot_id="boot", offset_ms=0, synced=False)
    strange = batch_of([encode_record(run((50_000, 60)), kind)], version=9, kind=kind, made=made)
    ingest.ingest([delivery(strange, content_type=kind)])
    with pytest.MonkeyPatch.context() as updated:
        updated.setattr(envelope, "VERSION", 9)
        assert replay.replay(Wanted()).stored == 1
    assert values(series) == [(NOW_MS - 1 + 50_000, 60)]


def test_who_wore_the_device_is_decided_by_the_time_it_measured(
    series: SqliteSeries, ingest: IngestService, replay: Replay, devices: FakeDeviceRegistry
) -> None:
    ingest.ingest([delivery(batch_of([encode_record(run((NOW_MS, 60)))], version=9))])
    devices.wear(STRAP, "ana", NOW_MS + 1)
    with pytest.MonkeyPatch.context() as updated:
        updated.setattr(envelope, "VERSION", 9)
        replay.replay(Wanted())
    assert values(series) == [(NOW_MS, 60)]


def test_a_time_ahead_of_its_arrival_is_not_believed_because_it_came_true_meanwhile(
    series: SqliteSeries, ingest: IngestService, replay: Replay
) -> None:
    ingest.ingest([delivery(batch_of([encode_record(run((NOW_MS + 3_600_000, 60)))], version=9))])
    with pytest.MonkeyPatch.context() as updated:
        updated.setattr(envelope, "VERSION", 9)
        replay.replay(Wanted())
    assert series.latest("wei") == {}


def test_what_an_older_program_kept_without_its_envelope_is_taken_as_it_came(
    series: SqliteSeries, replay: Replay
) -> None:
    series.commit(
        [], [poison(3, encode_record(run((NOW_MS, 60)))), poison(4, encode_record(run((NOW_MS + 1, 61))))]
    )
    assert replay.replay(Wanted()) == Replayed(tried=2, stored=2)
    assert values(series) == [(NOW_MS, 60), (NOW_MS + 1, 61)]


def test_bytes_that_are_not_one_record_spoil_no_other(series: SqliteSeries, replay: Replay) -> None:
    series.commit([], [poison(1, b"\xff\xff"), poison(2, encode_record(run((NOW_MS, 60))))])
    assert replay.replay(Wanted()) == Replayed(tried=2, stored=1, still_aside=1)
    (left,) = series.find(Wanted(), limit=9)
    assert (left.record.seq, left.record.reason) == (1, "its bytes are not one record: discard it")


def test_a_line_for_a_server_that_is_not_there_stays_and_says_so(
    series: SqliteSeries, replay: Replay
) -> None:
    line = QuarantinedRecord(
        gateway="home-1",
        epoch=EPOCH,
        seq=0,
        payload=b"observation,kind=heart_rate value=1.0 1",
        content_type="text/x-influx-line-protocol",
        reason="point of record 7: field type conflict",
        received_ms=NOW_MS,
    )
    series.commit([], [line])
    assert replay.replay(Wanted()) == Replayed(tried=1, still_aside=1)
    (left,) = series.quarantined(9)
    assert left.reason.startswith("point of record 7: it is a line for InfluxDB")


def test_a_replay_beside_a_service_that_ingests_loses_and_doubles_nothing(
    series: SqliteSeries, ingest: IngestService, devices: FakeDeviceRegistry, tmp_path: Path
) -> None:
    raws = [encode_record(run((NOW_MS + n, float(n)))) for n in range(300)]
    ingest.ingest([delivery(batch_of(raws, version=9))])
    other = SqliteSeries(tmp_path / "series.db")
    replay = Replay(
        quarantine=other, store=other, devices=devices, answers=FakeCommandBook(), clock=FakeClock()
    )
    with pytest.MonkeyPatch.context() as updated:
        updated.setattr(envelope, "VERSION", 9)
        assert replay.replay(Wanted(), most=150).stored == 150
        ingest.ingest([delivery(batch_of(raws[100:200], first_seq=101, version=9))])
        assert replay.replay(Wanted()).stored == 100
    other.close()
    assert len(values(series)) == 300
    (account,) = series.accounts()
    assert (account.stored, account.quarantined, account.duplicates) == (((1, 300),), (), 50)


def test_what_is_discarded_is_written_down_and_is_not_missing(
    series: SqliteSeries, ingest: IngestService, replay: Replay
) -> None:
    ingest.ingest([delivery(batch_of([encode_record(run((NOW_MS, 60))), b"\xc0", b"\xc0"]))])
    first, _ = series.find(Wanted(), limit=9)
    why = Discard(by="ada", at_ms=LATER_MS, why="a test of the firmware")
    (gone,) = series.discard({first.id, 999}, why)
    assert (gone.seq, gone.size_bytes, gone.discard, gone.reason) == (2, 1, why, first.record.reason)
    assert series.discarded(9) == (gone,)
    (account,) = series.accounts()
    assert (account.stored, account.discarded, account.quarantined) == (((1, 1),), ((2, 2),), ((3, 3),))
    assert (account.missing, account.counts.discarded) == ((), 1)
    assert replay.replay(Wanted()).tried == 1


def test_what_was_discarded_and_comes_again_well_counts_as_stored(
    series: SqliteSeries, ingest: IngestService
) -> None:
    ingest.ingest([delivery(batch_of([b"\xc0", b"\xc0"]))])
    series.discard(
        {entry.id for entry in series.find(Wanted(), limit=9)}, Discard(by="ada", at_ms=1, why="mistaken")
    )
    ingest.ingest([delivery(batch(run((NOW_MS, 60)), run((NOW_MS + 1, 61))))])
    (account,) = series.accounts()
    assert (account.stored, account.discarded) == (((1, 2),), ())
