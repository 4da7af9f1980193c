"""The air around the gateway: this project's wearables, and the adapter that the kernel shows to BlueZ."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace
from multiprocessing.connection import Connection
from typing import Any

from bench_peripheral import BenchPeripheral
from bumble import hci
from bumble.transport import open_transport

from firmware_sim.bootstrap import PatientSettings, Simulator, SimulatorSettings, simulator
from firmware_sim.virtual_radio import RadioController
from firmware_sim.wearable_model import WearableModel
from firmware_sim.wearable_models import model_named

BLUEZ_FAILS_WITH = hci.LeFeatureMask.LL_PRIVACY | hci.LeFeatureMask.LE_EXTENDED_ADVERTISING
"""Features of bumble's controller that the kernel would use and that do not work there (bumble #841)."""

FIRST_READING_S = 8.0
"""When those that come and go measure: nobody waits a minute for a cuff here."""


def soon(key: str) -> WearableModel:
    """Return a wearable that takes its first reading early."""
    model = model_named(key)
    return replace(
        model, measurements=tuple(replace(row, first_s=FIRST_READING_S) for row in model.measurements)
    )


WEARABLES = SimulatorSettings(
    patients=(
        PatientSettings(
            scenario="resting",
            wearables=(
                "chest-strap",
                "finger-oximeter",
                soon("ear-thermometer"),
                soon("blood-pressure-cuff"),
            ),
        ),
        PatientSettings(
            scenario="exercise",
            wearables=("cgm-sensor", "wrist-band", "fall-pendant", soon("body-scale")),
        ),
    )
)


def live(commands: Connection) -> None:
    """Be the world of a test until it says `stop`; every command is answered when it is done."""
    asyncio.run(_live(commands))


async def _live(commands: Connection) -> None:
    loop, heard = asyncio.get_running_loop(), asyncio.Queue[tuple[Any, ...]]()
    async with AsyncExitStack() as stack:
        running = await stack.enter_async_context(simulator(WEARABLES))
        bench = BenchPeripheral(running.radio)
        await bench.start()
        await _offer_to_kernel(running.gateway_adapter)
        loop.add_reader(commands.fileno(), lambda: heard.put_nowait(commands.recv()))
        commands.send([(each.address, each.model.is_visitor) for each in running.wearables])
        while (command := await heard.get())[0] != "stop":
            await _obey(command, running, bench)
            commands.send(command[0])
        loop.remove_reader(commands.fileno())


async def _obey(command: tuple[Any, ...], running: Simulator, bench: BenchPeripheral) -> None:
    match command:
        case "flood", count, rate_per_s:
            await bench.flood(count, rate_per_s)
        case ("lose-bench",):
            running.radio.lose_links(bench.controller)
        case ("lose-wearables",):
            for wearable in running.wearables:
                wearable.drop_link()


async def _offer_to_kernel(controller: RadioController) -> None:
    """Let the kernel be the host of the gateway's adapter: it appears as hci0."""
    controller.le_features &= ~BLUEZ_FAILS_WITH
    transport = await open_transport("vhci")
    controller.host = transport.sink
    transport.source.set_packet_sink(controller)
