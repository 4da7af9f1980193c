"""Whoever is not who they say gets nowhere, and costs those who are nothing: a clinic's broker, with TLS."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from cloud.storage.sqlite_series import SqliteSeries
from edge.outbox import Outbox
from tests.contracts.batches import EPOCH, batch
from tests.contracts.records import NOW_MS, run
from tests.fakes.authority import Authority
from tests.fakes.broker_process import ClinicBroker, Mosquitto
from tests.fakes.gateway import FakeGateway, eventually
from tests.fakes.gateway_delivery import gateway_delivering, until
from tests.fakes.gateway_records import event, open_outbox
from tests.fakes.service_ingest import PATIENT, service_ingest

NAME = "hallway"
_ALL_TIME_MS = (0, 1 << 45)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    made = Authority(tmp_path / "certificates")
    for name in ("broker", "ingest", NAME):
        made.issue(name)
    return made


@pytest.fixture
def broker(authority: Authority, tmp_path: Path) -> Iterator[ClinicBroker]:
    started = ClinicBroker(tmp_path / "broker", authority.folder)
    started.start()
    yield started
    started.kill()


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    opened = open_outbox(tmp_path / "outbox.db")
    opened.append([event(1)])
    yield opened
    opened.close()


@pytest.fixture
def series(tmp_path: Path) -> Iterator[SqliteSeries]:
    opened = SqliteSeries(tmp_path / "series.db")
    yield opened
    opened.close()


async def assert_delivers(outbox: Outbox, port: int, series: SqliteSeries, authority: Authority) -> None:
    """With the right certificate, what waits is stored."""
    with service_ingest(port, series, **authority.files("ingest")):
        async with gateway_delivering(outbox, port, gateway=NAME, **authority.files(NAME)):
            await until(lambda: outbox.status().records == 0)


@pytest.fixture(params=["expired", "of another authority"])
def worthless(request: pytest.FixtureRequest, authority: Authority) -> dict[str, Path]:
    """Files of a gateway whose certificate proves nothing."""
    if request.param == "expired":
        return authority.issue("expired", lasts=timedelta(days=-1))
    elsewhere = Authority(authority.folder / "elsewhere")
    return elsewhere.issue(NAME) | {"ca_file": authority.folder / "ca.crt"}


async def test_a_gateway_with_a_worthless_certificate_is_kept_out_and_keeps_everything(
    worthless: dict[str, Path],
    outbox: Outbox,
    broker: ClinicBroker,
    authority: Authority,
    series: SqliteSeries,
) -> None:
    async with gateway_delivering(outbox, broker.port, gateway=NAME, **worthless) as running:
        await until(lambda: running.uplink.counters.get("mqtt.connect_failed", 0) >= 2)
        assert not running.delivery.is_link_up
    assert outbox.status().records == 1
    await assert_delivers(outbox, broker.port, series, authority)


async def test_a_revoked_gateway_gets_no_new_connection(
    outbox: Outbox, broker: ClinicBroker, authority: Authority
) -> None:
    async with gateway_delivering(outbox, broker.port, gateway=NAME, **authority.files(NAME)) as running:
        await until(lambda: running.delivery.is_link_up)
        authority.revoke(NAME)
        broker.reload()
        running.uplink.restart("whoever revokes it also ends its connection")
        await until(lambda: running.uplink.counters.get("mqtt.connect_failed", 0) >= 2)
        assert not running.delivery.is_link_up
    assert outbox.status().records == 1


# paho leaves the socket of a handshake that failed to be collected.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_a_gateway_tells_nothing_to_a_broker_of_another_authority(
    tmp_path: Path, outbox: Outbox, authority: Authority
) -> None:
    elsewhere = Authority(tmp_path / "elsewhere")
    elsewhere.issue("broker")
    impostor = ClinicBroker(tmp_path / "impostor", elsewhere.folder)
    impostor.start()
    async with gateway_delivering(outbox, impostor.port, gateway=NAME, **authority.files(NAME)) as running:
        await until(lambda: running.uplink.counters.get("mqtt.connect_failed", 0) >= 2)
        assert running.delivery.counters["delivery.sent"] == 0
    impostor.kill()
    assert outbox.status().records == 1


def test_a_service_with_a_worthless_certificate_says_so_in_its_health(
    broker: ClinicBroker, authority: Authority, series: SqliteSeries
) -> None:
    expired = authority.issue("ingest", lasts=timedelta(days=-1))
    with service_ingest(broker.port, series, **expired) as ingest:
        eventually(lambda: any("not connected to the broker" in one for one in ingest.health().troubles))


async def test_two_gateways_with_one_certificate_take_turns_and_lose_nothing(
    tmp_path: Path, outbox: Outbox, broker: ClinicBroker, authority: Authority, series: SqliteSeries
) -> None:
    twin = open_outbox(tmp_path / "twin.db")
    twin.append([event(2)])
    files = authority.files(NAME)
    patient = partial(gateway_delivering, port=broker.port, gateway=NAME, longest_pause_s=8.0, **files)
    with service_ingest(broker.port, series, **authority.files("ingest")):
        async with (
            patient(outbox) as one,
            patient(twin) as other,
        ):
            await until(lambda: outbox.status().records == twin.status().records == 0, within_s=60.0)
            counters = [running.uplink.counters.get("mqtt.disconnected", 0) for running in (one, other)]
            assert sum(counters) >= 1
    twin.close()
    assert {each.event_id for each in series.events(PATIENT, *_ALL_TIME_MS)} == {
        event(1).event_id,
        event(2).event_id,
    }


async def test_a_gateway_that_uses_anothers_numbers_keeps_no_record_of_the_other_out(
    tmp_path: Path, series: SqliteSeries
) -> None:
    broker = Mosquitto(tmp_path / "broker")
    broker.start()
    with (
        service_ingest(broker.port, series) as ingest,
        FakeGateway(broker.port, "forger") as forger,
        FakeGateway(broker.port, "honest") as honest,
    ):
        eventually(lambda: ingest.health().broker.subscriptions > 0)
        forger.publish(batch(run((NOW_MS, 1.0))))
        eventually(lambda: forger.acknowledged() == {1})
        honest.publish(batch(run((NOW_MS + 1, 60.0))))
        eventually(lambda: honest.acknowledged() == {1})
        assert ingest.health().stats.duplicates == 0
    broker.kill()
    assert {(each.gateway, each.epoch) for each in series.accounts()} == {
        ("forger", EPOCH),
        ("honest", EPOCH),
    }
