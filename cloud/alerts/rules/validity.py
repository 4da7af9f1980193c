"""What is wrong with rows, in sentences a person can act on: of one by itself, and of all together."""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from itertools import chain, product
from math import isfinite
from typing import Final

from cloud.alerts.rules.catalogue import RULES
from cloud.alerts.rules.combination import CombinationRule, Sign, leaves_of
from cloud.alerts.rules.measures import measure_of
from cloud.alerts.rules.rows import COURSE_POINTS, CourseRule, Direction, LimitRule, RateRule, Rule
from cloud.alerts.rules.ruleset import RuleSet
from cloud.alerts.rules.scoring import BaselineRule, ScoreRule
from vitals.kinds import OBSERVATION_KINDS, ObservationKind

__all__ = ["faults"]

_DAY_S: Final = 86_400
_WEEK_S: Final = 604_800

_DURATIONS: Final[Mapping[str, tuple[int, int]]] = {
    "hold_s": (0, _DAY_S),
    "clear_s": (0, _DAY_S),
    "longest_gap_s": (1, _WEEK_S),
    "within_s": (60, _WEEK_S),
    "ahead_s": (60, 3_600),
    "after_s": (60, _DAY_S),
    "offline_after_s": (10, _DAY_S),
    "least_s": (1, _DAY_S),
}
"""The least and the most of each; further ahead than an hour no straight line holds."""


def faults(rows: RuleSet) -> tuple[str, ...]:
    """Return what is wrong with these rows, each a sentence that begins with the row's key; or nothing."""
    found = chain.from_iterable(_faults_of(row, rows) for row in rows.rows.values())
    return (*found, *_crossings(rows))


def _faults_of(row: Rule, rows: RuleSet) -> Iterator[str]:
    found = chain(_of_durations(row), _of_inhibition(row, rows))
    match row:
        case LimitRule():
            found = chain(found, _of_limits(row))
        case CombinationRule():
            found = chain(found, _of_signs(row))
        case ScoreRule():
            found = chain(found, _of_reach(row, row.limit, row.clear_at))
        case BaselineRule():
            found = chain(found, _of_reach(row, row.deviations, row.clear_at))
    return (f"{row.key}: {fault}." for fault in found)


def _of_durations(row: Rule) -> Iterator[str]:
    for name in (one.name for one in fields(row) if one.name in _DURATIONS):
        least, most = _DURATIONS[name]
        seconds = getattr(row, name)
        if not least <= seconds <= most:
            yield f"{name} is {seconds}: choose {least} to {most} seconds"


def _of_inhibition(row: Rule, rows: RuleSet) -> Iterator[str]:
    for key in row.inhibited_by:
        if _row(key, rows) is None:
            yield f"it is inhibited by {key}, which is no condition: name one that is"
        elif row.key in _causes_of(key, rows):
            yield f"it is inhibited by {key}, and {key} by it, so that neither would be told: leave one out"


def _causes_of(key: str, rows: RuleSet) -> set[str]:
    """Return a condition and all that may hold it back, through others, too."""
    found, ahead = set[str](), [key]
    while ahead:
        one = ahead.pop()
        row = _row(one, rows)
        if one not in found and row is not None:
            ahead += row.inhibited_by
        found.add(one)
    return found


def _row(key: str, rows: RuleSet) -> Rule | None:
    return rows.rows.get(key) or RULES.get(key)


def _of_limits(row: LimitRule) -> Iterator[str]:
    kind = OBSERVATION_KINDS.get(row.kind)
    if kind is None:
        yield f"nothing of the kind {row.kind} is measured: take one of vitals.kinds"
        return
    if not (isfinite(row.limit) and isfinite(row.clear_at)):
        yield "limit and clear_at are to be numbers: say how much"
        return
    yield from _of_range(row, kind)
    if isinstance(row, CourseRule) and row.longest_gap_s * COURSE_POINTS < row.within_s:
        yield (
            f"a course of {row.within_s} s has a point in {row.within_s // COURSE_POINTS} s, and"
            f" longest_gap_s {row.longest_gap_s} parts them: choose a longer one"
        )
    if row.is_beyond(row.clear_at):
        side = "below" if row.direction is Direction.ABOVE else "above"
        yield (
            f"clear_at {row.clear_at:g} is itself beyond the limit {row.limit:g}, and no episode would end: "
            f"choose one {side} it"
        )


def _of_range(row: LimitRule, kind: ObservationKind) -> Iterator[str]:
    """See that a wearer can come to the limit, and back."""
    low, high = kind.plausible
    if isinstance(row, RateRule):
        low, high = (0.0, high - low) if row.direction is Direction.ABOVE else (low - high, 0.0)
    for name, value in (("limit", row.limit), ("clear_at", row.clear_at)):
        if not low <= value <= high:
            yield f"{name} is {value:g}, and {kind.display.lower()} can be {low:g} to {high:g} {kind.ucum}"


def _of_reach(row: Rule, begins: float, clear_at: float) -> Iterator[str]:
    """See that what only rises can come to where it begins, and back."""
    measure = measure_of(row)
    for value in (begins, clear_at):
        if measure is not None and not measure.can_be(value):
            yield f"it has {value:g}, and {measure.what} can be {measure.least:g} to {measure.most:g}"
    if clear_at >= begins:
        yield f"clear_at {clear_at:g} is where it begins, {begins:g}, or beyond: choose one below it"


def _of_signs(row: CombinationRule) -> Iterator[str]:
    for leaf in leaves_of(row.formula):
        counts_s = leaf.lasting_s if isinstance(leaf, Sign) else leaf.within_s
        if isinstance(leaf, Sign) and not OBSERVATION_KINDS[leaf.kind].is_plausible(leaf.limit):
            yield f"no wearer comes to {leaf.limit:g} of {leaf.kind}: choose a limit that can be reached"
        if counts_s is not None and not 1 <= counts_s <= _WEEK_S:
            yield f"a sign of it counts for {counts_s} seconds: choose 1 to {_WEEK_S}"


def _crossings(rows: RuleSet) -> Iterator[str]:
    """See that between each low limit of a kind and each high one lies a value that is well."""
    for key, limits in rows.limits.items():
        kind = OBSERVATION_KINDS.get(key)
        lows = [row for row in limits.rules if row.direction is Direction.BELOW]
        highs = [row for row in limits.rules if row.direction is Direction.ABOVE]
        for low, high in product(lows, highs):
            if kind is not None and high.limit - low.limit <= kind.resolution:
                yield (
                    f"{low.key}: between its limit {low.limit:g} and that of {high.key}, {high.limit:g}, "
                    f"no {kind.display.lower()} is well: move one of them."
                )
