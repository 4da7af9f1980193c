"""A gateway that was revoked brings nothing; one that speaks for some brings nothing of others."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec import structs

from cloud.gateways.standing import Standings
from cloud.gateways.twins import TwinWatch
from cloud.ingest.service import IngestService
from cloud.ports import Wanted
from cloud.replay.service import Replay
from cloud.storage.series import SeriesStores, open_series_stores
from tests.contracts.batches import batch, delivery
from tests.contracts.records import NOW_MS, STRAP, device_report, event, gap, gateway_report, run, strip
from tests.fakes.clock import FakeClock
from tests.fakes.cloud_process import CloudProcess
from tests.fakes.command_book import FakeCommandBook
from tests.fakes.gateway_book import FakeGatewayBook
from tests.fakes.ingest import FakeDeviceRegistry
from vitals.errors import StorageError
from vitals.records import AnyRecord
from vitals.wire.envelope import Ack, ContentType, decode_record

OTHER = "c0-00-00-00-00-09"
UNBOUND = "c0-00-00-00-00-77"
STRAYS = (run((NOW_MS, 60.0)), strip(NOW_MS), event(NOW_MS), gap(NOW_MS, NOW_MS + 1))


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[SeriesStores]:
    opened = open_series_stores(CloudProcess(tmp_path).settings)
    yield opened
    opened.close()


@pytest.fixture
def book() -> FakeGatewayBook:
    return FakeGatewayBook()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(wall=float(NOW_MS))


@pytest.fixture
def standings(book: FakeGatewayBook, clock: FakeClock) -> Standings:
    return Standings(book=book, monotonic_s=clock.monotonic_s)


@pytest.fixture
def devices() -> FakeDeviceRegistry:
    registry = FakeDeviceRegistry()
    registry.wear(STRAP, "wei")
    registry.wear(OTHER, "ana")
    return registry


@pytest.fixture
def service(stores: SeriesStores, devices: FakeDeviceRegistry, standings: Standings) -> IngestService:
    return IngestService(store=stores.records, devices=devices, answers=FakeCommandBook(), standing=standings)


@pytest.fixture
def replay(
    stores: SeriesStores, devices: FakeDeviceRegistry, standings: Standings, clock: FakeClock
) -> Replay:
    return Replay(
        quarantine=stores.quarantine,
        store=stores.replays,
        devices=devices,
        answers=FakeCommandBook(),
        clock=clock,
        standing=standings,
    )


def values(stores: SeriesStores, patient: str) -> list[float]:
    return [one.value for one in stores.series.observations(patient, "heart_rate", 0, 2**45, 99).points]


def of(device: str, value: float):
    return run((NOW_MS, value), device=device)


class TestRevoked:
    """What a revoked gateway brings is neither stored nor set aside, so it is never acknowledged."""

    def test_nothing_of_it_is_taken_and_nothing_acknowledged(
        self, service: IngestService, stores: SeriesStores, book: FakeGatewayBook
    ) -> None:
        book.revoke("home-1", 1)
        assert service.ingest([delivery(batch(of(STRAP, 60.0)))]) == ()
        assert values(stores, "wei") == []
        assert stores.quarantine.quarantined_count() == 0
        assert service.stats.turned_away == 1

    def test_what_comes_beside_it_of_others_is_stored(
        self, service: IngestService, stores: SeriesStores, book: FakeGatewayBook
    ) -> None:
        book.revoke("home-1", 1)
        acks = service.ingest(
            [delivery(batch(of(STRAP, 60.0))), delivery(batch(of(STRAP, 61.0)), gateway="home-2")]
        )
        assert [each.gateway for each in acks] == ["home-2"]
        assert values(stores, "wei") == [61.0]

    def test_it_is_refused_within_a_second_of_being_revoked_and_taken_again_when_let_in(
        self, service: IngestService, stores: SeriesStores, book: FakeGatewayBook, clock: FakeClock
    ) -> None:
        service.ingest([delivery(batch(of(STRAP, 60.0)))])
        book.revoke("home-1", 1)
        clock.advance(1.0)
        assert service.ingest([delivery(batch(of(STRAP, 61.0), first_seq=2))]) == ()
        book.let_in("home-1", 2)
        clock.advance(1.0)
        (taken,) = service.ingest([delivery(batch(run((NOW_MS + 1, 61.0)), first_seq=2))])
        assert taken.ack.stored == [(2, 2)]
        assert values(stores, "wei") == [60.0, 61.0]

    def test_whoever_asks_by_http_is_told_that_nothing_was_taken(
        self, service: IngestService, book: FakeGatewayBook
    ) -> None:
        class Reply:
            def send(self, gateway: str, ack: Ack, kind: ContentType = ContentType.MSGPACK) -> None: ...

        book.revoke("home-1", 1)
        (told,) = service.ingest([delivery(batch(of(STRAP, 60.0)), reply=Reply())])
        assert (told.ack.stored, told.ack.quarantined) == ([], [])

    def test_while_it_cannot_be_told_who_is_revoked_nothing_is_taken(
        self, service: IngestService, stores: SeriesStores, book: FakeGatewayBook
    ) -> None:
        book.is_away = True
        with pytest.raises(StorageError):
            service.ingest([delivery(batch(of(STRAP, 60.0)))])
        assert values(stores, "wei") == []


class TestOthersPatients:
    """A gateway of one family writes nothing into the record of another."""

    def test_a_record_of_whom_it_does_not_speak_for_is_set_aside_with_what_to_do(
        self, service: IngestService, stores: SeriesStores, book: FakeGatewayBook
    ) -> None:
        book.speak_for("home-1", ["wei"])
        (told,) = service.ingest([delivery(batch(of(STRAP, 60.0), of(OTHER, 200.0), of(STRAP, 61.0)))])
        assert told.ack.stored == [(1, 1), (3, 3)]
        assert [each.seq for each in told.ack.quarantined] == [2]
        assert "carewire cloud gateway speaks-for home-1" in told.ack.quarantined[0].reason
        assert values(stores, "ana") == []

    @pytest.mark.parametrize("kind", list(ContentType))
    def test_what_is_set_aside_is_whole_in_the_encoding_it_came_in(
        self, service: IngestService, stores: SeriesStores, book: FakeGatewayBook, kind: ContentType
    ) -> None:
        book.speak_for("home-1", ["wei"])
        service.ingest([delivery(batch(of(OTHER, 200.0), kind=kind), content_type=str(kind))])
        (kept,) = stores.quarantine.quarantined(9)
        assert decode_record(kept.payload, ContentType(kept.content_type)) == of(OTHER, 200.0)

    def test_it_is_not_told_elsewhere_either_that_a_device_of_another_was_heard(
        self, service: IngestService, devices: FakeDeviceRegistry, book: FakeGatewayBook
    ) -> None:
        book.speak_for("home-1", ["wei"])
        service.ingest([delivery(batch(device_report(device=OTHER)))])
        assert devices.noted == []

    @pytest.mark.parametrize(
        "stray", [run((NOW_MS, 60.0)), strip(NOW_MS), event(NOW_MS), gap(NOW_MS, NOW_MS + 1)]
    )
    def test_what_nobody_wears_is_set_aside_for_it_might_be_given_to_anybody(
        self, service: IngestService, stores: SeriesStores, book: FakeGatewayBook, stray: AnyRecord
    ) -> None:
        book.speak_for("home-1", ["wei"])
        (told,) = service.ingest([delivery(batch(structs.replace(stray, device=UNBOUND)))])
        (aside,) = told.ack.quarantined
        assert f"carewire cloud device bind {UNBOUND} PATIENT" in aside.reason
        assert stores.unbound.unbound_devices() == ()

    def test_it_is_stored_by_a_replay_once_an_administrator_says_who_wore_it(
        self,
        service: IngestService,
        stores: SeriesStores,
        devices: FakeDeviceRegistry,
        book: FakeGatewayBook,
        replay: Replay,
    ) -> None:
        book.speak_for("home-1", ["wei"])
        service.ingest([delivery(batch(of(UNBOUND, 70.0)))])
        assert replay.replay(Wanted()).still_aside == 1
        devices.wear(UNBOUND, "wei")
        assert replay.replay(Wanted()).stored == 1
        assert values(stores, "wei") == [70.0]

    def test_a_device_that_is_anothers_by_then_stays_aside_and_says_why(
        self,
        service: IngestService,
        stores: SeriesStores,
        devices: FakeDeviceRegistry,
        book: FakeGatewayBook,
        replay: Replay,
    ) -> None:
        book.speak_for("home-1", ["wei"])
        service.ingest([delivery(batch(of(UNBOUND, 70.0)))])
        devices.wear(UNBOUND, "ana")
        assert replay.replay(Wanted()).still_aside == 1
        (kept,) = stores.quarantine.quarantined(9)
        assert "speaks-for home-1" in kept.reason
        assert values(stores, "ana") == []

    def test_that_a_device_is_there_and_what_it_says_of_itself_it_may_bring(
        self, service: IngestService, devices: FakeDeviceRegistry, book: FakeGatewayBook
    ) -> None:
        book.speak_for("home-1", ["wei"])
        (told,) = service.ingest([delivery(batch(device_report(device=UNBOUND), gateway_report()))])
        assert told.ack.stored == [(1, 2)]
        assert [each.id for each in devices.noted] == [UNBOUND]

    def test_one_that_was_never_restricted_may_bring_what_nobody_wears(
        self, service: IngestService, stores: SeriesStores
    ) -> None:
        (told,) = service.ingest([delivery(batch(of(UNBOUND, 60.0)))])
        assert told.ack.stored == [(1, 1)]
        assert [each.device for each in stores.unbound.unbound_devices()] == [UNBOUND]

    def test_one_that_was_never_restricted_speaks_for_anybody(
        self, service: IngestService, stores: SeriesStores
    ) -> None:
        service.ingest([delivery(batch(of(OTHER, 70.0)))])
        assert values(stores, "ana") == [70.0]

    def test_a_run_over_a_change_of_wearer_is_set_aside_if_any_part_is_anothers(
        self, service: IngestService, stores: SeriesStores, devices: FakeDeviceRegistry, book: FakeGatewayBook
    ) -> None:
        devices.wear(STRAP, "ana", NOW_MS + 10)
        book.speak_for("home-1", ["wei"])
        (told,) = service.ingest([delivery(batch(run((NOW_MS, 60.0), (NOW_MS + 20, 61.0))))])
        assert [each.seq for each in told.ack.quarantined] == [1]
        assert values(stores, "wei") == values(stores, "ana") == []

    def test_what_was_set_aside_is_stored_by_a_replay_once_it_is_allowed_and_not_before(
        self,
        service: IngestService,
        stores: SeriesStores,
        book: FakeGatewayBook,
        replay: Replay,
        clock: FakeClock,
    ) -> None:
        book.speak_for("home-1", ["wei"])
        service.ingest([delivery(batch(of(OTHER, 70.0)))])
        assert replay.replay(Wanted()).stored == 0
        book.speak_for("home-1", ["wei", "ana"])
        book.revoke("home-1", 1)
        clock.advance(1.0)
        assert replay.replay(Wanted()).stored == 1
        assert values(stores, "ana") == [70.0]
        assert stores.quarantine.quarantined_count() == 0


def test_two_computers_that_bring_by_turns_are_noticed(
    stores: SeriesStores, devices: FakeDeviceRegistry
) -> None:
    seen: list[str] = []
    service = IngestService(
        store=stores.records,
        devices=devices,
        answers=FakeCommandBook(),
        twins=TwinWatch(on_twins=lambda gateway, _: seen.append(gateway)),
    )
    for seq, boot in enumerate((b"one!", b"two!") * 2, start=1):
        payload = batch(run((NOW_MS + seq, 60.0)), first_seq=seq).replace(b"\xa4boot", b"\xa4" + boot)
        service.ingest([delivery(payload)])
    assert seen == ["home-1"]
