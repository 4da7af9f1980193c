"""A patient's limits as pages show them: each in a sentence, each field as it is and as it ships."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from cloud.alerts.rules.fields import Field, Sort, changeable
from cloud.alerts.rules.measures import measure_of
from cloud.alerts.rules.rows import Direction, LimitRule, Rule
from cloud.alerts.rules.scoring import BaselineRule, ScoreRule
from cloud.alerts.wording.quantities import number, unit_words
from cloud.alerts.wording.texts import title_of_rule
from cloud.care.alert_rules import Standing
from cloud.care.rehearsing import RehearsalReport
from cloud.ports import Directory, Facts, Family, Priority, RuleChange
from cloud.rehearsal.outcome import Caution, WhyLeftOut
from cloud.web.words import N_, OfAlerts, Phrase, Sentence, lasting
from vitals.kinds import OBSERVATION_KINDS

__all__ = [
    "FIELD_WORDS",
    "ChangeRow",
    "FieldRow",
    "LimitRow",
    "cautions_of",
    "change_rows",
    "field_rows",
    "limit_rows",
]

FIELD_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "limit": N_("Limit"),
        "deviations": N_("Distance from what is usual"),
        "clear_at": N_("Over again at"),
        "hold_s": N_("Must last before it is told"),
        "clear_s": N_("Must be over before it ends"),
        "longest_gap_s": N_("Longest time between two readings"),
        "within_s": N_("Change is read over"),
        "ahead_s": N_("Looks ahead by"),
        "least_s": N_("So much must be missing"),
        "after_s": N_("Nothing heard for"),
        "offline_after_s": N_("Nothing heard of what is known to be gone for"),
        "priority": N_("Priority"),
        "is_off": N_("Not watched for"),
    }
)
_BEYOND: Final[Mapping[tuple[Direction, bool], str]] = MappingProxyType(
    {
        (Direction.ABOVE, True): N_("{limit} {unit} or more, for {long}"),
        (Direction.ABOVE, False): N_("{limit} {unit} or more"),
        (Direction.BELOW, True): N_("{limit} {unit} or less, for {long}"),
        (Direction.BELOW, False): N_("{limit} {unit} or less"),
    }
)
_CAUTIONS: Final[Mapping[Caution | WhyLeftOut, str]] = MappingProxyType(
    {
        Caution.ALARMS_MOST_OF_THE_TIME: N_(
            "It would have been an alert for most of the time in which this was measured."
        ),
        Caution.NEVER: N_("Nothing in these days would have raised it."),
        WhyLeftOut.NOT_MEASURED: N_(
            "Nothing of this kind is stored of these days: how it would behave is not known."
        ),
        WhyLeftOut.OUT_OF_TIME: N_(
            "There is more stored than could be looked at while you wait: the newest was left out."
        ),
    }
)
"""What somebody should know of a rehearsal; of what else was left out nothing is said."""
_FOLLOWS: Final = Sentence(message=N_("moves with the limit"))


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitRow:
    """One row of the list: what it watches for, from when on, and whether that was changed."""

    key: str
    title: Phrase
    says: Phrase | None
    priority: Phrase
    standing: Standing
    may_change: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldRow:
    """One thing that can be set: its value, and as it ships; empty where it `follows` another."""

    name: str
    words: str
    sort: Sort
    unit: str
    value: object
    shipped: object
    follows: Sentence | None
    least: float | None
    most: float | None
    step: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRow:
    """A change as it was made; `may_undo` where it is the newest of its row."""

    change: RuleChange
    title: Phrase
    author: str
    set_to: tuple[Phrase, ...]
    may_undo: bool


def limit_rows(found: Sequence[Standing], facts: Facts) -> Sequence[LimitRow]:
    """Return the rows that are for such a person: about the body first, as they are listed."""
    rows = [_row(each) for each in found if each.row.concerns(facts)]
    return sorted(rows, key=lambda row: row.standing.row.family is Family.TECHNICAL)


def cautions_of(report: RehearsalReport | None) -> Sequence[Sentence]:
    """Return what is said of how a limit would have behaved, each thing once."""
    reasons = dict.fromkeys(() if report is None else report.reasons)
    return [Sentence(message=_CAUTIONS[each]) for each in reasons if each in _CAUTIONS]


def field_rows(standing: Standing, wanted: Mapping[str, object] | None) -> Sequence[FieldRow]:
    """Return what can be set of a row, as it is wanted; None: as it is set now."""
    set_now = {} if standing.change is None else standing.change.changes
    said = set_now if wanted is None else wanted
    return [_field(field, standing, said) for field in changeable(standing.row)]


def change_rows(
    changes: Sequence[RuleChange], found: Sequence[Standing], directory: Directory
) -> Sequence[ChangeRow]:
    """Return changes, newest first."""
    rows, newest = {each.row.key: each.row for each in found}, {one.rule: one.number for one in changes}
    return [
        ChangeRow(
            change=one,
            title=_title(rows[one.rule]) if one.rule in rows else _named(one.rule),
            author=author.display_name if (author := directory.person(one.author_id)) else one.author_id,
            set_to=tuple(_set_to(name, value) for name, value in one.changes.items()),
            may_undo=newest[one.rule] == one.number,
        )
        for one in reversed(changes)
    ]


def _row(standing: Standing) -> LimitRow:
    row = standing.row
    return LimitRow(
        key=row.key,
        title=_title(row),
        says=None if standing.is_off else _says(row),
        priority=_priority(row.family, row.priority),
        standing=standing,
        may_change=bool(changeable(row)),
    )


def _title(row: Rule) -> OfAlerts:
    return OfAlerts(told=lambda reader: title_of_rule(row, reader))


def _set_to(name: str, value: object) -> Sentence:
    what = Sentence(message=FIELD_WORDS.get(name, name))
    if value is True:
        return what
    return Sentence(message=N_("{what}: {value}"), fields={"what": what, "value": str(value)})


def _named(key: str) -> Sentence:
    return Sentence(message="{key}", fields={"key": key})


def _priority(family: Family, priority: Priority) -> OfAlerts:
    return OfAlerts(told=lambda reader: reader.words.priorities[family][priority])


def _says(row: Rule) -> Phrase | None:
    """Say from which value on a row speaks; None of one that is not about a value."""
    match row:
        case LimitRule():
            return _beyond(row.direction, row.limit, _unit(row.kind), row.hold_s)
        case ScoreRule():
            return _beyond(Direction.ABOVE, row.limit, Sentence(message=N_("points")), row.hold_s)
        case BaselineRule():
            unit = Sentence(message=N_("spreads off what is usual"))
            return _beyond(Direction.ABOVE, row.deviations, unit, row.hold_s)
    return None


def _beyond(direction: Direction, limit: float, unit: Phrase, hold_s: int) -> Sentence:
    fields = {"limit": number(limit), "unit": unit, "long": lasting(hold_s * 1_000)}
    return Sentence(message=_BEYOND[direction, hold_s > 0], fields=fields)


def _unit(kind: str) -> OfAlerts:
    return OfAlerts(told=lambda reader: unit_words(OBSERVATION_KINDS[kind].ucum, reader))


def _field(field: Field, standing: Standing, said: Mapping[str, object]) -> FieldRow:
    row, shipped = standing.row, standing.shipped
    is_flag = field.sort is Sort.FLAG
    default = False if is_flag else getattr(shipped or row, field.name)
    follows = (
        _FOLLOWS if field.name == "clear_at" and shipped is not None and "clear_at" not in said else None
    )
    measure = measure_of(row) if field.sort is Sort.QUANTITY else None
    seconds = field.sort is Sort.SECONDS
    return FieldRow(
        name=field.name,
        words=FIELD_WORDS[field.name],
        sort=field.sort,
        unit=measure.unit if measure else "s" if seconds else "",
        value="" if follows else _plain(said.get(field.name, default)),
        shipped=None if shipped is None or is_flag else _plain(default),
        follows=follows,
        least=measure.least if measure else field.least if seconds else None,
        most=measure.most if measure else field.most if seconds else None,
        step="1" if seconds or (measure and measure.is_whole) else "any",
    )


def _plain(value: object) -> object:
    """Return a number as people write it into a form."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
