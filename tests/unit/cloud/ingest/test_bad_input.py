"""That nothing a gateway sends raises, is lost, or costs too much: it is stored or set aside, and told."""

import random
import time
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cloud.ingest.reading import read
from cloud.ingest.service import IngestService
from cloud.ports import ClockDoubt, IdentifiedRecord, Wanted
from cloud.replay.service import Replay
from cloud.storage.journal.ranges import size
from cloud.storage.sqlite_series import SqliteSeries
from scripts import hostile_batches
from tests.contracts.batches import EPOCH, batch, batch_of, delivery
from tests.contracts.records import (
    NOW_MS,
    STRAP,
    command_report,
    device_report,
    event,
    gap,
    gateway_report,
    run,
    strip,
)
from tests.fakes.clock import FakeClock
from tests.fakes.command_book import FakeCommandBook
from tests.fakes.ingest import FakeDeviceRegistry
from vitals.wire.envelope import LAST_SEQ, MAX_RECORDS, ContentType, encode_record

YEAR_2038_MS = 2_147_483_648_000
YEAR_3000_MS = 32_503_680_000_000
EVERY_RECORD = [
    run((NOW_MS, 60), (NOW_MS + 1, 61)),
    strip(NOW_MS, count=20),
    event(NOW_MS),
    gap(NOW_MS, NOW_MS + 5),
    device_report(),
    gateway_report(),
    command_report(),
]


@pytest.fixture
def series(tmp_path: Path) -> Iterator[SqliteSeries]:
    opened = SqliteSeries(tmp_path / "series.db")
    yield opened
    opened.close()


@pytest.fixture
def devices() -> FakeDeviceRegistry:
    registry = FakeDeviceRegistry()
    registry.wear(STRAP, "wei")
    return registry


@pytest.fixture
def committed() -> list[IdentifiedRecord]:
    return []


@pytest.fixture
def ingest(
    series: SqliteSeries, devices: FakeDeviceRegistry, committed: list[IdentifiedRecord]
) -> IngestService:
    return IngestService(
        store=series, devices=devices, answers=FakeCommandBook(), on_committed=committed.extend
    )


def points(series: SqliteSeries, patient_id: str = "wei") -> list[tuple[int, float]]:
    found = series.observations(patient_id, "heart_rate", 0, YEAR_3000_MS + 1, 100_000).points
    return [(point.t_ms, point.value) for point in found]


def raw_beat(value: float = 60.0, **changes: object) -> bytes:
    fields = msgspec.to_builtins(run((NOW_MS, value))) | changes
    return msgspec.msgpack.encode(fields)


class TestWhateverIsWrongWithABatch:
    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=100)
    @given(seed=st.integers(0, 2**40), kind=st.sampled_from(list(ContentType)))
    def test_each_of_its_records_is_stored_or_set_aside_and_told(
        self, series: SqliteSeries, ingest: IngestService, seed: int, kind: ContentType
    ) -> None:
        sound = hostile_batches.batch_of(EVERY_RECORD, epoch=f"e{seed:013d}")
        payload = hostile_batches.hostile(sound, kind, random.Random(seed))
        came = delivery(payload, content_type=kind)
        held = read(came)
        before = {account.epoch: account for account in series.accounts()}.get(held.epoch)
        told: set[int] = set()
        for reply in ingest.ingest([came]):
            for first, last in reply.ack.stored:
                told.update(range(first, last + 1))
            told.update(one.seq for one in reply.ack.quarantined)
        seqs = {seq for seq, _ in held.records} | {item.seq for item in held.quarantined} - {0}
        assert told == seqs
        if not seqs:
            assert any(entry.payload == payload for entry in series.quarantined(10_000))
        elif before is None:
            account = {each.epoch: each for each in series.accounts()}[held.epoch]
            assert size(account.stored) + size(account.quarantined) == len(seqs)

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=20)
    @given(seed=st.integers(0, 2**40), kind=st.sampled_from(list(ContentType)))
    def test_tried_again_by_the_same_program_it_stays_as_it_is(
        self,
        series: SqliteSeries,
        ingest: IngestService,
        devices: FakeDeviceRegistry,
        seed: int,
        kind: ContentType,
    ) -> None:
        sound = hostile_batches.batch_of(EVERY_RECORD, epoch=f"r{seed:013d}")
        payload = hostile_batches.hostile(sound, kind, random.Random(seed))
        ingest.ingest([delivery(payload, content_type=kind)])
        kept = {(one.epoch, one.seq, one.payload) for one in series.quarantined(10_000)}
        replay = Replay(
            quarantine=series, store=series, devices=devices, answers=FakeCommandBook(), clock=FakeClock()
        )
        done = replay.replay(Wanted())
        assert (done.stored, done.still_aside) == (0, done.tried)
        assert {(one.epoch, one.seq, one.payload) for one in series.quarantined(10_000)} == kept


