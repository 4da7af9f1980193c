"""What a doctor found, for people: a mark, a word and a sentence a row, and what to do below it."""

from collections.abc import Iterable, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from edge.doctor.finding import Finding, Verdict

__all__ = ["findings_view"]

_LOOKS = {
    Verdict.OK: ("✓", "green"),
    Verdict.WARN: ("!", "yellow"),
    Verdict.FAIL: ("✗", "bold red"),
}


def findings_view(findings: Sequence[Finding]) -> RenderableType:
    """Return the findings as a table, and one sentence that sums them up."""
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(width=1)
    table.add_column(style="bold", no_wrap=True, max_width=24)
    table.add_column(overflow="fold")
    for finding in findings:
        mark, style = _LOOKS[finding.verdict]
        says = Text(finding.says)
        if finding.remedy and finding.verdict is not Verdict.OK:
            says.append(f"\n→ {finding.remedy}", style=style.removeprefix("bold "))
        table.add_row(Text(mark, style=style), Text(finding.check), says)
    return Group(table, Text(""), _summary(findings))


def _summary(findings: Iterable[Finding]) -> Text:
    verdicts = [finding.verdict for finding in findings]
    failed, warned = verdicts.count(Verdict.FAIL), verdicts.count(Verdict.WARN)
    if failed:
        rest = f", {warned} worth a look" if warned else ""
        return Text(f"{failed} of {len(verdicts)} must be put right{rest}.", style="bold red")
    if warned:
        are = "is" if warned == 1 else "are"
        return Text(f"It can work; {warned} of {len(verdicts)} {are} worth a look.", style="yellow")
    return Text("All is well.", style="green")
