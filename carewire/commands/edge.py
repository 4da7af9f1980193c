"""`carewire edge`: the gateway."""

import asyncio
import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

app = typer.Typer(help="The gateway that reads wearables.", no_args_is_help=True)

Config = Annotated[
    Path | None, typer.Option("--config", help="TOML settings; CAREWIRE_EDGE_* in the environment go first.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command()
def run(
    config: Config = None,
    radio: Annotated[
        str | None,
        typer.Option(
            help="A simulated radio's HCI transport instead of BlueZ, such as tcp-client:127.0.0.1:9500."
        ),
    ] = None,
) -> None:
    """Find the allowed wearables, read, judge and forward what they say until stopped."""
    from carewire.logs import configure_logs
    from edge.bootstrap import run_gateway
    from edge.config import load_settings

    settings = load_settings(config)
    configure_logs(level=settings.log.level, json=settings.log.json_lines)
    if radio:
        from firmware_sim.bleak_backend import install

        install(radio)
    asyncio.run(run_gateway(settings, config=config))


@app.command()
def status(config: Config = None, as_json: AsJson = False) -> None:
    """Say how much waits in the outbox and for how long; exit 1 if there is no outbox to ask."""
    from edge.config import load_settings
    from edge.outbox import read_status

    settings = load_settings(config)
    found = read_status(settings.outbox_file)
    now_ms = settings.clock.clock().wall_ms()
    waited_s = (now_ms - found.oldest_ms) / 1000 if found.oldest_ms is not None else 0.0
    facts = {
        "gateway": settings.gateway_id,
        "waiting_records": found.records,
        "waiting_bytes": found.bytes,
        "oldest_waits_s": round(waited_s, 1),
    }
    if as_json:
        typer.echo(json.dumps(facts))
        return
    table = Table(box=None, show_header=False)
    for name, value in facts.items():
        table.add_row(name.replace("_", " "), str(value))
    Console().print(table)


@app.command()
def outbox(config: Config = None, as_json: AsJson = False) -> None:
    """Account for every record made: by lane, how many were made and how many still wait."""
    from edge.config import load_settings
    from edge.outbox import read_status

    settings = load_settings(config)
    found = read_status(settings.outbox_file)
    if as_json:
        typer.echo(json.dumps({"made": dict(found.made), "waiting_records": found.records}))
        return
    table = Table("epoch", "made", box=None, header_style="bold")
    for epoch, made in found.made.items():
        table.add_row(epoch, f"{made:,}")
    Console().print(table)
