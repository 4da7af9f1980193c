"""`carewire bench history`: what an observation costs to store as history grows."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from carewire.bench.figures import Figures


def history(
    observations: Annotated[
        int, typer.Option(min=1_000_000, help="How far to fill the store: 1, 10 and 100 million are levels.")
    ] = 10_000_000,
    report: Annotated[Path | None, typer.Option(help="Write the figures as JSON.", metavar="FILE")] = None,
) -> None:
    """Fill a store, and measure at each level what the next observations cost. 100 million take minutes."""
    from carewire.bench.history import measure
    from carewire.commands.bench import answer

    def measured() -> "Figures":
        return measure(observations=observations)

    answer("history", measured, report)
