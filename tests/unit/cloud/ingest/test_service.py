from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cloud.ingest.service import IngestService
from cloud.ports import ClockDoubt, IdentifiedRecord
from cloud.storage.sqlite_series import SqliteSeries
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
from tests.fakes.command_book import FakeCommandBook
from tests.fakes.ingest import FailingRecordStore, FakeDeviceRegistry
from vitals.errors import StorageError
from vitals.records import CommandOutcome
from vitals.wire.envelope import Ack, ContentType, Making, Quarantined, encode_record


@pytest.fixture
def series(tmp_path: Path) -> Iterator[SqliteSeries]:
    opened = SqliteSeries(tmp_path / "series.db")
    yield opened
    opened.close()


@pytest.fixture
def store(series: SqliteSeries) -> FailingRecordStore:
    return FailingRecordStore(series)


@pytest.fixture
def devices() -> FakeDeviceRegistry:
    registry = FakeDeviceRegistry()
    registry.wear(STRAP, "wei")
    return registry


@pytest.fixture
def committed() -> list[IdentifiedRecord]:
    return []


@pytest.fixture
def answers() -> FakeCommandBook:
    return FakeCommandBook()


@pytest.fixture
def service(
    store: FailingRecordStore,
    devices: FakeDeviceRegistry,
    answers: FakeCommandBook,
    committed: list[IdentifiedRecord],
) -> IngestService:
    return IngestService(store=store, devices=devices, answers=answers, on_committed=committed.extend)


def heart_rates(series: SqliteSeries, patient_id: str = "wei") -> list[float]:
    return [p.value for p in series.observations(patient_id, "heart_rate", 0, 2 * NOW_MS, 100).points]


def beat(value: float, t_ms: int = NOW_MS) -> bytes:
    return encode_record(run((t_ms, value)))


class TestWhatIsAcknowledged:
    def test_everything_stored_is_acknowledged_by_range(
        self, service: IngestService, series: SqliteSeries
    ) -> None:
        (reply,) = service.ingest([delivery(batch(run((NOW_MS, 60)), run((NOW_MS + 1, 61)), first_seq=7))])
        assert (reply.gateway, reply.kind) == ("home-1", ContentType.MSGPACK)
        assert reply.ack == Ack(epoch=EPOCH, stored=[(7, 8)])
        assert heart_rates(series) == [60, 61]

    def test_batches_of_one_epoch_share_an_acknowledgement_and_a_transaction(
        self, service: IngestService, store: FailingRecordStore
    ) -> None:
        replies = service.ingest(
            [
                delivery(batch(event(NOW_MS), epoch="abcd1234-events")),
                delivery(batch(run((NOW_MS, 60)), first_seq=1)),
                delivery(batch(run((NOW_MS, 61)), first_seq=2)),
                delivery(batch(run((NOW_MS, 62)), first_seq=1), gateway="home-2"),
            ]
        )
        assert [(r.gateway, r.ack.epoch, r.ack.stored) for r in replies] == [
            ("home-1", "abcd1234-events", [(1, 1)]),
            ("home-1", EPOCH, [(1, 2)]),
            ("home-2", EPOCH, [(1, 1)]),
        ]
        assert store.commits == 1

    def test_a_duplicate_is_acknowledged_again_and_stored_once(
        self, service: IngestService, series: SqliteSeries
    ) -> None:
        first = service.ingest([delivery(batch(run((NOW_MS, 60))))])
        again = service.ingest([delivery(batch(run((NOW_MS, 60))))])
        assert first == again
        assert heart_rates(series) == [60]
        assert (service.stats.stored, service.stats.duplicates) == (1, 1)

    def test_json_is_answered_in_json(self, service: IngestService, series: SqliteSeries) -> None:
        payload = batch(run((NOW_MS, 60)), strip(NOW_MS), kind=ContentType.JSON)
        (reply,) = service.ingest([delivery(payload, content_type="application/json")])
        assert reply.kind is ContentType.JSON
        assert heart_rates(series) == [60]
        assert series.waveforms("wei", "ecg", NOW_MS, NOW_MS + 1)[0].samples == strip(0).samples

    def test_a_thousand_poison_records_are_acknowledged_in_messages_that_fit(
        self, service: IngestService
    ) -> None:
        replies = service.ingest([delivery(batch_of([b"\xc0"] * 1_000))])
        assert [len(reply.ack.quarantined) for reply in replies] == [400, 400, 200]
        assert max(len(msgspec.msgpack.encode(reply.ack)) for reply in replies) < 100_000


