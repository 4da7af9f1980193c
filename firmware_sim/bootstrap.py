"""Where the simulator is put together: straps on a radio, and the gateway's adapter offered to it."""

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import structlog
from bumble.transport.common import Transport

from firmware_sim.faults import ScheduledFault, fault_named
from firmware_sim.hci_server import HciServer
from firmware_sim.heart import HeartSource, RecordedHeart
from firmware_sim.pacing import PacingClock
from firmware_sim.recordings import load_wfdb, resample
from firmware_sim.scenarios import scenario_named
from firmware_sim.virtual_radio import RadioController, VirtualRadio
from firmware_sim.wearables import ChestStrap
from vitals.errors import ConfigurationError

__all__ = ["Simulator", "SimulatorSettings", "run_simulator", "simulator"]

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatorSettings:
    """What to simulate and where to offer it.

    A `recording` (the .hea of a WFDB record) takes the scenario's place; `loop` plays it for ever. Each
    strap's heart draws from `seed` and its own number. `speed` is how many seconds of life pass in a real
    one; `duration_s` and the faults' times count seconds of life. `listen` is `tcp:HOST:PORT` or `unix:PATH`.
    """

    scenario: str = "resting"
    recording: Path | None = None
    loop: bool = True
    seed: int = 0
    ecg_rate_hz: int = 130
    speed: float = 1.0
    listen: str = "tcp:127.0.0.1:9500"
    wearables: int = 1
    duration_s: float | None = None
    faults: tuple[ScheduledFault, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what no strap can do.

        Raises
        ------
        ConfigurationError
            A setting is out of its range, or names no scenario or fault.
        """
        if self.ecg_rate_hz not in ECG_RATES_HZ:
            rates = " or ".join(map(str, ECG_RATES_HZ))
            raise ConfigurationError(f"a strap does not sample at {self.ecg_rate_hz} Hz: choose {rates}")
        if not 1 <= self.wearables <= MOST_WEARABLES:
            raise ConfigurationError(
                f"{self.wearables} wearables cannot be simulated: choose 1 to {MOST_WEARABLES}"
            )
        scenario_named(self.scenario)
        for scheduled in self.faults:
            fault_named(scheduled.fault)


ECG_RATES_HZ: Final = (130, 250)
MOST_WEARABLES: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulator:
    """A running simulator: its straps, the air between, and the adapter meant for the gateway."""

    straps: tuple[ChestStrap, ...]
    radio: VirtualRadio
    clock: PacingClock
    gateway_adapter: RadioController

    async def open_transport(self) -> Transport:
        """Open the gateway's adapter for a host in this process: give this to `bleak_backend.install`."""
        return self.gateway_adapter.transport


@asynccontextmanager
async def simulator(settings: SimulatorSettings) -> AsyncIterator[Simulator]:
    """Run the straps in this process for as long as the context lasts.

    Raises
    ------
    RecordingError
        The recording cannot be played.
    """
    hearts = await asyncio.to_thread(_hearts, settings)
    clock, radio = PacingClock(speed=settings.speed), VirtualRadio()
    straps = tuple(
        ChestStrap(number=number, heart=heart, clock=clock, radio=radio)
        for number, heart in enumerate(hearts, start=1)
    )
    try:
        for strap in straps:
            await strap.start()
        yield Simulator(
            straps=straps,
            radio=radio,
            clock=clock,
            gateway_adapter=radio.add_adapter("gateway", _GATEWAY_ADDRESS),
        )
    finally:
        for strap in straps:
            await strap.close()


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
            names = [strap.name for strap in running.straps]
            _log.info("sim.ready", transport=transport, wearables=names, speed=settings.speed)
            with _stop_signal() as stop:
                await _until(stop, running, settings)
        finally:
            await server.close()
            _log.info("sim.stopped")


_GATEWAY_ADDRESS: Final = "00:CA:4E:02:00:01"


def _hearts(settings: SimulatorSettings) -> list[HeartSource]:
    seeds = np.random.SeedSequence(settings.seed).spawn(settings.wearables)
    if settings.recording is not None:
        recording = resample(load_wfdb(settings.recording), settings.ecg_rate_hz)
        return [RecordedHeart(recording, loop=settings.loop) for _ in seeds]
    scenario = scenario_named(settings.scenario)
    return [scenario.heart(settings.ecg_rate_hz, np.random.default_rng(seed)) for seed in seeds]


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
    for strap in running.straps:
        strap.inject(fault)
    await running.clock.sleep_until(scheduled.to_s)
    _log.info("sim.fault_cleared", fault=fault.name)
    for strap in running.straps:
        strap.clear(fault)


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
