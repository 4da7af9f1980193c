"""Why a change of a patient's rules is refused: every fault at once, as sentences for who made it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from cloud.alerts.rules.changes import applied, faults_in, standing
from cloud.alerts.rules.own import is_own
from cloud.alerts.rules.rows import Rule
from cloud.alerts.rules.validity import faults
from cloud.ports import RuleChange

__all__ = ["MOST_OWN", "refusals"]

MOST_OWN: Final = 20
"""Limits of a patient's own: each is judged at every value of its kind."""
_LONGEST_REASON: Final = 500
_NEWEST: Final = 2**62


def refusals(
    rules: Mapping[str, Rule], changes: Sequence[RuleChange], wanted: RuleChange, now_ms: int
) -> tuple[str, ...]:
    """Return what is wrong with a change yet to be made, beside those made before it; none if all is well.

    Rows are held against each other at every moment at which others come into force.
    """
    alone = (
        *_faults_of_saying(wanted, now_ms),
        *faults_in(rules, wanted.rule, wanted.changes),
        *_another_kind(changes, wanted),
    )
    return alone or tuple(_faults_together(rules, changes, wanted, now_ms))


def _faults_of_saying(wanted: RuleChange, now_ms: int) -> Iterator[str]:
    if not wanted.reason.strip():
        yield "reason: say why, for whoever reads of it later"
    if len(wanted.reason) > _LONGEST_REASON:
        yield f"reason: say it in {_LONGEST_REASON} characters"
    if not wanted.reason.replace("\n", " ").isprintable():
        yield "reason: say it in plain text"
    if wanted.from_ms < now_ms:
        yield "from: that has been, and what was judged then stays: leave it out, or give a time to come"
    if wanted.until_ms is not None and wanted.until_ms <= wanted.from_ms:
        yield "until: it must be to come, and after 'from': give another, or none"


def _another_kind(changes: Sequence[RuleChange], wanted: RuleChange) -> Iterator[str]:
    """See that a limit of the patient's own stays one of its kind: an open alert ends by values of that."""
    made = [one.changes["kind"] for one in changes if one.rule == wanted.rule and "kind" in one.changes]
    if made and wanted.changes.get("kind", made[-1]) != made[-1]:
        yield f"{wanted.rule} is of {made[-1]}: choose another name for a limit of another kind"


def _faults_together(
    rules: Mapping[str, Rule], changes: Sequence[RuleChange], wanted: RuleChange, now_ms: int
) -> Iterator[str]:
    together = (*changes, replace(wanted, number=_NEWEST))
    told = set[str]()
    for moment_ms in _moments(together, now_ms):
        own = [key for key, one in standing(together, moment_ms).items() if is_own(key) and one.changes]
        found = list(faults(applied(rules, together, moment_ms)))
        if len(own) > MOST_OWN:
            found.append(f"there are {MOST_OWN} limits of the patient's own: take one back first")
        yield from (fault for fault in found if fault not in told)
        told.update(found)


def _moments(changes: Sequence[RuleChange], now_ms: int) -> Sequence[int]:
    """Return now, and when rows turn from now on."""
    turns = {moment for one in changes for moment in (one.from_ms, one.until_ms) if moment is not None}
    return sorted({now_ms} | {moment for moment in turns if moment > now_ms})
