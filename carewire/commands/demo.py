"""`carewire demo`: the whole system on this machine."""

import json
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from carewire.commands.apart import keep_apart
from carewire.commands.reports import refuse_unwritable
from vitals.errors import ConfigurationError

if TYPE_CHECKING:
    from carewire.layout import Layout

HEADLESS_DURATION_S = 90.0
DEFAULT_PORT = 8080


def demo(
    scenario: Annotated[
        str, typer.Option(help="What the heart does: a name from `carewire sim list`.")
    ] = "atrial-fibrillation",
    recording: Annotated[
        Path | None, typer.Option(help="Play a WFDB record (its .hea file) instead.", metavar="RECORD.hea")
    ] = None,
    household: Annotated[
        bool, typer.Option("--household", help="Instead of one strap: two people and eight wearables.")
    ] = False,
    duration: Annotated[
        float | None,
        typer.Option(min=1, help="Seconds of heart to play, then stop (headless: 90; else until Ctrl-C)."),
    ] = None,
    speed: Annotated[float, typer.Option(min=0.25, max=20, help="Times real time.")] = 1.0,
    seed: Annotated[int, typer.Option(help="Seed of generated physiology.")] = 1,
    headless: Annotated[
        bool, typer.Option("--headless", help="Print no pages to open; end by itself.")
    ] = False,
    report: Annotated[
        Path | None, typer.Option(help="Write what came of it as JSON.", metavar="FILE")
    ] = None,
    port: Annotated[
        int | None, typer.Option(help=f"Port of the pages (default {DEFAULT_PORT}; headless: any free one).")
    ] = None,
    keep: Annotated[
        Path | None, typer.Option(help="Keep databases, settings and logs in this folder.", metavar="FOLDER")
    ] = None,
) -> None:
    """Run broker, service, gateway and a simulated chest strap here, and say where to look.

    Only the strap is made up; Bluetooth, model, MQTT, store and alerts are real. Ctrl-C stops all of it.
    """
    from carewire.broker import refuse_taken_port
    from carewire.demo import Demo
    from carewire.household import HOUSEHOLD
    from carewire.layout import Heart, Layout, free_port
    from carewire.screen import Screen, conclude
    from carewire.seed import observer_of, seed_demo
    from firmware_sim.scenarios import SCENARIOS

    if household and recording is not None:
        raise ConfigurationError("a household lives its own scenarios: leave out --recording or --household")
    if recording is None and scenario not in SCENARIOS:
        raise ConfigurationError(
            f"there is no scenario {scenario!r}: choose one of {', '.join(sorted(SCENARIOS))}"
        )
    if recording is not None:
        _refuse_unplayable(recording)
    refuse_unwritable(report)
    keep_apart()
    if port is None:
        port = free_port() if headless else DEFAULT_PORT
    refuse_taken_port(port, "the pages", "--port")

    console = Console(highlight=False)
    with ExitStack() as stack:
        stopping = stack.enter_context(_told_to_stop())
        folder = keep or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="carewire-demo-")))
        layout = Layout(
            folder=folder.resolve(),
            http_port=port,
            mqtt_port=free_port(),
            radio_port=free_port(),
            anchor_ms=time.time_ns() // 1_000_000,
            speed=speed,
            heart=Heart(scenario=scenario, recording=recording.resolve() if recording else None, seed=seed),
            residents=HOUSEHOLD if household else (),
        )
        layout.write_settings()
        seeded = seed_demo(layout)
        run = Demo(
            layout=layout,
            observer=stack.enter_context(observer_of(layout, seeded)),
            stopping=stopping,
        )
        if duration is None and headless:
            duration = HEADLESS_DURATION_S
        screen = Screen(
            console=console, link=None if headless else seeded.caregiver_link, duration_s=duration
        )
        screen.introduce(_what_is_played(layout))
        with screen:
            run.tell, run.show = screen.tell, screen.show
            outcome = run.run(duration)
    if report:
        report.write_text(json.dumps(outcome, indent=2) + "\n")
    conclude(console, outcome, report)
    if outcome["records_lost"]:
        raise typer.Exit(1)


def _what_is_played(layout: "Layout") -> str:
    if layout.residents:
        worn = sum(len(each.wearables) for each in layout.residents)
        lives = " and ".join(f"{each.name} ({each.scenario})" for each in layout.residents)
        return f"{worn} simulated wearables on {lives}"
    played = layout.heart.recording.name if layout.heart.recording else layout.heart.scenario
    return f"a simulated chest strap plays {played}"


def _refuse_unplayable(recording: Path) -> None:
    from firmware_sim.recordings import load_wfdb

    load_wfdb(recording)


@contextmanager
def _told_to_stop() -> Iterator[Callable[[], bool]]:
    """Turn SIGINT and SIGTERM into a question that can be asked."""
    told: list[int] = []
    before = {
        number: signal.signal(number, lambda got, _frame: told.append(got))
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield lambda: bool(told)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
