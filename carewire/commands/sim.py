"""`carewire sim`: wearables that do not exist."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

app = typer.Typer(help="Simulated wearables on a virtual radio.", no_args_is_help=True)


@app.command("list")
def list_rows() -> None:
    """List the scenarios a wearer can live through, the wearables, and what can go wrong with them."""
    from firmware_sim.faults import FAULTS
    from firmware_sim.scenarios import SCENARIOS
    from firmware_sim.wearable_models import WEARABLE_MODELS

    console = Console()
    for heading, rows in (
        ("scenario", {name: row.description for name, row in SCENARIOS.items()}),
        ("wearable", {f"{row.key} ({row.short})": row.description for row in WEARABLE_MODELS.values()}),
        ("fault", {name: row.description for name, row in FAULTS.items()}),
    ):
        table = Table(heading, "what happens" if heading != "wearable" else "what it tells")
        table.box, table.header_style = None, "bold"
        for name, description in rows.items():
            table.add_row(name, description)
        console.print(table)
        console.print()


@app.command()
def run(
    scenario: Annotated[
        str, typer.Option(help="A name from `carewire sim list`, or several: resting+fever.")
    ] = "resting",
    recording: Annotated[
        Path | None, typer.Option(help="Play a WFDB record (its .hea file) in place of every heart.")
    ] = None,
    patient: Annotated[
        list[str] | None,
        typer.Option(
            help="Instead of one patient with a strap: what one lives through and wears, "
            "as in resting+fever:strap,oximeter. Once for each patient.",
            metavar="SCENARIO:WEARABLE,...",
        ),
    ] = None,
    listen: Annotated[
        str, typer.Option(help="Where a gateway finds the virtual radio.")
    ] = "tcp:127.0.0.1:9500",
    speed: Annotated[float, typer.Option(min=0.1, max=100.0, help="Times real time.")] = 1.0,
    ecg_rate: Annotated[int, typer.Option(help="ECG samples a second: 130 or 250.")] = 130,
    seed: Annotated[int, typer.Option(help="Seed of generated physiology.")] = 1,
    duration: Annotated[
        float | None, typer.Option(min=1.0, help="Stop after so many seconds of life.")
    ] = None,
    book: Annotated[
        Path | None, typer.Option(help="Write down all that was measured, and what of it was sent.")
    ] = None,
    anchor_ms: Annotated[
        int | None, typer.Option(help="When, in ms since 1970, all clocks at this speed left real time.")
    ] = None,
) -> None:
    """Advertise wearables and let their wearers live until stopped."""
    from carewire.logs import configure_logs
    from firmware_sim.bootstrap import PatientSettings, SimulatorSettings, run_simulator

    configure_logs()
    asyncio.run(
        run_simulator(
            SimulatorSettings(
                scenario=scenario,
                recording=recording,
                patients=tuple(map(PatientSettings.parse, patient or ())),
                listen=listen,
                speed=speed,
                ecg_rate_hz=ecg_rate,
                seed=seed,
                duration_s=duration,
                book=book,
                anchor_ms=anchor_ms,
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
