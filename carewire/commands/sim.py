"""`carewire sim`: wearables that do not exist."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

app = typer.Typer(help="Simulated wearables on a virtual radio.", no_args_is_help=True)


@app.command("list")
def list_scenarios() -> None:
    """List the scenarios a simulated wearable can play."""
    from firmware_sim.scenarios import SCENARIOS

    table = Table("scenario", "what happens", box=None, header_style="bold")
    for name, scenario in SCENARIOS.items():
        table.add_row(name, scenario.description)
    Console().print(table)


@app.command()
def run(
    scenario: Annotated[str, typer.Option(help="A name from `carewire sim list`.")] = "resting",
    recording: Annotated[
        Path | None, typer.Option(help="Play a WFDB record (its .hea file) instead of a scenario.")
    ] = None,
    listen: Annotated[
        str, typer.Option(help="Where a gateway finds the virtual radio.")
    ] = "tcp:127.0.0.1:9500",
    speed: Annotated[float, typer.Option(min=0.1, max=100.0, help="Times real time.")] = 1.0,
    ecg_rate: Annotated[int, typer.Option(help="ECG samples a second: 130 or 250.")] = 130,
    seed: Annotated[int, typer.Option(help="Seed of generated physiology.")] = 1,
) -> None:
    """Advertise a chest strap and play a heart through it until stopped."""
    from carewire.logs import configure_logs
    from firmware_sim.bootstrap import SimulatorSettings, run_simulator

    configure_logs()
    asyncio.run(
        run_simulator(
            SimulatorSettings(
                scenario=scenario,
                recording=recording,
                listen=listen,
                speed=speed,
                ecg_rate_hz=ecg_rate,
                seed=seed,
            )
        )
    )


@app.command()
def bluez(
    radio: Annotated[
        str, typer.Option(help="The HCI transport that `carewire sim run` offers.")
    ] = "tcp-client:127.0.0.1:9500",
    keys: Annotated[Path | None, typer.Option(help="Keep bonds in this file, or else forget them.")] = None,
) -> None:
    """Offer the virtual radio as BlueZ on a D-Bus of its own, for `carewire edge run` without --radio.

    Prints the setting that the gateway's environment needs.
    """
    from carewire.logs import configure_logs
    from firmware_sim.bluez import run_bluez

    configure_logs()
    asyncio.run(
        run_bluez(
            radio,
            keystore=keys,
            on_ready=lambda address: typer.echo(f"DBUS_SYSTEM_BUS_ADDRESS={address}"),
        )
    )
