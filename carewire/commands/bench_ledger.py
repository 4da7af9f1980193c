"""`carewire bench ledger`: what it costs that nothing can be rewritten."""

from pathlib import Path
from typing import Annotated

import typer


def ledger(
    entries: Annotated[
        int, typer.Option(help="How many deeds are entered; 10000000 takes a while.", min=100)
    ] = 20_000,
    database: Annotated[
        str | None,
        typer.Option(help="An empty database, postgresql://...; unset, an SQLite file.", metavar="URL"),
    ] = None,
    report: Annotated[Path | None, typer.Option(help="Write the figures as JSON.", metavar="FILE")] = None,
) -> None:
    """Write deeds down, enter them, prove some of them, and verify them all."""
    from carewire.bench.ledger import measure
    from carewire.commands.bench import answer

    answer("ledger", lambda: measure(entries, database), report)
