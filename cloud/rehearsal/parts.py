"""How each row of a plan can be rehearsed, by what it rests on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

from cloud.alerts.rules.combination import CombinationRule
from cloud.alerts.rules.plan import CarePlan
from cloud.alerts.rules.rows import DeviceRule, EventRule, GapRule, LimitRule, Rule, ThresholdRule
from cloud.alerts.rules.scoring import BaselineRule, NightRule, ScoreRule

__all__ = ["Parts"]

_TOLD: Final = (EventRule, DeviceRule, GapRule)
_OF_MORE_THAN_A_VALUE: Final = (LimitRule, CombinationRule, BaselineRule, ScoreRule)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The rows of a plan: `limits` on values, `told` by gateways and devices, and `by_minute` about more.

    What rests on what was `known_then` of the patient and is not now, or on anything else that is `not_kept`,
    cannot be.
    """

    limits: Sequence[ThresholdRule]
    told: Sequence[Rule]
    by_minute: Sequence[Rule]
    known_then: Sequence[Rule]
    not_kept: Sequence[Rule]

    @classmethod
    def of(cls, plan: CarePlan) -> Self:
        """Part them; a sort of row that nobody has thought of here is among those that cannot be."""
        limits = plan.rules.of(ThresholdRule)
        others = [row for row in plan.rules.rows.values() if not isinstance(row, ThresholdRule)]
        told = [row for row in others if isinstance(row, _TOLD)]
        known_then = [row for row in others if _rests_on_the_unknown(row, plan)]
        unknown = {row.key for row in known_then}
        by_minute = [
            row for row in others if isinstance(row, _OF_MORE_THAN_A_VALUE) and row.key not in unknown
        ]
        found = {row.key for row in (*told, *by_minute, *known_then)}
        return cls(
            limits=limits,
            told=told,
            by_minute=by_minute,
            known_then=known_then,
            not_kept=[row for row in others if row.key not in found],
        )


def _rests_on_the_unknown(row: Rule, plan: CarePlan) -> bool:
    """Tell whether a row needs what is not known now: the nights that were, or what is usual."""
    if isinstance(row, BaselineRule):
        return row.kind not in plan.habits.by_hour
    return isinstance(row, NightRule)