class TestWhenAStoreRefuses:
    def test_nothing_is_acknowledged_and_the_failure_is_counted(
        self, service: IngestService, store: FailingRecordStore, committed: list[IdentifiedRecord]
    ) -> None:
        store.failures = [StorageError("locked")]
        with pytest.raises(StorageError):
            service.ingest([delivery(batch(run((NOW_MS, 60))))])
        assert service.stats.failures == 1
        assert committed == []

    def test_a_directory_that_refuses_holds_the_acknowledgement_back(
        self, service: IngestService, devices: FakeDeviceRegistry
    ) -> None:
        devices.failures = 1
        with pytest.raises(StorageError):
            service.ingest([delivery(batch(device_report()))])
        (reply,) = service.ingest([delivery(batch(device_report()))])
        assert reply.ack.stored == [(1, 1)]
        assert [device.id for device in devices.noted] == [STRAP]

    def test_a_fault_over_one_delivery_sets_it_aside_and_stores_the_others(
        self, service: IngestService, store: FailingRecordStore, series: SqliteSeries
    ) -> None:
        store.failures = [TypeError("bug"), TypeError("bug again, over the first alone")]
        replies = service.ingest(
            [delivery(batch(run((NOW_MS, 60)))), delivery(batch(run((NOW_MS, 61)), first_seq=2))]
        )
        assert heart_rates(series) == [61]
        (kept,) = series.quarantined(10)
        assert (kept.seq, kept.payload) == (1, beat(60))
        assert "report it, then replay" in kept.reason
        assert replies[0].ack.stored == [(2, 2)]
        assert [one.seq for one in replies[0].ack.quarantined] == [1]

    def test_a_store_that_refuses_while_deliveries_are_tried_alone_is_still_a_refusal(
        self, service: IngestService, store: FailingRecordStore
    ) -> None:
        store.failures = [TypeError("bug"), StorageError("locked")]
        with pytest.raises(StorageError):
            service.ingest([delivery(batch(run((NOW_MS, 60))))])

    def test_a_hook_that_fails_costs_nothing(self, store: FailingRecordStore) -> None:
        def fail(_: list[IdentifiedRecord]) -> None:
            raise RuntimeError("nobody watches")

        service = IngestService(
            store=store, devices=FakeDeviceRegistry(), answers=FakeCommandBook(), on_committed=fail
        )
        (reply,) = service.ingest([delivery(batch(run((NOW_MS, 60))))])
        assert reply.ack.stored == [(1, 1)]