class TestNumbers:
    def test_the_last_number_there_is_can_be_stored_and_told(
        self, series: SqliteSeries, ingest: IngestService
    ) -> None:
        (reply,) = ingest.ingest([delivery(batch(run((NOW_MS, 60)), first_seq=LAST_SEQ))])
        assert reply.ack.stored == [(LAST_SEQ, LAST_SEQ)]
        assert points(series) == [(NOW_MS, 60)]

    @pytest.mark.parametrize("raw", [raw_beat(), b"\xc0"])
    def test_numbers_that_no_gateway_could_be_told_are_not_given(
        self, series: SqliteSeries, ingest: IngestService, raw: bytes
    ) -> None:
        payload = batch_of([raw, raw], first_seq=LAST_SEQ)
        assert ingest.ingest([delivery(payload)]) == ()
        (kept,) = series.quarantined(9)
        assert (kept.seq, kept.payload) == (0, payload)
        assert "begin a new epoch" in kept.reason

    def test_a_batch_that_comes_a_hundred_times_is_stored_once(
        self, series: SqliteSeries, ingest: IngestService
    ) -> None:
        again = batch(*EVERY_RECORD)
        replies = {ingest.ingest([delivery(again)])[0].ack.stored[0] for _ in range(100)}
        assert replies == {(1, 7)}
        (account,) = series.accounts()
        assert (account.counts.stored, account.duplicates) == (7, 99 * 7)
        assert len(points(series)) == 2

    def test_epochs_that_take_turns_in_one_transaction_are_kept_apart(
        self, series: SqliteSeries, ingest: IngestService
    ) -> None:
        turns = [
            delivery(batch(run((NOW_MS + 10 * seq + place, 60)), first_seq=seq, epoch=f"abcd-{place}"))
            for seq in range(1, 6)
            for place in range(3)
        ]
        replies = ingest.ingest(turns)
        assert {(reply.ack.epoch, *reply.ack.stored) for reply in replies} == {
            (f"abcd-{place}", (1, 5)) for place in range(3)
        }
        assert [account.stored for account in series.accounts()] == [((1, 5),)] * 3

    def test_a_gateway_that_leaves_a_hole_after_every_record_costs_no_more_by_and_by(
        self, series: SqliteSeries, ingest: IngestService
    ) -> None:
        raw = [raw_beat()]
        payloads = [batch_of(raw, first_seq=seq) for seq in range(1, 20_001, 2)]
        costs_s: list[float] = []
        for start in range(0, len(payloads), 1_000):
            began_s = time.process_time()
            for part in range(start, start + 1_000, 50):
                ingest.ingest([delivery(payload) for payload in payloads[part : part + 50]])
            costs_s.append(time.process_time() - began_s)
        (account,) = series.accounts()
        assert (account.counts.stored, account.counts.missing) == (10_000, 9_999)
        assert min(costs_s[-3:]) < 4 * min(costs_s[:3])


class TestSize:
    def test_ten_thousand_records_in_one_batch_are_stored(self, ingest: IngestService) -> None:
        (reply,) = ingest.ingest([delivery(batch_of([raw_beat()] * MAX_RECORDS))])
        assert reply.ack.stored == [(1, MAX_RECORDS)]

    def test_ten_thousand_and_one_are_kept_whole(self, series: SqliteSeries, ingest: IngestService) -> None:
        payload = batch_of([b"\xc0"] * (MAX_RECORDS + 1))
        assert ingest.ingest([delivery(payload)]) == ()
        assert series.quarantined(9)[0].payload == payload

    def test_a_payload_far_over_the_limit_is_kept_whole_and_costs_little_more_than_itself(
        self, series: SqliteSeries, ingest: IngestService
    ) -> None:
        payload = b"\xdb" + (8_000_000).to_bytes(4, "big") + bytes(8_000_000)
        tracemalloc.start()
        assert ingest.ingest([delivery(payload)]) == ()
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert series.quarantined(9)[0].payload == payload
        assert peak < 3 * len(payload)


