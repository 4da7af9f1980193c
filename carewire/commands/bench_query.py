"""`carewire bench query`: how history is read."""

from pathlib import Path
from typing import Annotated

import typer

from carewire.commands.bench_ingest import Peer


def query(
    days: Annotated[int, typer.Option(help="Days of one patient's heart rate, at 1 Hz.", min=2)] = 30,
    ward: Annotated[int, typer.Option(help="Patients whose newest values are read together.", min=1)] = 1_000,
    crowd: Annotated[
        int, typer.Option(help="Other patients with a newest value: do they slow a single one's read?", min=0)
    ] = 0,
    peer: Annotated[Peer | None, typer.Option(help="Ask this one the same, in the same run.")] = None,
    report: Annotated[Path | None, typer.Option(help="Write the figures as JSON.", metavar="FILE")] = None,
) -> None:
    """Read a month by the hour, a day raw and a ward's newest values; say what a point takes on disk."""
    from carewire.bench.asking import Asked
    from carewire.bench.query import measure
    from carewire.commands.bench import answer

    asked = Asked(days=days, ward=ward, crowd=crowd)
    answer("query", lambda: measure(asked, beside_influxd=peer is not None), report)
