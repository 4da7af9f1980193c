"""`carewire edge`: the gateway."""

import asyncio
import json
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from carewire.commands.privacy import nothing_for_others

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edge.outbox.status import OutboxStatus
    from edge.state_file import GatewayState

app = typer.Typer(help="The gateway that reads wearables.", no_args_is_help=True, callback=nothing_for_others)

_HOLDS = frozenset({"first", "same", "grown"})

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
def enrol(
    code: Annotated[
        str | None,
        typer.Argument(metavar="[CODE]", help="What was printed, or scanned. Unset: it is asked for."),
    ] = None,
    config: Config = None,
) -> None:
    """Have this gateway let in by a one-time code: its key is made here, and never leaves."""
    from edge.adapters.enrolment import enrol as enrol_by
    from edge.config import identity_folder
    from edge.identity.folder import IdentityFolder
    from vitals.clock import ScaledClock
    from vitals.wire.enrolment import code_from_text

    folder = IdentityFolder(path=identity_folder(config))
    asked = code_from_text(code or typer.prompt("Code", hide_input=True))
    answer, made = enrol_by(asked, folder, ScaledClock())
    typer.echo(f"{answer.gateway} is let in until {made.not_valid_after_utc:%Y-%m-%d}; it renews by itself")
    typer.echo(f"kept in {folder.path}; now start it: sudo systemctl restart carewire-gateway")


@app.command()
def status(config: Config = None, as_json: AsJson = False) -> None:
    """Say how the gateway is and what waits in its outbox; exit 1 if there is no outbox to ask."""
    from edge.config import load_settings
    from edge.outbox import read_status
    from edge.state_file import StateFile

    settings = load_settings(config)
    found = read_status(settings.outbox_file)
    state = StateFile(path=settings.state_file).read_running()
    now_ms = settings.clock.clock().wall_ms()
    waited_s = (now_ms - found.oldest_ms) / 1000 if found.oldest_ms is not None else 0.0
    if as_json:
        facts = {
            "gateway": settings.gateway_id,
            "waiting_records": found.records,
            "waiting_bytes": found.bytes,
            "oldest_waits_s": round(waited_s, 1),
            "running": None if state is None else _running(state),
        }
        typer.echo(json.dumps(facts))
        return
    _print_status(settings.gateway_id, found, waited_s, state, now_ms)


@app.command()
def outbox(
    config: Config = None,
    as_json: AsJson = False,
    acked: Annotated[
        bool, typer.Option("--acked", help="Print, for `carewire cloud restore`, what waits here no more.")
    ] = False,
) -> None:
    """Account for every record made: made = waiting + stored + set aside + lost, in each epoch."""
    from edge.config import load_settings
    from edge.outbox import read_gone, read_status

    settings = load_settings(config)
    if acked:
        gone = read_gone(settings.outbox_file).items()
        rows = [{"gateway": settings.gateway_id, "epoch": epoch, "ranges": ranges} for epoch, ranges in gone]
        typer.echo(json.dumps(rows))
        return
    found = read_status(settings.outbox_file)
    if as_json:
        epochs = [asdict(epoch) for epoch in found.epochs]
        facts = {"made": dict(found.made), "waiting_records": found.records, "epochs": epochs}
        typer.echo(json.dumps(facts))
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for title in ("lane", "epoch"):
        table.add_column(title, no_wrap=True)
    for title in ("made", "waiting", "stored", "set aside", "lost"):
        table.add_column(title, justify="right")
    for epoch in found.epochs:
        numbers = (epoch.made, epoch.held, epoch.stored, epoch.quarantined, epoch.lost)
        table.add_row(str(epoch.lane), epoch.epoch, *(f"{number:,}" for number in numbers))
    Console().print(table if found.epochs else "nothing was ever made")


@app.command()
def doctor(
    config: Config = None,
    as_json: AsJson = False,
    limit_s: Annotated[
        float, typer.Option("--limit", min=1.0, help="Seconds that any one question to the outside may take.")
    ] = 10.0,
) -> None:
    """Look at everything a gateway needs and say what to do; exit 1 if something must be put right."""
    from carewire.findings import findings_view
    from edge.doctor.examine import examine
    from edge.doctor.finding import Case, Finding, Verdict, worst
    from vitals.errors import ConfigurationError

    console = Console()
    try:
        case = Case.of_file(config, limit_s=limit_s)
    except ConfigurationError as error:
        findings = [
            Finding(check="settings", verdict=Verdict.FAIL, says=str(error), remedy="correct the file")
        ]
    else:
        with console.status("looking ...") if console.is_terminal and not as_json else nullcontext():
            findings = list(examine(case))
    if as_json:
        typer.echo(json.dumps([asdict(finding) for finding in findings], indent=2))
    else:
        console.print(findings_view(findings))
    if worst(findings) is Verdict.FAIL:
        raise typer.Exit(1)


def _running(state: "GatewayState") -> dict[str, object]:
    from msgspec import to_builtins

    known: dict[str, object] = to_builtins(state)
    return known


def _print_status(
    gateway_id: str, found: "OutboxStatus", waited_s: float, state: "GatewayState | None", now_ms: int
) -> None:
    from edge.page.words import amount, counted, lasting

    waits = f", the oldest for {lasting(waited_s)}" if found.records else ""
    rows = [
        ("gateway", f"{gateway_id}, {f'runs for {lasting(state.uptime_s)}' if state else 'does not run'}"),
        ("waiting", f"{counted(found.records, 'record')}, {amount(found.bytes)}{waits}"),
        *(_rows_of(state, now_ms) if state else ()),
    ]
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold")
    for row in rows:
        table.add_row(*row)
    Console().print(table)


def _rows_of(state: "GatewayState", now_ms: int) -> "Iterator[tuple[str, str]]":
    from edge.page.words import ago, lasting

    heard = "" if state.heard_s_ago is None else f", last acknowledged {ago(state.heard_s_ago)}"
    by = " by HTTP" if state.way == "http" else ""
    yield "cloud", f"reached{by}{heard}" if state.is_link_up else "not reached"
    if state.ledger is not None:
        holds = "holds" if state.ledger.verdict in _HOLDS else f"DOES NOT HOLD ({state.ledger.verdict})"
        yield "ledger", f"{state.ledger.size:,} entries witnessed here; it {holds}"
    for alarm in state.alarms:
        whose = f" of {alarm.device}" if alarm.device else ""
        since = lasting((state.t_ms - alarm.since_ms) / 1000)
        yield "alarm", f"{alarm.title}{whose} ({alarm.priority} priority), for {since}"
    for line in state.wearables:
        age = "never heard" if line.heard_ms is None else f"last value {ago((now_ms - line.heard_ms) / 1000)}"
        battery = "" if line.battery_percent is None else f", battery {line.battery_percent} %"
        yield "wearable", f"{line.name}: {line.link or 'not seen'}, {age}{battery}"