class TestPoison:
    def test_a_poison_record_is_set_aside_and_the_others_stored(
        self, service: IngestService, series: SqliteSeries
    ) -> None:
        poison = msgspec.msgpack.encode({"type": "observations", "device": "UPPER"})
        (reply,) = service.ingest([delivery(batch_of([beat(60), poison, beat(62, NOW_MS + 2)]))])
        assert heart_rates(series) == [60, 62]
        assert reply.ack.stored == [(1, 1), (3, 3)]
        (told,) = reply.ack.quarantined
        assert told.seq == 2
        (kept,) = series.quarantined(10)
        assert (kept.seq, kept.payload, kept.reason) == (2, poison, told.reason)

    @pytest.mark.parametrize(
        "poison",
        [
            b'{"type":"spell","device":"c0-00"}',
            b'{"type":"observations","device":"c0-00","kind":"mood","t_ms":[1],"value":[1]}',
            b'{"type":"observations","device":"c0-00","kind":"heart_rate","t_ms":[1,2],"value":[1]}',
            b'{"type":"gap","device":"c0-00","kind":"ecg","from_ms":1,"to_ms":2,"reason":"link-lost","missed":'
            + b"9" * 40
            + b"}",
            b"[" * 5_000 + b"]" * 5_000,
            b"null",
        ],
    )
    def test_each_kind_of_poison_keeps_its_seq(
        self, service: IngestService, series: SqliteSeries, poison: bytes
    ) -> None:
        good = encode_record(run((NOW_MS, 60)), ContentType.JSON)
        payload = (
            b'{"v":1,"epoch":"abcd1234-x","first_seq":1,"boot_id":"b","clock":{"wall_ms":1,"boottime_ms":1,'
            b'"synced":true},"records":[' + poison + b"," + good + b"]}"
        )
        replies = service.ingest([delivery(payload, content_type="application/json")])
        assert series.quarantined_count() >= 1
        if replies:  # nesting too deep to find the records leaves the payload whole
            assert [one.seq for one in replies[0].ack.quarantined] == [1]
            assert replies[0].ack.stored == [(2, 2)]
            assert heart_rates(series) == [60]

    def test_an_unknown_version_sets_every_seq_aside(
        self, service: IngestService, series: SqliteSeries
    ) -> None:
        (reply,) = service.ingest([delivery(batch_of([beat(60), beat(61)], first_seq=5, version=9))])
        assert reply.ack.stored == []
        assert [one.seq for one in reply.ack.quarantined] == [5, 6]
        assert "version 9" in reply.ack.quarantined[0].reason
        assert [item.payload for item in series.quarantined(10)] == [beat(61), beat(60)]

    def test_an_unknown_version_without_readable_records_is_kept_whole_and_not_acknowledged(
        self, service: IngestService, series: SqliteSeries
    ) -> None:
        payload = msgspec.msgpack.encode({"v": 2, "frames": [1, 2]})
        assert service.ingest([delivery(payload)]) == ()
        (kept,) = series.quarantined(10)
        assert (kept.seq, kept.payload) == (0, payload)

    def test_another_content_type_is_kept_whole(self, service: IngestService, series: SqliteSeries) -> None:
        assert service.ingest([delivery(batch(run((NOW_MS, 60))), content_type="text/plain")]) == ()
        (kept,) = series.quarantined(10)
        assert (kept.seq, kept.content_type) == (0, "text/plain")
        assert "application/msgpack" in kept.reason

    def test_a_poison_seq_sent_well_later_is_stored(
        self, service: IngestService, series: SqliteSeries
    ) -> None:
        service.ingest([delivery(batch_of([b"\xc0"]))])
        (reply,) = service.ingest([delivery(batch(run((NOW_MS, 60))))])
        assert reply.ack == Ack(epoch=EPOCH, stored=[(1, 1)])
        assert series.quarantined_count() == 0

    def test_a_seq_both_good_and_poison_in_one_transaction_counts_as_stored(
        self, service: IngestService
    ) -> None:
        (reply,) = service.ingest([delivery(batch_of([b"\xc0"])), delivery(batch(run((NOW_MS, 60))))])
        assert reply.ack == Ack(epoch=EPOCH, stored=[(1, 1)], quarantined=[])
        assert not any(isinstance(one, Quarantined) for one in reply.ack.quarantined)


