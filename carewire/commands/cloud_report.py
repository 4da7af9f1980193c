"""`carewire cloud report`: a report of one patient for a visit, as a PDF."""

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from carewire.commands.moments import moment_ms
from carewire.commands.new_file import write_new
from vitals.errors import ConfigurationError

if TYPE_CHECKING:
    from cloud.early_warning.local_time import LocalTime
    from cloud.reports.glucose import Targets
    from cloud.reports.period import Period

Config = Annotated[
    Path | None, typer.Option("--config", help="TOML settings; CAREWIRE_CLOUD_* in the environment go first.")
]


def report(
    patient: Annotated[str, typer.Argument(help="The patient's id, as `carewire cloud patient` takes it.")],
    file: Annotated[Path, typer.Argument(help="A new file; it is a PDF.")],
    days: Annotated[int, typer.Option(help="Of how many days up to now, where --from is not given.")] = 14,
    from_: Annotated[
        str | None, typer.Option("--from", metavar="TIME", help="From when, such as 2026-03-01.")
    ] = None,
    until: Annotated[str | None, typer.Option(metavar="TIME", help="Until when; default: now.")] = None,
    language: Annotated[str, typer.Option(help="en or zh.")] = "en",
    glucose_unit: Annotated[str, typer.Option(help="mg/dL or mmol/L.")] = "mg/dL",
    targets: Annotated[str, typer.Option(help="For glucose: usual, older or pregnancy.")] = "usual",
    config: Config = None,
) -> None:
    """Write a report for a visit, everything in it: the same as people make on the pages."""
    from cloud.api.reader import PageReader
    from cloud.bootstrap.ledger import signer_over
    from cloud.bootstrap.reporting import report_desk_over
    from cloud.bootstrap.stores import open_stores
    from cloud.config import load_settings
    from cloud.early_warning.local_time import LocalTime
    from cloud.ports import OPERATOR
    from cloud.reports.contents import Wanted
    from cloud.storage.series import refuse_empty_place
    from cloud.web.local import local_of
    from cloud.web.paper.document import document

    settings = load_settings(config)
    refuse_empty_place(settings)
    clock, local = settings.clock.clock(), LocalTime(zone=settings.zone())
    wanted = Wanted(period=_period(days, from_, until, clock.wall_ms(), local), targets=_targets(targets))
    _refuse_unless(glucose_unit in {"mg/dL", "mmol/L"}, f"--glucose-unit {glucose_unit!r}", "mg/dL or mmol/L")
    reader = PageReader(language=language, local=local, glucose_unit=glucose_unit)
    with closing(open_stores(settings)) as stores:
        known = stores.relational.directory.patient(patient)
        if known is None:
            raise ConfigurationError(f"there is no patient {patient!r}: give the id, as on their page")
        signer = signer_over(settings, stores.relational, clock.wall_ms)
        desk = report_desk_over(stores, signer, local, clock)
        given = desk.give(known, wanted, to=OPERATOR, name=OPERATOR)
        write_new(file, [document(given, local_of(reader))])
    typer.echo(f"{file}: sha256 of its values {given.statement.sha256}; whoever has it can read it")


def _period(days: int, from_: str | None, until: str | None, now_ms: int, local: "LocalTime") -> "Period":
    from cloud.reports.period import between, last_days

    if from_ is None:
        _refuse_unless(until is None, "--until alone", "--from too")
        return last_days(days, now_ms, local)
    to_ms = now_ms if until is None else min(now_ms, moment_ms("--until", until))
    return between(moment_ms("--from", from_), to_ms)


def _targets(name: str) -> "Targets":
    from cloud.reports.glucose import Targets

    _refuse_unless(name in set(Targets), f"--targets {name!r}", "usual, older or pregnancy")
    return Targets(name)


def _refuse_unless(is_good: bool, what: str, instead: str) -> None:  # noqa: FBT001 - what is asked
    if not is_good:
        raise ConfigurationError(f"{what} says nothing: give {instead}")
