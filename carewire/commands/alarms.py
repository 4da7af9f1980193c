"""`carewire alarms`: what would become an alarm on recordings, and what each stage removes."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from carewire.commands.progress import progress_shown
from carewire.commands.reports import refuse_unwritable


def alarms(
    records: Annotated[Path, typer.Option(help="Folder of WFDB records with .atr annotations.")],
    report: Annotated[Path | None, typer.Option(help="Write the report here.", metavar="FILE")] = None,
) -> None:
    """Play annotated recordings through the gateway's judging and count what becomes an alarm."""
    from carewire.bench.alarms import measure
    from carewire.logs import configure_logs

    refuse_unwritable(report)
    configure_logs(level="warning")
    with progress_shown() as progress:
        found = measure(records, progress=progress)
    _show(found)
    if report:
        report.write_text(json.dumps(found, indent=2) + "\n")


_COLUMNS = {
    "alarms": "told",
    "false_alarms": "false",
    "false_alarms_per_day": "false a day",
    "episodes": "episodes",
    "episodes_found": "found",
}


def _show(found: dict[str, Any]) -> None:
    console = Console(highlight=False)
    console.print(f"{found['records']} records, {found['hours']} hours, as of one wearer\n")
    stages = Table("uneven rhythm", "windows judged", *_COLUMNS.values(), box=None)
    for row in found["stages"]:
        stages.add_row(row["stage"], str(row["windows_judged"]), *(str(row[name]) for name in _COLUMNS))
    rules = Table("rules and beats", *_COLUMNS.values(), box=None)
    for name, row in found["rules"].items():
        rules.add_row(name, *(str(row[column]) for column in _COLUMNS))
    console.print(stages)
    console.print()
    console.print(rules)
