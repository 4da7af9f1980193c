"""How each row of a plan can be rehearsed, by what it rests on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

from cloud.alerts.rules.combination import CombinationRule
from cloud.alerts.rules.rows import DeviceRule, EventRule, GapRule, LimitRule, Rule, ThresholdRule
from cloud.alerts.rules.ruleset import RuleSet
from cloud.alerts.rules.scoring import BaselineRule, NightRule, ScoreRule

__all__ = ["Parts"]

_TOLD: Final = (EventRule, DeviceRule, GapRule)
_OF_MORE_THAN_A_VALUE: Final = (LimitRule, CombinationRule, BaselineRule, ScoreRule)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The rows of a plan: `limits` on values, `told` by gateways and devices, and `by_minute` about more.

    What rests on what was `known_then` of the patient, or on anything else that is `not_kept`, cannot be.
    """

    limits: Sequence[ThresholdRule]
    told: Sequence[Rule]
    by_minute: Sequence[Rule]
    known_then: Sequence[Rule]
    not_kept: Sequence[Rule]

    @classmethod
    def of(cls, rules: RuleSet) -> Self:
        """Part them; a sort of row that nobody has thought of here is among those that cannot be."""
        limits = rules.of(ThresholdRule)
        others = [row for row in rules.rows.values() if not isinstance(row, ThresholdRule)]
        told = [row for row in others if isinstance(row, _TOLD)]
        by_minute = [row for row in others if isinstance(row, _OF_MORE_THAN_A_VALUE)]
        known_then = [row for row in others if isinstance(row, NightRule)]
        found = {row.key for row in (*told, *by_minute, *known_then)}
        return cls(
            limits=limits,
            told=told,
            by_minute=by_minute,
            known_then=known_then,
            not_kept=[row for row in others if row.key not in found],
        )
