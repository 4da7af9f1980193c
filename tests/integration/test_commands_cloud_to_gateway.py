"""From the service to a gateway and back, over real brokers: asked, done, answered, and read."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from cloud.commands.issue import CommandIssuer
from cloud.commands.sender import CommandSender
from cloud.commands.waveforms import WaveformRequests
from cloud.config import MqttSettings
from cloud.ingest.running import Ingest
from cloud.ports import CommandState, Patient, Person, Role
from cloud.storage.relational.opening import Relational, open_relational
from cloud.storage.sqlite_series import SqliteSeries
from edge.bootstrap import Gateway, build_gateway
from edge.config import load_settings
from firmware_sim.bleak_backend import install
from firmware_sim.bootstrap import SimulatorSettings, simulator
from tests.fakes.broker_process import BrokerProcess, EmbeddedBroker, Mosquitto
from tests.fakes.gateway import eventually
from tests.fakes.gateway_delivery import until
from tests.fakes.gateway_process import GATEWAY, GatewayProcess
from vitals.clock import ScaledClock
from vitals.records import CommandOutcome

LIN = Person(id="u-lin", display_name="Lin", role=Role.CAREGIVER)
SPEED = 10.0
ALWAYS_MS = (0, 1 << 44)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cloud:
    """The service's parts between people and the broker."""

    clock: ScaledClock
    relational: Relational
    series: SqliteSeries
    issuer: CommandIssuer

    @property
    def requests(self) -> WaveformRequests:
        return WaveformRequests(
            issuer=self.issuer,
            book=self.relational.commands,
            directory=self.relational.directory,
            gateways=self.series,
        )

    def states(self, gateway: str = GATEWAY) -> list[CommandState]:
        return list(self.relational.commands.commands_of(gateway, 10))

    def strips(self) -> int:
        return len(self.series.waveforms("wei", "ecg", *ALWAYS_MS))


@contextmanager
def cloud_on(port: int, folder: Path, clock: ScaledClock) -> Iterator[Cloud]:
    relational = open_relational(f"sqlite:///{folder / 'carewire.db'}")
    series = SqliteSeries(folder / "series.db")
    relational.directory.add_patient(Patient(id="wei", display_name="Wei"))
    ingest = Ingest(
        MqttSettings(port=port),
        store=series,
        devices=relational.directory,
        answers=relational.commands,
        clock=clock,
    )
    sender = CommandSender(
        book=relational.commands,
        channel=ingest.commands,
        online=ingest.presence.online,
        clock=clock,
        monotonic_s=time.monotonic,
        real_s=clock.real_s,
        again_s=1.0,
    )
    issuer = CommandIssuer(
        book=relational.commands,
        clock=clock,
        new_id=lambda: f"command-{time.monotonic_ns()}",
        after_issue=sender.wake,
    )
    stop = threading.Event()
    thread = threading.Thread(target=sender.run, args=(stop,))
    ingest.start()
    thread.start()
    try:
        yield Cloud(clock=clock, relational=relational, series=series, issuer=issuer)
    finally:
        stop.set()
        sender.wake()
        thread.join(20)
        ingest.stop()
        series.close()
        relational.close()


@pytest.fixture(params=[Mosquitto, EmbeddedBroker])
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[BrokerProcess]:
    started: BrokerProcess = request.param(tmp_path / "broker")
    started.start()
    yield started
    started.kill()


def test_a_command_outlives_a_broker_that_forgot_it_and_a_gateway_that_was_away(
    tmp_path: Path, broker: BrokerProcess
) -> None:
    gateway = GatewayProcess(folder=tmp_path / "gateway", broker_port=broker.port)
    with cloud_on(broker.port, tmp_path, gateway.clock) as cloud:
        cloud.issuer.issue(
            GATEWAY, "alert-acknowledged", {"event_id": "episode-1"}, by="u-admin", expires_in_s=7_200
        )
        broker.kill(wipe=True)
        broker.start()
        with gateway.running():
            eventually(lambda: cloud.states()[0].answer is not None, 90)
        answer = cloud.states()[0].answer
        assert answer is not None
        assert answer.outcome is CommandOutcome.DONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """A strap, the gateway that hears it and sends only what surrounds events, and the service."""

    cloud: Cloud
    gateway: Gateway

    @property
    def device(self) -> str:
        (device,) = {heard.device for heard in self.cloud.series.heard_devices()}
        return device

    async def has_heard(self, seconds: int) -> None:
        """Wait until the strap has streamed for so long, and bind it to Wei."""
        await until(lambda: self.gateway.health.counters["ecg.samples"] > 130 * seconds, 60)
        await until(self.cloud.series.heard_devices, 60)
        self.cloud.relational.directory.bind(self.device, "wei", 0)


