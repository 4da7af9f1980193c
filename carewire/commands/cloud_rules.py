"""`carewire cloud rules`: what is watched for in one patient, and how that is changed."""

import getpass
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Column, Table

from carewire.commands.moments import moment_ms, shown

if TYPE_CHECKING:
    from cloud.care.alert_rules import AlertRules, Made, Standing
    from cloud.ports import Directory, RuleChange
    from vitals.clock import Clock

__all__ = ["app"]

app = typer.Typer(help="The alert rules of one patient, and what was changed of them.", no_args_is_help=True)

Config = Annotated[
    Path | None, typer.Option("--config", help="TOML settings; CAREWIRE_CLOUD_* in the environment go first.")
]
PatientId = Annotated[str, typer.Argument(metavar="PATIENT", help="The patient's id.")]
RuleKey = Annotated[
    str,
    typer.Argument(
        metavar="RULE", help="Such as tachycardia; own-above-... or own-below-... for a limit of their own."
    ),
]
Reason = Annotated[str, typer.Option(help="Why, for whoever reads of it later.")]
By = Annotated[str | None, typer.Option(help="Id of who changes it; unset, who is signed in here.")]


@app.command("show")
def show(
    patient_id: PatientId,
    everything: Annotated[bool, typer.Option("--all", help="Rules that are as they ship, too.")] = False,
    config: Config = None,
) -> None:
    """Show what differs from what ships, who changed it and why; then every change there ever was."""
    with _desk(patient_id, config) as desk:
        found = [one for one in desk.rules.of(patient_id) if everything or one.change is not None]
        changes = desk.rules.changes_of(patient_id)
        names = {each: desk.name_of(each) for each in {change.author_id for change in changes}}
    table = Table(Column("rule", no_wrap=True), "in force", "until", box=None)
    for one in found:
        until_ms = None if one.change is None else one.change.until_ms
        table.add_row(one.row.key, _in_force(one), "" if until_ms is None else shown(until_ms))
    Console(markup=False).print(table if found else "every rule is as it ships")
    for change in reversed(changes):
        typer.echo(
            f"{change.number:>6} {shown(change.made_ms)} {change.rule} {_values(change)} "
            f"by {names[change.author_id]}: {change.reason}"
        )


@app.command("set")
def set_rule(
    patient_id: PatientId,
    rule: RuleKey,
    values: Annotated[
        list[str], typer.Argument(metavar="FIELD=VALUE...", help="limit=150, priority=low, is_off=true ...")
    ],
    reason: Reason,
    since: Annotated[str | None, typer.Option("--from", help="From when: 2026-03-01T12:00Z.")] = None,
    until: Annotated[str | None, typer.Option(help="Until when; unset, until it is changed.")] = None,
    confirm: Annotated[
        bool, typer.Option("--confirm", help="Set it though it would alarm for most of the time.")
    ] = False,
    rehearse: Annotated[
        bool, typer.Option("--rehearse", help="Only say what would come of it: nothing is changed.")
    ] = False,
    by: By = None,
    config: Config = None,
) -> None:
    """Set what a rule is for a patient; what is not named is as it ships, whatever was set before."""
    from_ms = None if since is None else moment_ms("--from", since)
    until_ms = None if until is None else moment_ms("--until", until)
    changes = dict(_pair(each) for each in values)
    with _desk(patient_id, config) as desk:
        wanted = desk.wanted(rule, changes, reason, by, from_ms=from_ms, until_ms=until_ms)
        made = desk.rules.change(wanted, is_confirmed=confirm, is_only_tried=rehearse)
    _tell(made)


@app.command("reset")
def reset(patient_id: PatientId, rule: RuleKey, reason: Reason, by: By = None, config: Config = None) -> None:
    """Take back all that was set of a rule: it is as it ships; one of the patient's own is gone."""
    with _desk(patient_id, config) as desk:
        made = desk.rules.change(desk.wanted(rule, {}, reason, by))
    _tell(made)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Desk:
    """Where the rules of one patient are changed."""

    patient_id: str
    rules: "AlertRules"
    directory: "Directory"
    clock: "Clock"

    def name_of(self, author_id: str) -> str:
        """Return what an author is called; who changed rules at a command line is no person known here."""
        person = self.directory.person(author_id)
        return person.display_name if person else author_id

    def wanted(
        self,
        rule: str,
        changes: dict[str, object],
        reason: str,
        by: str | None,
        *,
        from_ms: int | None = None,
        until_ms: int | None = None,
    ) -> "RuleChange":
        """Return a change that is made now."""
        from cloud.ports import RuleChange

        now_ms = self.clock.wall_ms()
        return RuleChange(
            patient_id=self.patient_id,
            rule=rule,
            changes=changes,
            from_ms=now_ms if from_ms is None else from_ms,
            until_ms=until_ms,
            author_id=by or getpass.getuser(),
            reason=reason.strip(),
            made_ms=now_ms,
        )


def _pair(text: str) -> tuple[str, object]:
    from vitals.errors import ConfigurationError

    name, equals, value = text.partition("=")
    if not equals or not name:
        raise ConfigurationError(f"{text!r} sets nothing: write FIELD=VALUE, such as limit=150")
    try:
        return name, json.loads(value)
    except json.JSONDecodeError:
        return name, value


def _tell(made: "Made") -> None:
    if made.report is not None:
        share = "" if made.report.share is None else f", {made.report.share:.0%} of what was measured"
        typer.echo(f"over the last {made.report.days:.0f} days: {made.report.alerts} alerts{share}")
        for caution in made.report.cautions:
            typer.echo(caution, err=True)
    done = f"change {made.change.number}" if made.change.number else "only tried"
    typer.echo(f"{done}: {made.change.rule} {_values(made.change)}")


def _values(change: "RuleChange") -> str:
    if not change.changes:
        return "as it ships"
    return " ".join(f"{name}={json.dumps(value)}" for name, value in change.changes.items())


def _in_force(one: "Standing") -> str:
    if one.problems:
        return f"as it ships: {'; '.join(one.problems)}"
    return "as it ships" if one.change is None else _values(one.change)


@contextmanager
def _desk(patient_id: str, config: Path | None) -> Iterator[_Desk]:
    from carewire.logs import configure_logs
    from cloud.bootstrap.care import alert_rules_over, rehearsals_over
    from cloud.bootstrap.stores import open_stores
    from cloud.config import load_settings
    from vitals.errors import ConfigurationError

    configure_logs(level="error")
    settings = load_settings(config)
    stores = open_stores(settings)
    try:
        if stores.relational.directory.patient(patient_id) is None:
            raise ConfigurationError(
                f"there is no patient {patient_id!r}: add one with `carewire cloud patient add`"
            )
        clock = settings.clock.clock()
        rules = alert_rules_over(stores, rehearsals_over(stores, clock), clock)
        directory = stores.relational.directory
        yield _Desk(patient_id=patient_id, rules=rules, directory=directory, clock=clock)
    finally:
        stores.close()
