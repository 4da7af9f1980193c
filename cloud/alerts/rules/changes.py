"""What was changed for one patient, put upon the rows that ship. Pure; asked anew when the rows turn.

Of several changes of a row the newest in force stands, alone: what it does not name is as it ships. When
it has run out, an earlier one that is still in force stands again.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from cloud.alerts.rules.fields import FIELDS
from cloud.alerts.rules.own import blank, can_have_limit, is_own
from cloud.alerts.rules.rows import Rule
from cloud.alerts.rules.ruleset import RuleSet
from cloud.alerts.rules.values import LONGEST_WORD, faults_of_values, read
from cloud.ports import RuleChange

__all__ = ["OWN_NEEDS", "applied", "faults_in", "standing", "turning_ms"]

OWN_NEEDS: Final = ("kind", "limit", "clear_at", "hold_s", "clear_s")
"""What a row of the patient's own must say."""
_DECIMALS: Final = 6  # of a clear_at that moved along: floats must not show


def applied(rules: Mapping[str, Rule], changes: Sequence[RuleChange], now_ms: int) -> RuleSet:
    """Return the rows in force for a patient, until the next moment at which others are.

    A change that this program cannot make is none: the row is as it ships, for it must be watched for.
    """
    in_force = standing(changes, now_ms)
    rows = [_changed(row, in_force.get(key)) for key, row in rules.items()]
    own = [_own(rules, change) for key, change in in_force.items() if key not in rules]
    return RuleSet([row for row in (*rows, *own) if row is not None], until_ms=turning_ms(changes, now_ms))


def standing(changes: Sequence[RuleChange], now_ms: int) -> Mapping[str, RuleChange]:
    """Return of each row the newest change in force."""
    by_number = sorted(changes, key=lambda change: change.number)
    return {one.rule: one for one in by_number if _is_in_force(one, now_ms)}


def turning_ms(changes: Sequence[RuleChange], now_ms: int) -> int | None:
    """Return the next moment at which a change begins or ends, None if none will."""
    moments = (moment for one in changes for moment in (one.from_ms, one.until_ms))
    return min((moment for moment in moments if moment is not None and moment > now_ms), default=None)


def faults_in(rules: Mapping[str, Rule], rule: str, values: Mapping[str, object]) -> tuple[str, ...]:
    """Return what is wrong with a change by itself: its row, its fields, each value."""
    if rule in rules:
        return faults_of_values(rules[rule], values)
    if not is_own(rule):
        return (f"there is no rule {rule!r}: choose one that is listed, or name a new one own-above-...",)
    return tuple(_faults_of_own(rules, rule, values)) if values else ()


def _is_in_force(change: RuleChange, now_ms: int) -> bool:
    return change.from_ms <= now_ms and (change.until_ms is None or now_ms < change.until_ms)


def _changed(row: Rule, change: RuleChange | None) -> Rule | None:
    if change is None or faults_of_values(row, change.changes):
        return row
    return None if change.changes.get("is_off") else _with(row, change.changes)


def _own(rules: Mapping[str, Rule], change: RuleChange) -> Rule | None:
    if not change.changes or faults_in(rules, change.rule, change.changes):
        return None
    row = blank(change.rule, str(change.changes["kind"]), rules.values())
    return _with(row, {name: value for name, value in change.changes.items() if name != "kind"})


def _with(row: Rule, values: Mapping[str, object]) -> Rule:
    """Return the row with values set; where a limit moves alone, what ends an episode moves along."""
    new: dict[str, Any] = {
        name: read(row, FIELDS[name], value) for name, value in values.items() if name != "is_off"
    }
    clear_at: float | None = getattr(row, "clear_at", None)
    if "limit" in new and "clear_at" not in new and clear_at is not None:
        moved = new["limit"] + clear_at - getattr(row, "limit", 0.0)
        new["clear_at"] = moved if isinstance(moved, int) else round(moved, _DECIMALS)
    return replace(row, **new)


def _faults_of_own(rules: Mapping[str, Rule], rule: str, values: Mapping[str, object]) -> Iterator[str]:
    missing = [name for name in OWN_NEEDS if name not in values]
    if missing:
        yield f"{rule} is new: say its {', '.join(missing)}, too"
    kind = values.get("kind")
    if kind is None:
        return
    if not can_have_limit(kind):
        yield (
            f"kind: {str(kind)[:LONGEST_WORD]!r} is nothing that has single values: "
            "choose one such as heart_rate or glucose"
        )
        return
    others = {name: value for name, value in values.items() if name != "kind"}
    yield from faults_of_values(blank(rule, str(kind), rules.values()), others)
