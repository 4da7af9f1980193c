"""What a person sees of chaos in the terminal: every blow as it falls, how it stands, and what came of it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Self

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from carewire.chaos.run import Glimpse

__all__ = ["Screen", "conclude"]

_MOST_WRONG: Final = 10
_LINE_EVERY_S: Final = 10.0
_ROWS: Final = (
    ("made", "records made"),
    ("stored", "stored"),
    ("quarantined", "set aside"),
    ("outbox", "still in an outbox"),
    ("declared_gaps", "declared missing"),
    ("lost", "lost"),
    ("altered", "altered"),
    ("invented", "never made"),
    ("duplicates_absorbed", "duplicates absorbed"),
)
_BAD: Final = frozenset({"lost", "altered", "invented"})


class Screen:
    """The blows scroll by; the last lines say how it stands."""

    def __init__(self, console: Console, what: str) -> None:
        """Take what says which run it is."""
        self._console = console
        self._what = what
        self._live = Live(console=console, auto_refresh=False, transient=True)
        self._glimpse: Glimpse | None = None
        self._next_line_s = 0.0

    def tell(self, sentence: str) -> None:
        """Print something that happened."""
        elapsed_s = self._glimpse.elapsed_s if self._glimpse else 0.0
        mark, style = _look(sentence)
        self._console.print(
            Text.assemble((f"  {_clock(elapsed_s)}  ", "dim"), (f"{mark} ", style), sentence), soft_wrap=True
        )

    def show(self, glimpse: Glimpse) -> None:
        """Bring the last lines up to date."""
        is_new = self._glimpse is None or self._glimpse.doing != glimpse.doing
        self._glimpse = glimpse
        if self._console.is_terminal:
            self._live.update(_status(glimpse), refresh=True)
        elif is_new or glimpse.elapsed_s >= self._next_line_s:
            self._console.print(_line(glimpse))
            self._next_line_s = glimpse.elapsed_s + _LINE_EVERY_S

    def __enter__(self) -> Self:
        self._console.print(f"\n[bold]Carewire chaos[/] · {self._what}\n")
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()


def conclude(console: Console, runs: Sequence[Mapping[str, Any]], report: Path | None) -> None:
    """Print what came of the runs, a column each."""
    table = Table(box=None, padding=(0, 2), header_style="bold")
    table.add_column("")
    for run in runs:
        table.add_column(run["broker"], justify="right")
    for key, name in _ROWS:
        table.add_row(f"[dim]{name}[/]", *(_figure(key, run[key]) for run in runs))
    table.add_row("[dim]killed[/]", *(_by_sort(run["kills"]) for run in runs))
    table.add_row("[dim]frozen[/]", *(_by_sort(run["freezes"]) for run in runs))
    table.add_row("[dim]flows again after[/]", *(_recovery(run["recovery_s"]) for run in runs))
    table.add_row("[dim]took[/]", *(f"{run['duration_s']:,.0f} s" for run in runs))
    console.print()
    console.print(table)
    for run in runs:
        for line in run["wrong"][:_MOST_WRONG]:
            console.print(f"  [bold red]✗[/] {line}", soft_wrap=True)
        if (more := len(run["wrong"]) - _MOST_WRONG) > 0:
            console.print(f"    and {more:,} more, named in the report")
    is_well = all(run["passed"] for run in runs)
    console.print("\n  [bold green]✓ nothing is lost[/]" if is_well else "\n  [bold red]✗ not all is well[/]")
    if report:
        console.print(f"  Report in {report}", soft_wrap=True)


def _look(sentence: str) -> tuple[str, str]:
    if " killed" in sentence:
        return "✗", "bold red"
    return ("‖", "yellow") if " frozen" in sentence else ("✓", "green")


def _status(glimpse: Glimpse) -> Group:
    bar = ProgressBar(total=glimpse.kills_planned, completed=glimpse.kills, width=20, complete_style="red")
    row = Table.grid(padding=(0, 1))
    row.add_row(Text("  "), bar, _line(glimpse))
    return Group(Text(""), row)


def _line(glimpse: Glimpse) -> Text:
    down = f"  ·  down: {', '.join(sorted(glimpse.down))}" if glimpse.down else ""
    safe, waiting = sum(glimpse.acknowledged.values()), sum(glimpse.waiting.values())
    return Text.assemble(
        (f"{_clock(glimpse.elapsed_s)}  {glimpse.doing}", "bold"),
        f"  ·  {glimpse.kills} of {glimpse.kills_planned} kills",
        f"  ·  {safe:,} records safe, {waiting:,} waiting",
        (down, "red"),
    )


def _figure(key: str, value: int) -> str:
    style = "bold red" if key in _BAD and value else "bold green" if key in _BAD else "bold"
    return f"[{style}]{value:,}[/]"


def _by_sort(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{sort} {count}" for sort, count in counts.items())


def _recovery(seconds: Mapping[str, Any]) -> str:
    if not seconds["count"]:
        return "-"
    return f"{seconds['p50']:.1f} s, at most {seconds['max']:.1f} s"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}:{rest:02d}"
