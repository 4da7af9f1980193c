"""`carewire cloud burden`: what alerting asks of people."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from carewire.commands.reports import refuse_unwritable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloud.ports import Directory

_DAY_MS = 86_400_000
Config = Annotated[
    Path | None, typer.Option("--config", help="TOML settings; CAREWIRE_CLOUD_* in the environment go first.")
]


def burden(
    patient: Annotated[
        list[str] | None,
        typer.Option("--patient", help="Id of a patient; repeatable. Default: all ever judged."),
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=366, help="Of how many days up to now.")] = 7,
    report: Annotated[Path | None, typer.Option(help="Write it as JSON.", metavar="FILE")] = None,
    config: Config = None,
) -> None:
    """Say what alerts asked of people: how many, what came of them, what was held back, who was woken."""
    from carewire.burden_view import burden_facts, burden_view
    from cloud.burden.service import Burdens
    from cloud.config import load_settings
    from cloud.early_warning.local_time import LocalTime
    from cloud.storage.relational.opening import open_relational

    refuse_unwritable(report)
    settings = load_settings(config)
    relational = open_relational(settings.database_url, keys=settings.key_place())
    try:
        patients = patient or list(relational.alerts.patients())
        _refuse_unknown(relational.directory, patients)
        now_ms = settings.clock.clock().wall_ms()
        burdens = Burdens(reader=relational.burden, local=LocalTime(zone=settings.zone()))
        found = burdens.of(patients, now_ms - days * _DAY_MS, now_ms + 1)

        def named(person_id: str) -> str:
            person = relational.directory.person(person_id)
            return person.display_name if person else person_id

        Console(highlight=False, markup=False).print(burden_view(found, named))
        if report:
            report.write_text(json.dumps(burden_facts(found, named), indent=2) + "\n")
    finally:
        relational.close()


def _refuse_unknown(directory: "Directory", patients: "Sequence[str]") -> None:
    from vitals.errors import ConfigurationError

    for each in patients:
        if directory.patient(each) is None:
            raise ConfigurationError(
                f"there is no patient {each!r}: ask /api/v1/patients, or leave --patient out for everybody"
            )
