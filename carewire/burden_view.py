"""The alert-burden report for people at a terminal, and as what a program reads."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.table import Column, Table
from rich.text import Text

from carewire.screen import PRIORITY_STYLE

if TYPE_CHECKING:
    from cloud.burden.interval import Share
    from cloud.burden.loads import Burden

__all__ = ["burden_facts", "burden_view"]

Named = Callable[[str], str]
"""Returns somebody's name by id."""


def burden_facts(burden: "Burden", named: Named) -> Mapping[str, object]:
    """Return a report as JSON-ready facts."""
    facts = asdict(burden)
    nights = [{"person": named(load.pop("person_id")), **load} for load in facts["nights"]]
    return facts | {"nights": nights}


def burden_view(burden: "Burden", named: Named) -> RenderableType:
    """Return a report as a few tables."""
    return Group(
        _headline(burden),
        *_titled("by condition", _conditions(burden)),
        *_titled("held back", _rows(("why", "times", "alerts"), _holds(burden))),
        *_titled("by channel", _rows(("channel", "handed", "failed", "receipts"), _channels(burden))),
        *_titled(
            "told at night, 22 to 7", _rows(("who", "times", "alerts", "nights"), _nights(burden, named))
        ),
    )


def _headline(burden: "Burden") -> Table:
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    rates = ", ".join(f"{rate:.2f} {priority}" for priority, rate in burden.per_patient_day.items())
    rows = {
        "patient-days": f"{burden.patient_days:,.1f} ({burden.patients:,} patients)",
        "alerts": f"{burden.alerts:,}"
        + (f", and {burden.omitted:,} older not counted" if burden.omitted else ""),
        "a patient-day": rates,
        "acted on": _share(burden.acted_on),
        "right, of those judged": _share(burden.right),
        "time to a word": _waits(burden),
        "delayed": _share(burden.delayed),
        "escalated": _share(burden.escalated),
        "told to nobody, for no reason": f"{burden.untold:,}",
    }
    for name, value in rows.items():
        table.add_row(Text(name, style="bold"), value)
    return table


def _conditions(burden: "Burden") -> Table:
    table = Table(
        Column("condition", no_wrap=True),
        "priority",
        "alerts",
        "a day",
        "acted on",
        "right",
        "escalated",
        box=None,
    )
    for load in burden.conditions:
        table.add_row(
            load.condition,
            Text(f" {load.priority} ", style=PRIORITY_STYLE[load.priority]),
            f"{load.alerts:,}",
            f"{load.per_patient_day:.2f}",
            f"{load.acknowledged:,}",
            _plain(load.right),
            f"{load.escalated:,}",
        )
    return table


def _holds(burden: "Burden") -> Iterable[tuple[str, int, int]]:
    return ((load.reason, load.holds, load.alerts) for load in burden.holds)


def _channels(burden: "Burden") -> Iterable[tuple[str, int, int, int]]:
    return ((load.channel, load.handed, load.failed, load.receipts) for load in burden.channels)


def _nights(burden: "Burden", named: Named) -> Iterable[tuple[str, int, int, int]]:
    return ((named(load.person_id), load.tellings, load.alerts, load.nights) for load in burden.nights)


def _rows(heads: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> Table:
    table = Table(*heads, box=None)
    for row in rows:
        table.add_row(*(f"{each:,}" if isinstance(each, int) else str(each) for each in row))
    return table


def _titled(title: str, table: Table) -> tuple[RenderableType, ...]:
    """Return a table under its title; nothing for one without rows."""
    return (Text(f"\n{title}", style="bold"), table) if table.row_count else ()


def _share(share: "Share") -> str:
    if share.share is None or share.low is None or share.high is None:
        return "-"
    return f"{_plain(share)} (95 %: {share.low:.0%} to {share.high:.0%})"


def _plain(share: "Share") -> str:
    return "-" if share.share is None else f"{share.share:.0%} of {share.total:,}"


def _waits(burden: "Burden") -> str:
    waits = burden.waits
    if waits.median_s is None or waits.p90_s is None:
        return "-"
    return f"median {waits.median_s:,.0f} s, nine of ten within {waits.p90_s:,.0f} s ({waits.count:,})"
