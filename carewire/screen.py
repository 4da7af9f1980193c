"""What a person sees of a demonstration in the terminal."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from rich.console import Console, Group
from rich.live import Live
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from carewire.demo import Glimpse

PRIORITY_STYLE = {"high": "bold white on red", "medium": "black on yellow", "low": "black on cyan"}


class Screen:
    """What a person sees while it runs: where to look, how it goes, alerts as they come."""

    def __init__(self, *, console: Console, link: str | None, duration_s: float | None) -> None:
        self._console = console
        self._link = link
        self._duration_s = duration_s
        self._live = Live(console=console, auto_refresh=False, transient=True)
        self._announced: set[tuple[str, str]] = set()
        self._next_line_s = 0.0

    def introduce(self, playing: str) -> None:
        """Say what is about to run and where to look."""
        self._console.print(f"\n[bold]Carewire[/] · {playing}")
        if self._link:
            self._console.print(f"\n  Open  [link={self._link}][underline]{self._link}[/][/]", soft_wrap=True)
            self._console.print("        [dim]a one-time link: it signs you in as the caregiver[/]")
            self._console.print("  Stop  Ctrl-C\n")

    def tell(self, sentence: str) -> None:
        """Print something that happened."""
        self._console.print(f"  [yellow]![/] {sentence}", soft_wrap=True)

    def show(self, glimpse: Glimpse) -> None:
        """Bring the status line up to date; print alerts that are new."""
        for alert in glimpse.alerts:
            key = (alert["condition"], alert["raised_at"])
            if key not in self._announced:
                self._announced.add(key)
                self._console.print(Padding(_alert_text(alert), (0, 0, 0, 2)))
        if self._console.is_terminal:
            self._live.update(self._status(glimpse), refresh=True)
        elif glimpse.played_s >= self._next_line_s:
            self._console.print(self._status(glimpse))
            self._next_line_s = glimpse.played_s + 10.0

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._live.start()
            self._live.update(
                Text("  starting broker, service, strap and gateway ...", style="dim"), refresh=True
            )
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def _status(self, glimpse: Glimpse) -> Group:
        minutes, seconds = divmod(int(glimpse.played_s), 60)
        of = f" of {self._duration_s:.0f} s" if self._duration_s else ""
        heart = f"♥ {glimpse.heart_rate:.0f} /min" if glimpse.heart_rate is not None else "♥ --"
        line = Text.assemble(
            f"  {minutes}:{seconds:02d}{of}",
            ("  ·  ", "dim"),
            (heart, "bold"),
            ("  ·  ", "dim"),
            f"{glimpse.records_made:,} records made",
            ("  ·  ", "dim"),
            f"{len(glimpse.alerts)} alert{'' if len(glimpse.alerts) == 1 else 's'}",
        )
        return Group(line)


def _alert_text(alert: Any) -> Text:  # noqa: ANN401 - JSON
    latency = alert["latency_ms"]
    reached = f"  ({latency:.0f} ms from the strap's notification)" if latency is not None else ""
    return Text.assemble(
        (f" {alert['priority'].upper()} ", PRIORITY_STYLE[alert["priority"]]),
        " ",
        str(alert["explanation"]["summary"]),
        (reached, "dim"),
    )


def conclude(console: Console, outcome: Mapping[str, Any], report: Path | None) -> None:
    """Print what came of a run."""
    table = Table(box=None, show_header=False, padding=(0, 2))
    latency = outcome["latency_ms"]
    inference = outcome["inference"]
    records = (
        f"{outcome['records_made']:,} made, {outcome['records_stored']:,} stored, "
        f"{outcome['records_lost']:,} lost, {outcome['duplicates']:,} duplicates absorbed"
    )
    alerts = f"{len(outcome['alerts'])}"
    if latency["p99"] is not None:
        alerts += f", p99 {latency['p99']:.0f} ms from notification to hand-off"
    model = f"{inference['count']:,} inferences"
    if inference["p50_us"] is not None:
        model += f", median {inference['p50_us']:.0f} µs"
    rows = {
        "played": f"{outcome['duration_s']:.0f} s at speed {outcome['speed']:g}",
        "records": records,
        "alerts": alerts,
        "model": model,
    }
    for name, value in rows.items():
        table.add_row(f"[dim]{name}[/]", value)
    console.print()
    console.print(table)
    if report:
        console.print(f"\n  Report in {report}", soft_wrap=True)
