"""How a long work shows how far it is."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress


@contextmanager
def progress_shown() -> Iterator[Callable[[str, float], None]]:
    """Yield what a long work calls with what it does and the share of it that is done."""
    with Progress(console=Console(stderr=True), transient=True) as bars:
        tasks = {}

        def show(what: str, share: float) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=1.0)
            bars.update(tasks[what], completed=share)

        yield show