class TestForm:
    @pytest.mark.parametrize(
        ("kind", "nested"),
        [
            (ContentType.JSON, b"[" * 900 + b"]" * 900),
            (ContentType.JSON, b"[" * 50_000 + b"]" * 50_000),
            (ContentType.JSON, b'{"a":' * 50_000 + b"0" + b"}" * 50_000),
            (ContentType.MSGPACK, b"\x91" * 900 + b"\xc0"),
            (ContentType.MSGPACK, b"\x91" * 50_000 + b"\xc0"),
        ],
    )
    def test_nesting_without_end_is_set_aside(
        self, series: SqliteSeries, ingest: IngestService, kind: ContentType, nested: bytes
    ) -> None:
        ingest.ingest([delivery(nested, content_type=kind), delivery(batch(run((NOW_MS, 60))))])
        assert [item.payload for item in series.quarantined(9)] == [nested]
        assert points(series) == [(NOW_MS, 60)]

    def test_of_a_name_given_twice_the_last_holds(self, series: SqliteSeries, ingest: IngestService) -> None:
        beat = encode_record(run((NOW_MS, 60)), ContentType.JSON)
        twice = beat.replace(b'"value":[60]', b'"value":[61],"value":[62]')
        assert twice != beat
        payload = batch_of([twice], kind=ContentType.JSON).replace(
            b'"first_seq":1', b'"first_seq":9,"first_seq":4'
        )
        (reply,) = ingest.ingest([delivery(payload, content_type="application/json")])
        assert reply.ack.stored == [(4, 4)]
        assert points(series) == [(NOW_MS, 62)]

    @pytest.mark.parametrize("octets", [b"\xff\xfe", b"\xed\xa0\x80", b"\xc0\xaf", b"\x80"])
    def test_text_that_is_no_utf_8_costs_its_record_alone(
        self, series: SqliteSeries, ingest: IngestService, octets: bytes
    ) -> None:
        broken = encode_record(device_report()).replace(
            STRAP.encode(), octets + STRAP.encode()[len(octets) :]
        )
        (reply,) = ingest.ingest([delivery(batch_of([raw_beat(), broken, raw_beat()]))])
        assert (reply.ack.stored, [one.seq for one in reply.ack.quarantined]) == ([(1, 1), (3, 3)], [2])
        assert series.quarantined(9)[0].payload == broken

    def test_json_that_is_no_utf_8_is_kept(self, series: SqliteSeries, ingest: IngestService) -> None:
        payload = batch(run((NOW_MS, 60)), kind=ContentType.JSON).replace(b'"boot"', b'"b\xff\xfet"')
        ingest.ingest([delivery(payload, content_type="application/json")])
        assert series.quarantined_count() == 1

    @pytest.mark.parametrize(
        "changes",
        [
            {"value": [float("nan")]},
            {"value": [float("inf")]},
            {"value": ["60"]},
            {"value": [60, 61]},
            {"value": []},
            {"t_ms": [-1]},
            {"t_ms": [YEAR_3000_MS + 1]},
            {"t_ms": [2**64 - 1]},
            {"t_ms": []},
            {"t_ms": NOW_MS},
            {"quality": [1.5]},
            {"quality": [0.5, 0.5]},
            {"device_ms": [2**53 + 1]},
            {"device": "../../etc/passwd"},
            {"device": "a" * 65},
            {"device": "nul\0"},
            {"kind": "mood"},
            {"kind": "heart_rate\n"},
            {"type": "spell"},
            {"type": None},
            {"unheard": 1},
        ],
    )
    def test_each_field_of_a_run_that_breaks_its_contract_sets_the_run_aside(
        self, series: SqliteSeries, ingest: IngestService, changes: dict[str, object]
    ) -> None:
        poison = raw_beat(**changes)
        (reply,) = ingest.ingest([delivery(batch_of([raw_beat(), poison, raw_beat()]))])
        assert [one.seq for one in reply.ack.quarantined] == [2]
        (kept,) = series.quarantined(9)
        assert (kept.payload, kept.reason) == (poison, reply.ack.quarantined[0].reason)
        assert kept.reason

    @pytest.mark.parametrize(
        "changes",
        [
            {"v": 2},
            {"v": None},
            {"v": "1"},
            {"epoch": "ab"},
            {"epoch": "UPPER-case"},
            {"epoch": "a" * 41},
            {"first_seq": 0},
            {"first_seq": -1},
            {"first_seq": 1.5},
            {"boot_id": "b" * 65},
            {"boot_id": None},
            {"clock": None},
            {"clock": {"wall_ms": -1, "boottime_ms": 1, "synced": True}},
            {"clock": {"wall_ms": 1, "boottime_ms": 1, "synced": "yes"}},
            {"made": {"boot_id": "b", "offset_ms": 2**60, "synced": True}},
            {"records": []},
            {"records": {}},
            {"records": None},
        ],
    )
    def test_each_field_of_the_envelope_that_breaks_its_contract_keeps_all_that_came(
        self, series: SqliteSeries, ingest: IngestService, changes: dict[str, object]
    ) -> None:
        sound = msgspec.msgpack.decode(batch(run((NOW_MS, 60)), run((NOW_MS, 61))))
        payload = msgspec.msgpack.encode(sound | changes)
        replies = ingest.ingest([delivery(payload)])
        told = {one.seq for reply in replies for one in reply.ack.quarantined}
        assert not any(reply.ack.stored for reply in replies)
        kept = series.quarantined(9)
        assert {item.seq for item in kept} == (told or {0})
        assert told or kept[0].payload == payload