class TestIdentity:
    def test_a_gateway_named_in_the_payload_is_ignored(
        self, service: IngestService, series: SqliteSeries
    ) -> None:
        content = msgspec.msgpack.decode(batch(run((NOW_MS, 60))))
        forged = msgspec.msgpack.encode(content | {"gateway": "home-9", "gateway_id": "home-9"})
        (reply,) = service.ingest([delivery(forged, gateway="home-1")])
        assert reply.gateway == "home-1"
        assert [account.gateway for account in series.accounts()] == ["home-1"]

    def test_a_patient_named_in_a_record_is_refused(
        self, service: IngestService, series: SqliteSeries
    ) -> None:
        content = msgspec.msgpack.decode(beat(60))
        service.ingest([delivery(batch_of([msgspec.msgpack.encode(content | {"patient_id": "ana"})]))])
        assert heart_rates(series, "ana") == []
        assert series.quarantined_count() == 1

    def test_a_run_over_a_change_of_wearer_is_parted_by_effective_time(
        self, service: IngestService, series: SqliteSeries, devices: FakeDeviceRegistry
    ) -> None:
        devices.wear(STRAP, "ana", NOW_MS + 10)
        service.ingest([delivery(batch(run((NOW_MS, 60), (NOW_MS + 9, 61), (NOW_MS + 10, 90))))])
        assert heart_rates(series) == [60, 61]
        assert heart_rates(series, "ana") == [90]

    def test_a_device_nobody_wears_is_kept_under_nobody(
        self, store: FailingRecordStore, series: SqliteSeries
    ) -> None:
        service = IngestService(store=store, devices=FakeDeviceRegistry(), answers=FakeCommandBook())
        service.ingest([delivery(batch(run((NOW_MS, 60)), gateway_report()))])
        assert heart_rates(series, "") == [60]
        assert service.stats.unbound == 1

    def test_the_answer_to_a_command_is_kept_although_nobody_wears_anything(
        self, service: IngestService, answers: FakeCommandBook
    ) -> None:
        for _ in range(2):
            service.ingest([delivery(batch(command_report()))])
        (answer,) = answers.answers.values()
        assert (answer.gateway, answer.command_id, answer.detail) == (
            "home-1",
            "0123456789abcdef",
            "blinked",
        )
        assert (answer.outcome, answer.t_ms) == (CommandOutcome.DONE, NOW_MS)
        assert service.stats.unbound == 0

    def test_every_kind_of_record_finds_its_place(
        self, service: IngestService, series: SqliteSeries, devices: FakeDeviceRegistry
    ) -> None:
        service.ingest(
            [
                delivery(
                    batch(
                        run((NOW_MS, 60)),
                        strip(NOW_MS),
                        event(NOW_MS),
                        gap(NOW_MS, NOW_MS + 5),
                        device_report(),
                        gateway_report(),
                    )
                )
            ]
        )
        assert series.events("wei", NOW_MS, NOW_MS + 1) == (event(NOW_MS),)
        assert series.gaps("wei", "ecg", NOW_MS, NOW_MS + 1) == (gap(NOW_MS, NOW_MS + 5),)
        assert series.gateway_report("home-1") == (gateway_report(), NOW_MS)
        (device,) = devices.noted
        assert (device.id, device.gateway, device.battery_percent, device.link) == (
            STRAP,
            "home-1",
            80,
            "connected",
        )


