"""`carewire cloud words`: everything people read of alerts, for whoever is to judge it."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.table import Table

    from cloud.alerts.rules.rows import Rule
    from cloud.alerts.wording.quantities import Reader
    from cloud.ports import Alert, Occasion

_NAMES = {"en": "Wei Chen", "zh": "陈伟"}


def words(
    language: Annotated[str, typer.Option(help="Of which language.")] = "en",
    condition: Annotated[
        list[str] | None, typer.Option(help="Of these conditions alone, by their keys; repeated.")
    ] = None,
    glucose: Annotated[str, typer.Option(help="Unit of glucose: mg/dL or mmol/L.")] = "mg/dL",
    messages: Annotated[
        bool,
        typer.Option("--messages", help="The messages that are sent, by occasion, in place of the texts."),
    ] = False,
) -> None:
    """Print what people read of every alert, as if each value were just at its limit."""
    from rich.console import Console

    from cloud.alerts.wording.language import languages
    from cloud.alerts.wording.quantities import Reader
    from vitals.errors import ConfigurationError

    if language not in languages():
        there = ", ".join(languages())
        raise ConfigurationError(f"there are no words in {language!r}: choose one of {there}")
    if glucose not in {"mg/dL", "mmol/L"}:
        raise ConfigurationError(f"glucose is not counted in {glucose!r}: choose mg/dL or mmol/L")
    reader = Reader(language=language, glucose_unit=glucose)
    rules = _chosen(condition or ())
    console = Console()
    console.print(_messages(rules, reader) if messages else _texts(rules, reader))
    if not messages and not condition:
        console.print(_other_words(reader))


def _chosen(keys: "Sequence[str]") -> "list[Rule]":
    """Return these rows, or all, and one of a patient's own on each side."""
    from cloud.alerts.rules.catalogue import RULES
    from cloud.alerts.rules.own import blank
    from vitals.errors import ConfigurationError

    own = [blank(f"own-{side}-heart-rate", "heart_rate", ()) for side in ("above", "below")]
    rows = {row.key: row for row in (*RULES.values(), *own)}
    unknown = sorted(set(keys) - rows.keys())
    if unknown:
        raise ConfigurationError(f"there is no condition {', '.join(unknown)}: see `carewire cloud words`")
    return [rows[key] for key in keys] if keys else list(rows.values())


def _texts(rules: "Sequence[Rule]", reader: "Reader") -> "Table":
    from rich.table import Table
    from rich.text import Text

    from cloud.alerts.wording.specimens import specimen
    from cloud.alerts.wording.texts import texts_of

    table = Table("", "", show_lines=True, highlight=False, show_header=False)
    for rule in rules:
        texts = texts_of(specimen(rule), reader)
        priority = reader.words.priorities[rule.family][rule.priority]
        parts = {
            "": f"{texts.title} ({priority})",
            "everybody": texts.summary,
            "patient": texts.patient,
            "caregiver": texts.caregiver,
            "clinician": texts.clinician,
        }
        said = "\n".join(f"{who}: {text}" if who else text for who, text in parts.items())
        table.add_row(Text(rule.key), Text(said))
    return table


def _other_words(reader: "Reader") -> "Table":
    """Return what is said beside the texts of conditions: of kinds, reasons, states and the like."""
    from msgspec.structs import asdict
    from rich.table import Table
    from rich.text import Text

    table = Table("words", "of", "said", highlight=False)
    for name, words in asdict(reader.words).items():
        if name not in {"name", "generic", "conditions"}:
            for key, said in _flat(words):
                table.add_row(Text(name), Text(key), Text(said))
    return table


def _flat(words: object) -> "Iterator[tuple[str, str]]":
    """Return every text of a table with the names that lead to it."""
    from msgspec import Struct
    from msgspec.structs import asdict

    tables = asdict(words) if isinstance(words, Struct) else words
    if isinstance(tables, str):
        yield "", tables
    elif isinstance(tables, dict):
        for key, inner in tables.items():
            for path, said in _flat(inner):
                yield f"{key} {path}".strip(), said


def _messages(rules: "Sequence[Rule]", reader: "Reader") -> "Table":
    from rich.table import Table
    from rich.text import Text

    table = Table("condition", "occasion", "shown", "subject", "line", show_lines=True, highlight=False)
    for rule in rules:
        for cells in _told(rule, reader):
            table.add_row(*(Text(cell) for cell in cells))
    return table


def _told(rule: "Rule", reader: "Reader") -> "Iterator[tuple[str, ...]]":
    from dataclasses import replace

    from cloud.alerts.wording.messages import News, compose
    from cloud.alerts.wording.specimens import SPECIMEN_MS, specimen
    from cloud.ports import Occasion

    name = _NAMES.get(reader.language, _NAMES["en"])
    of_an_alert = [each for each in Occasion if each is not Occasion.UNTOLD]
    for occasion in of_an_alert:
        alert = _at(specimen(rule), occasion)
        news = News(
            occasion=occasion, now_ms=SPECIMEN_MS + 300_000, patient_name=name, taken_by="Mei", told=("Mei",)
        )
        for wants_detail, shown in ((True, "all"), (False, "hidden")):
            said = compose(alert, replace(reader, wants_detail=wants_detail), news)
            yield rule.key, occasion, shown, said.subject, said.line


def _at(alert: "Alert", occasion: "Occasion") -> "Alert":
    from dataclasses import replace

    from cloud.ports import AlertState, Occasion

    is_over = occasion is Occasion.ENDED
    return replace(alert, state=AlertState.RESOLVED, resolved_ms=alert.raised_ms) if is_over else alert