class TestTimes:
    @pytest.mark.parametrize(
        ("t_ms", "doubt"),
        [
            (0, ClockDoubt.BEFORE_2020),
            (1, ClockDoubt.BEFORE_2020),
            (YEAR_2038_MS - 1, ClockDoubt.AHEAD),
            (YEAR_2038_MS, ClockDoubt.AHEAD),
            (YEAR_3000_MS - 40, ClockDoubt.AHEAD),
        ],
    )
    def test_a_time_nobody_believes_is_kept_as_it_came_and_never_the_newest(
        self,
        series: SqliteSeries,
        ingest: IngestService,
        committed: list[IdentifiedRecord],
        t_ms: int,
        doubt: ClockDoubt,
    ) -> None:
        ingest.ingest([delivery(batch(run((t_ms, 99)), run((NOW_MS, 60)), event(t_ms), strip(t_ms)))])
        assert {item.clock_doubt for item in committed if item.seq != 2} == {doubt}
        assert sorted(points(series)) == sorted([(t_ms, 99), (NOW_MS, 60)])
        assert series.latest("wei")["heart_rate"].value == 60
        assert series.events("wei", t_ms, t_ms + 1) == (event(t_ms),)
        assert len(series.waveforms("wei", "ecg", t_ms, t_ms + 1)) == 1

    def test_after_2038_its_times_are_as_good_as_any(
        self, series: SqliteSeries, ingest: IngestService
    ) -> None:
        came = delivery(batch(run((YEAR_2038_MS + 5, 60))))
        ingest.ingest([replace(came, received_ms=YEAR_2038_MS + 1_000)])
        assert series.latest("wei")["heart_rate"].t_ms == YEAR_2038_MS + 5


class TestWhoseItIs:
    def test_one_events_id_from_two_gateways_and_of_two_patients_is_two_events_each(
        self, series: SqliteSeries, ingest: IngestService, devices: FakeDeviceRegistry
    ) -> None:
        devices.wear("c0-00-00-00-00-02", "ana")
        mine = event(NOW_MS)
        hers = msgspec.structs.replace(mine, device="c0-00-00-00-00-02")
        for gateway in ("home-1", "home-2"):
            ingest.ingest([delivery(batch(mine, hers), gateway=gateway)])
        assert series.events("wei", NOW_MS, NOW_MS + 1) == (mine, mine)
        assert series.events("ana", NOW_MS, NOW_MS + 1) == (hers, hers)

    def test_the_same_epoch_name_at_another_gateway_is_another_epoch(
        self, series: SqliteSeries, ingest: IngestService
    ) -> None:
        ingest.ingest([delivery(batch(run((NOW_MS, 60))))])
        (reply,) = ingest.ingest([delivery(batch(run((NOW_MS + 1, 61))), gateway="home-2")])
        assert (reply.gateway, reply.ack.epoch, reply.ack.stored) == ("home-2", EPOCH, [(1, 1)])
        assert points(series) == [(NOW_MS, 60), (NOW_MS + 1, 61)]

    def test_a_series_nobody_owns_is_kept_counted_and_seen_by_no_patient(
        self, series: SqliteSeries, ingest: IngestService
    ) -> None:
        stray = run((NOW_MS, 70), device="c0-00-00-00-00-09")
        ingest.ingest([delivery(batch(run((NOW_MS, 60)), stray, gateway_report()))])
        assert points(series) == [(NOW_MS, 60)]
        assert points(series, "") == [(NOW_MS, 70)]
        assert ingest.stats.unbound == 1
        (device,) = series.unbound_devices()
        assert (device.device, device.records) == ("c0-00-00-00-00-09", 1)
        assert [one.patient_id for one in series.pending(9)] == ["wei"]
