"""`carewire bench day`: what alerting asks of people in a simulated day, and whether it keeps faith."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from carewire.commands.reports import refuse_unwritable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from carewire.day.run import Day

Report = Annotated[Path | None, typer.Option(help="Write it all as JSON.", metavar="FILE")]


def day(
    patients: Annotated[int, typer.Option(min=1, max=500, help="How many, a script each in turn.")] = 20,
    hours: Annotated[float, typer.Option(min=0.5, max=168.0, help="How long, from midnight on.")] = 24.0,
    seed: Annotated[int, typer.Option(min=0, help="The same seed lives the same day.")] = 1,
    report: Report = None,
) -> None:
    """Live a day of patients through the real service and report what its alerts asked of simulated people.

    Exit 1 if something that lasted was neither told nor held back for a reason, or an alert had no cause.
    """
    from carewire.burden_view import burden_view
    from carewire.commands.apart import keep_apart
    from carewire.day.run import Cast, live
    from carewire.logs import configure_logs

    refuse_unwritable(report)
    configure_logs(level="error")
    keep_apart()
    console = Console(highlight=False, markup=False)
    with console.status("midnight") as status:
        lived = live(
            Cast(patients=patients, hours=hours, seed=seed),
            told=lambda hour: status.update(f"{hour:02.0f}:00"),
        )
    console.print(burden_view(lived.burden, lambda person: lived.names.get(person, person)))
    console.print(Text("\nthe people above are a model: see carewire/day/people.py\n", style="dim"))
    console.print(_faith(lived))
    if report:
        report.write_text(json.dumps(_facts(lived), indent=2) + "\n")
    if lived.reckoning.lost or lived.reckoning.causeless:
        raise typer.Exit(1)


def _faith(lived: "Day") -> Table:
    found = lived.reckoning
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    judged_elsewhere = ", ".join(f"{count} {name}" for name, count in sorted(found.not_judged.items()))
    rows = {
        "observations": f"{lived.observations:,}",
        "lasted long enough": f"{found.breaches:,}: {found.told:,} told, {found.held:,} held for a reason",
        "lost": ", ".join(f"{one.patient_id} {one.condition}" for one in found.lost) or "nothing",
        "alerts without a cause": (
            ", ".join(f"{one.patient_id} {one.condition}" for one in found.causeless) or "none"
        ),
        "not held against the script": judged_elsewhere or "none",
        "processor time": f"{lived.cpu_s:,.0f} s",
    }
    for name, value in rows.items():
        table.add_row(Text(name, style="bold"), value)
    return table


def _facts(lived: "Day") -> "Mapping[str, object]":
    from carewire.bench.figures import machine
    from carewire.burden_view import burden_facts

    found = lived.reckoning
    return {
        "machine": machine(),
        "people": "simulated, by the model in carewire/day/people.py",
        "patients": lived.patients,
        "hours": lived.seconds / 3600,
        "observations": lived.observations,
        "cpu_s": round(lived.cpu_s, 1),
        "burden": burden_facts(lived.burden, lambda person: lived.names.get(person, person)),
        "faith": {
            "breaches": found.breaches,
            "told": found.told,
            "held": found.held,
            "lost": [f"{one.patient_id} {one.condition} at {one.span.from_s:.0f} s" for one in found.lost],
            "alerts": found.alerts,
            "causeless": [f"{one.patient_id} {one.condition} {one.id}" for one in found.causeless],
            "causes": {cause.value: count for cause, count in found.causes.items()},
            "not_held_against_the_script": dict(found.not_judged),
        },
    }