@asynccontextmanager
async def home(folder: Path, scenario: str) -> AsyncIterator[Home]:
    clock = ScaledClock(speed=SPEED, anchor_ms=ScaledClock().wall_ms())
    broker = Mosquitto(folder / "broker")
    file = folder / "gateway.toml"
    file.write_text(f"""
gateway_id = "{GATEWAY}"
data_dir = "{folder / "gateway"}"
adopt = true
waveforms = "events"
mqtt = {{ port = {broker.port} }}
radio = {{ scan_rest_s = 0.1, first_pause_s = 0.05, longest_pause_s = 0.5 }}
clock = {{ speed = {SPEED}, anchor_ms = {clock.anchor_ms} }}
""")
    broker.start()
    try:
        with cloud_on(broker.port, folder, clock) as cloud:
            async with simulator(SimulatorSettings(scenario=scenario, speed=SPEED)) as sim:
                installation = install(sim.open_transport)
                gateway = build_gateway(load_settings(file))
                stop = asyncio.Event()
                running = asyncio.create_task(gateway.run(stop))
                try:
                    yield Home(cloud=cloud, gateway=gateway)
                finally:
                    stop.set()
                    await asyncio.wait_for(running, 30.0)
                    gateway.close()
                    await installation.close()
    finally:
        broker.kill()


async def test_a_minute_that_was_never_sent_is_fetched_and_read_once_however_often_it_is_asked_for(
    tmp_path: Path,
) -> None:
    async with home(tmp_path, "resting") as house:
        cloud, began_ms = house.cloud, house.cloud.clock.wall_ms()
        await house.has_heard(40)
        assert cloud.strips() == 0, "in this mode only what surrounds an event is sent"
        to_ms = cloud.clock.wall_ms() - 5_000
        for times in (1, 2):
            cloud.requests.ask("wei", "ecg", to_ms - 20_000, to_ms, LIN)
            await until(lambda: all(one.answer for one in cloud.states()), 60)
            assert [one.answer.outcome for one in cloud.states() if one.answer] == [
                CommandOutcome.DONE
            ] * times
            await until(lambda: cloud.strips() >= 20, 60)
        await until(lambda: house.gateway.outbox.status().records < 5, 60)
        assert 20 <= cloud.strips() <= 22
        cloud.requests.ask("wei", "ecg", began_ms - 600_000, began_ms - 300_000, LIN)
        await until(lambda: all(one.answer for one in cloud.states()), 60)
        newest = cloud.states()[0].answer
        assert newest is not None
        assert newest.outcome is CommandOutcome.REFUSED
        assert f"holds no ecg of {house.device}" in newest.detail


async def test_what_surrounds_an_event_is_sent_although_nothing_else_is(tmp_path: Path) -> None:
    async with home(tmp_path, "atrial-fibrillation") as house:
        cloud = house.cloud
        await house.has_heard(1)
        streaming_ms = cloud.clock.wall_ms()
        await until(lambda: cloud.series.events("wei", *ALWAYS_MS), 120)
        (event,) = cloud.series.events("wei", *ALWAYS_MS)
        from_ms, to_ms = max(streaming_ms, event.t_ms - 25_000), event.noticed_ms + 25_000

        def held_s() -> float:
            strips = cloud.series.waveforms("wei", "ecg", from_ms, to_ms)
            return sum(len(strip.samples) / 2 / strip.rate_hz for strip in strips)

        await until(lambda: held_s() >= (to_ms - from_ms) / 1_000, 60)
        await until(lambda: cloud.clock.wall_ms() > to_ms + 30_000, 60)
        assert cloud.series.waveforms("wei", "ecg", event.noticed_ms + 32_000, 1 << 44) == ()