class TestClockSanity:
    def test_times_not_believed_are_kept_marked_and_counted(
        self, service: IngestService, series: SqliteSeries, committed: list[IdentifiedRecord]
    ) -> None:
        ahead = NOW_MS + 300_001
        service.ingest([delivery(batch(run((1_000, 50)), run((NOW_MS + 300_000, 60)), run((ahead, 99))))])
        assert [item.clock_doubt for item in committed] == [
            ClockDoubt.BEFORE_2020,
            None,
            ClockDoubt.AHEAD,
        ]
        assert heart_rates(series) == [50, 60, 99]
        assert series.latest("wei")["heart_rate"].value == 60
        assert service.stats.clock_doubtful == 2

    def test_times_of_a_gateway_that_booted_without_the_time_are_put_right(
        self, service: IngestService, series: SqliteSeries
    ) -> None:
        made = Making(boot_id="boot", offset_ms=0, synced=False)
        service.ingest([delivery(batch(run((50_000, 60)), made=made))])
        (point,) = series.observations("wei", "heart_rate", 0, 2 * NOW_MS, 9).points
        assert point.t_ms == NOW_MS - 1 + 50_000
        assert series.latest("wei")["heart_rate"].value == 60
        assert service.stats.clock_doubtful == 0

    def test_times_of_a_boot_nobody_knows_are_their_only_wearers_and_dated_once_it_is_known(
        self, service: IngestService, series: SqliteSeries, committed: list[IdentifiedRecord]
    ) -> None:
        made = Making(boot_id="earlier", offset_ms=0, synced=False)
        service.ingest([delivery(batch(run((50_000, 60)), made=made))])
        assert [(item.patient_id, item.clock_doubt) for item in committed] == [("wei", ClockDoubt.UNSYNCED)]
        assert "heart_rate" not in series.latest("wei")
        settled = Making(boot_id="earlier", offset_ms=0, synced=False, shift_ms=NOW_MS - 90_000)
        service.ingest([delivery(batch(run((55_000, 61)), made=settled, first_seq=2))])
        points = series.observations("wei", "heart_rate", 0, 2 * NOW_MS, 9).points
        assert [point.t_ms for point in points] == [NOW_MS - 40_000, NOW_MS - 35_000]

    def test_a_run_across_a_clock_jump_is_believed_in_part(
        self, service: IngestService, series: SqliteSeries
    ) -> None:
        service.ingest([delivery(batch(run((1_000, 50), (NOW_MS, 60))))])
        assert heart_rates(series) == [50, 60]
        assert series.latest("wei")["heart_rate"].value == 60

    def test_an_event_at_1970_still_reaches_the_patients_alerts(
        self, service: IngestService, series: SqliteSeries
    ) -> None:
        service.ingest([delivery(batch(event(5_000)))])
        (one,) = series.pending(10)
        assert one.records == (event(5_000),)


def test_text_no_database_takes_is_cleaned_for_the_directory_alone(
    service: IngestService, devices: FakeDeviceRegistry
) -> None:
    payload = msgspec.msgpack.encode(
        {"type": "device", "device": STRAP, "t_ms": NOW_MS, "link": "connected", "model": "St\0rap"}
    )
    service.ingest([delivery(batch_of([payload]))])
    assert devices.noted[0].model == "Strap"


json_like = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)
content_types = st.sampled_from([None, "application/msgpack", "application/json", "text/plain", ""])


class TestFuzz:
    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
    @given(payload=st.binary(max_size=2_000), content_type=content_types)
    def test_arbitrary_bytes_never_raise_and_are_never_lost(
        self, service: IngestService, series: SqliteSeries, payload: bytes, content_type: str | None
    ) -> None:
        service.ingest([delivery(payload, content_type=content_type)])
        assert any(item.payload == payload for item in series.quarantined(1_000_000))

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
    @given(
        seed=st.integers(0, 10**6),
        cuts=st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), max_size=6),
    )
    def test_a_damaged_batch_never_raises(
        self, service: IngestService, seed: int, cuts: list[tuple[int, int]]
    ) -> None:
        payload = bytearray(
            batch(run((NOW_MS, 60)), event(NOW_MS), device_report(), epoch=f"{seed:08d}-observations")
        )
        for place, octet in cuts:
            payload[place % len(payload)] = octet
        for reply in service.ingest([delivery(bytes(payload))]):
            assert reply.gateway == "home-1"

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
    @given(records=st.lists(json_like, min_size=1, max_size=4), first_seq=st.integers(1, 2**53 - 10))
    def test_arbitrary_records_are_set_aside_one_by_one(
        self, service: IngestService, records: list[object], first_seq: int
    ) -> None:
        try:
            raws = [msgspec.msgpack.encode(one) for one in records]
        except OverflowError:
            return
        (reply,) = service.ingest([delivery(batch_of(raws, first_seq=first_seq))])
        told = {one.seq for one in reply.ack.quarantined}
        assert told == set(range(first_seq, first_seq + len(records)))
