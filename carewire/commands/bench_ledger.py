"""`carewire bench ledger`: what it costs that nothing can be rewritten."""

from pathlib import Path
from typing import Annotated

import typer


def ledger(
    entries: Annotated[
        int, typer.Option(help="How many deeds there are; the last 20,000 are entered one by one.", min=100)
    ] = 20_000,
    database: Annotated[
        str | None,
        typer.Option(help="An empty database, postgresql://...; unset, an SQLite file.", metavar="URL"),
    ] = None,
    report: Annotated[Path | None, typer.Option(help="Write the figures as JSON.", metavar="FILE")] = None,
) -> None:
    """Write deeds down, enter them, prove some of many, and verify them all, up to a million."""
    from carewire.bench.ledger import measure
    from carewire.commands.bench import answer

    answer("ledger", lambda: measure(entries, database), report)
