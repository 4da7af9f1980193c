"""A patient is erased while their gateway sends and sends on: real brokers, real stores, a real outbox."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from fastapi import FastAPI

from cloud.access.site import site
from cloud.bootstrap.stores import Stores, open_stores
from cloud.bootstrap.wiring import wire
from cloud.config import CloudSettings
from cloud.ports import ERASED, OPERATOR, Erasure, ErasureState, Patient, ServiceRole
from edge.outbox import Outbox
from edge.sending.delivery import Delivery
from tests.fakes.broker_process import BrokerProcess, EmbeddedBroker, Mosquitto
from tests.fakes.gateway_delivery import gateway_delivering, until
from tests.fakes.gateway_records import open_outbox
from tests.fakes.influxdb import influxdb
from vitals.clock import ScaledClock
from vitals.records import AnyRecord, DeviceReport, LinkState, ObservationRun

WHO, STRAP = "zx-the-patient-zx", "c0-00-00-00-00-01"
ANA, ANAS_STRAP = "ana", "c0-00-00-00-00-02"
GATEWAY = "home"
ROLES = frozenset({ServiceRole.INGEST, ServiceRole.ALERTS})


def now_ms() -> int:
    return ScaledClock().wall_ms()


def readings(at_ms: int) -> list[AnyRecord]:
    """What both straps measured at a moment."""
    return [
        ObservationRun(device=device, kind="heart_rate", t_ms=[at_ms], value=[61.0])
        for device in (STRAP, ANAS_STRAP)
    ]


def is_done(stores: Stores) -> bool:
    """Tell whether the erasure is over."""
    found = stores.relational.erasures.by_reference("ref")
    return found is not None and found.state is ErasureState.DONE


@dataclass(slots=True, kw_only=True)
class House:
    """A gateway with its outbox, a broker, and a service that can be started again."""

    settings: CloudSettings
    broker: BrokerProcess
    outbox: Outbox
    commands: list[bytes] = field(default_factory=list)

    @asynccontextmanager
    async def service(self) -> AsyncIterator[Stores]:
        """Have the service run for a while."""
        stores = open_stores(self.settings)
        running = wire(self.settings, site("http://127.0.0.1:1"), stores, ROLES)
        async with running.lifespan(FastAPI()):
            yield stores

    @asynccontextmanager
    async def sending(self) -> AsyncIterator[None]:
        """Have the gateway measure, and send what it has, for a while."""
        async with gateway_delivering(
            self.outbox,
            self.broker.port,
            gateway=GATEWAY,
            on_command=lambda arrived: self.commands.append(arrived.payload),
        ) as running:
            measuring = asyncio.create_task(self._measure(running.delivery))
            try:
                yield
            finally:
                measuring.cancel()
                with suppress(asyncio.CancelledError):
                    await measuring

    async def _measure(self, delivery: Delivery) -> None:
        while True:
            self.outbox.append(readings(now_ms()))
            delivery.notify()
            await asyncio.sleep(0.05)

    def left(self) -> list[str]:
        """Return the service's files in which the patient's id is."""
        files = (each for each in self.settings.data_dir.rglob("*") if each.is_file())
        return [str(each) for each in files if WHO.encode() in each.read_bytes()]


@contextmanager
def house_at(folder: Path, broker: BrokerProcess, **series: object) -> Iterator[House]:
    settings = CloudSettings.model_validate(
        {"data_dir": folder / "cloud", "mqtt": {"port": broker.port}, **series}
    )
    broker.start()
    outbox = open_outbox(folder / "outbox.db", clock=ScaledClock())
    try:
        yield House(settings=settings, broker=broker, outbox=outbox)
    finally:
        outbox.close()
        broker.kill()


@pytest.fixture(params=["mosquitto and SQLite", "the embedded broker and InfluxDB 1"])
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    if request.param == "mosquitto and SQLite":
        with house_at(tmp_path, Mosquitto(tmp_path / "broker")) as made:
            yield made
        return
    with influxdb() as server:
        bucket = server.new_database()
        series = {"series_url": f"influx+{server.url}", "influx": {"bucket": bucket}}
        with house_at(tmp_path, EmbeddedBroker(tmp_path / "broker"), **series) as made:
            yield made
            assert WHO not in str(server.ask("SHOW SERIES", bucket))


async def test_nothing_of_whoever_is_erased_meanwhile_is_kept_or_comes_back(house: House) -> None:
    late_ms = now_ms() - 60_000
    async with house.service() as stores:
        relational, series = stores.relational, stores.series.series
        for patient, device in ((WHO, STRAP), (ANA, ANAS_STRAP)):
            relational.directory.add_patient(Patient(id=patient, display_name=patient))
            relational.directory.bind(device, patient, now_ms() - 3_600_000)
        house.outbox.append([DeviceReport(device=STRAP, t_ms=now_ms(), link=LinkState.CONNECTED)])
        async with house.sending():
            await until(lambda: series.latest(WHO) and series.latest(ANA))
            now = now_ms()
            asked = Erasure(reference="ref", patient_id=WHO, asked_by=OPERATOR, asked_ms=now, due_ms=now)
            relational.erasures.ask_now(asked)
            await until(lambda: is_done(stores))
            erased_ms = now_ms()
            await until(lambda: series.latest(ANA)["heart_rate"].t_ms > erased_ms)
            await until(lambda: house.commands)
        assert all(b"forget-device" in one and STRAP.encode() in one for one in house.commands)
        assert series.latest(WHO) == {}
        house.outbox.append(readings(late_ms))
    async with house.service() as stores, house.sending():
        sent_ms, series = now_ms(), stores.series.series
        await until(lambda: series.latest(ANA)["heart_rate"].t_ms > sent_ms)  # the outbox keeps the order
        assert all(series.latest(who) == {} for who in (WHO, ERASED, ""))
        assert stores.relational.directory.patient(WHO) is None
        await until(lambda: (house.outbox.status().oldest_ms or sent_ms) > late_ms)
        assert series.observations(ANA, "heart_rate", 0, late_ms + 1, 9).points
    assert house.left() == []
