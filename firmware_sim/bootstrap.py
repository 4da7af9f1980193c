"""Where the simulator is put together: patients and their wearables on a radio, and the gateway's adapter."""

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog
from bumble.transport.common import Transport

from firmware_sim.book import Book
from firmware_sim.faults import ScheduledFault, fault_named
from firmware_sim.hci_server import HciServer
from firmware_sim.pacing import PacingClock
from firmware_sim.patient import Patient, patients_on
from firmware_sim.patient_settings import MOST_WEARABLES, PatientSettings
from firmware_sim.recordings import load_wfdb
from firmware_sim.virtual_radio import RadioController, VirtualRadio
from firmware_sim.wearable_models.chest_strap import CHEST_STRAP
from firmware_sim.wearables import Wearable
from vitals.clock import ScaledClock
from vitals.errors import ConfigurationError

__all__ = ["PatientSettings", "Simulator", "SimulatorSettings", "run_simulator", "simulator"]

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatorSettings:
    """What to simulate and where to offer it.

    Without `patients` there are as many as `wearables` says, each with a strap and the `scenario`. A
    `recording` (the .hea of a WFDB record) takes the place of every heart; `loop` plays it for ever. `speed`
    is how many seconds of life pass in a real one; `duration_s` and the faults' times count seconds of life.
    Faults named here befall all wearables, those of a scenario its patient's. `listen` is `tcp:HOST:PORT` or
    `unix:PATH`. `book` is the file to write down in what was measured and sent.
    """

    scenario: str = "resting"
    recording: Path | None = None
    loop: bool = True
    seed: int = 0
    ecg_rate_hz: int = 130
    speed: float = 1.0
    listen: str = "tcp:127.0.0.1:9500"
    wearables: int = 1
    patients: tuple[PatientSettings, ...] = ()
    duration_s: float | None = None
    faults: tuple[ScheduledFault, ...] = ()
    book: Path | None = None
    anchor_ms: int | None = None
    """When, in ms since 1970, life left real time: what `vitals.clock` calls so. `None`: at the start."""

    def __post_init__(self) -> None:
        """Refuse what no wearable can do.

        Raises
        ------
        ConfigurationError
            A setting is out of its range, or names no scenario or fault.
        """
        if self.ecg_rate_hz not in ECG_RATES_HZ:
            rates = " or ".join(map(str, ECG_RATES_HZ))
            raise ConfigurationError(f"a strap does not sample at {self.ecg_rate_hz} Hz: choose {rates}")
        worn = sum(len(patient.wearables) for patient in self.everybody)
        if not 1 <= worn <= MOST_WEARABLES:
            raise ConfigurationError(f"{worn} wearables cannot be simulated: choose 1 to {MOST_WEARABLES}")
        for scheduled in self.faults:
            fault_named(scheduled.fault)

    @property
    def everybody(self) -> tuple[PatientSettings, ...]:
        """The patients, named or not."""
        return self.patients or (PatientSettings(scenario=self.scenario),) * self.wearables


ECG_RATES_HZ: Final = (130, 250)


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulator:
    """A running simulator: its patients, the air between, and the adapter meant for the gateway."""

    patients: tuple[Patient, ...]
    radio: VirtualRadio
    clock: PacingClock
    gateway_adapter: RadioController

    @property
    def wearables(self) -> tuple[Wearable, ...]:
        """What the patients wear, in the order of their numbers."""
        return tuple(wearable for patient in self.patients for wearable in patient.wearables)

    @property
    def straps(self) -> tuple[Wearable, ...]:
        """Those of them that are chest straps."""
        return tuple(wearable for wearable in self.wearables if wearable.model.key == CHEST_STRAP.key)

    async def open_transport(self) -> Transport:
        """Open the gateway's adapter for a host in this process: give this to `bleak_backend.install`."""
        return self.gateway_adapter.transport


@asynccontextmanager
async def simulator(settings: SimulatorSettings) -> AsyncIterator[Simulator]:
    """Run the wearables in this process for as long as the context lasts.

    Raises
    ------
    ConfigurationError
        The book cannot be written.
    RecordingError
        The recording cannot be played.
    """
    recording = None if settings.recording is None else await asyncio.to_thread(load_wfdb, settings.recording)
    book, clock, radio = Book(settings.book), PacingClock(speed=settings.speed), VirtualRadio()
    patients = patients_on(
        radio,
        settings.everybody,
        clock=clock,
        wall_ms_at_start=_wall_ms(settings),
        book=book,
        seed=settings.seed,
        ecg_rate_hz=settings.ecg_rate_hz,
        recording=recording,
        loop=settings.loop,
    )
    try:
        for patient in patients:
            await patient.start()
        yield Simulator(
            patients=patients,
            radio=radio,
            clock=clock,
            gateway_adapter=radio.add_adapter("gateway", _GATEWAY_ADDRESS),
        )
    finally:
        for patient in patients:
            await patient.close()
        book.close()


async def run_simulator(settings: SimulatorSettings) -> None:
    """Serve the gateway's adapter until SIGTERM, SIGINT or the duration's end.

    Logs `sim.ready` with the transport name for `bleak_backend.install` in the gateway's process.

    Raises
    ------
    ConfigurationError
        The place to listen at is taken or none at all.
    RecordingError
        The recording cannot be played.
    """
    async with simulator(settings) as running:
        server = HciServer(running.gateway_adapter, settings.listen)
        transport = await server.start()
        try:
            names = [wearable.name for wearable in running.wearables]
            _log.info("sim.ready", transport=transport, wearables=names, speed=settings.speed)
            with _stop_signal() as stop:
                await _until(stop, running, settings)
        finally:
            await server.close()
            _log.info("sim.stopped")


_GATEWAY_ADDRESS: Final = "00:CA:4E:02:00:01"


def _wall_ms(settings: SimulatorSettings) -> float:
    if settings.anchor_ms is None:
        return ScaledClock().wall_ms()
    return ScaledClock(speed=settings.speed, anchor_ms=settings.anchor_ms).wall_ms()


async def _until(stop: asyncio.Event, running: Simulator, settings: SimulatorSettings) -> None:
    """Inject the scheduled faults in their time until told to stop or the duration is over."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_schedule(fault, running)) for fault in settings.faults]
        if settings.duration_s is not None:
            tasks.append(group.create_task(_stop_at(settings.duration_s, stop, running.clock)))
        await stop.wait()
        for task in tasks:
            task.cancel()


async def _stop_at(duration_s: float, stop: asyncio.Event, clock: PacingClock) -> None:
    await clock.sleep_until(duration_s)
    stop.set()


async def _schedule(scheduled: ScheduledFault, running: Simulator) -> None:
    fault = fault_named(scheduled.fault)
    await running.clock.sleep_until(scheduled.from_s)
    _log.info("sim.fault_injected", fault=fault.name)
    for wearable in running.wearables:
        wearable.inject(fault)
    await running.clock.sleep_until(scheduled.to_s)
    _log.info("sim.fault_cleared", fault=fault.name)
    for wearable in running.wearables:
        wearable.clear(fault)


@contextmanager
def _stop_signal() -> Iterator[asyncio.Event]:
    """Yield an event that SIGTERM and SIGINT set."""
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    try:
        yield stop
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)
