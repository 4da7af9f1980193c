"""One explained level out of four signs: NEWS2, the deterioration model, the personal baseline, the nights.

What each sign may do by itself is a row of ``RULES``. Only the chart's own rule calls for an emergency; the
others were not made to, and raise at most to an urgent review, two of them together. What is missing lowers
nothing: beside the level that is certain stands the one it may hide.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from vitals.features.baseline import Usual
from vitals.scores.news2 import News2, News2Risk
from vitals.scores.night_signal import Night, NightAlert

__all__ = [
    "RULES",
    "UNUSUAL",
    "Contributor",
    "Deviation",
    "EarlyWarning",
    "Level",
    "ModelVerdict",
    "Reason",
    "Rule",
    "Sign",
    "early_warning",
]

UNUSUAL: Final = 3.5
"""Spreads from the median from which a value is unusual (Iglewicz and Hoaglin, How to detect and handle
outliers, 1993)."""

_MOST_PARTS: Final = 3
_FEWEST_TOGETHER: Final = 2


class Level(StrEnum):
    """What to do, in rising order."""

    ROUTINE = "routine"
    WATCH = "watch"
    URGENT = "urgent-review"
    EMERGENCY = "emergency"


_ORDER: Final = tuple(Level)


class Sign(StrEnum):
    """Where a contributor comes from."""

    NEWS2 = "news2"
    MODEL = "model"
    BASELINE = "baseline"
    NIGHT = "night"


class Reason(StrEnum):
    """Why a level stands."""

    NEWS2_HIGH = "news2-high"
    NEWS2_MEDIUM = "news2-medium"
    NEWS2_SINGLE_THREE = "news2-single-three"
    MODEL_OVER_THRESHOLD = "model-over-threshold"
    UNUSUAL_FOR_THEM = "unusual-for-them"
    NIGHTS_RED = "nights-red"
    SIGNS_TOGETHER = "signs-together"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelVerdict:
    """What the deterioration model said; ``parts`` are what each quantity adds to the log-odds."""

    probability: float
    threshold: float
    parts: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deviation:
    """A value in its kind's unit beside what is usual for this person at this time of day."""

    key: str
    display: str
    ucum: str
    value: float
    age_ms: int
    usual: Usual

    @property
    def spreads(self) -> float:
        """How many spreads it lies above (or below) the median."""
        return self.usual.deviation(self.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contributor:
    """One named reason with its numbers: ``weight`` in ``weight_unit`` is what it adds to its sign."""

    sign: Sign
    key: str
    display: str
    weight: float
    weight_unit: str
    value: float | None = None
    ucum: str | None = None
    usual_low: float | None = None
    usual_high: float | None = None
    age_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlyWarning:
    """The level that is certain, the one that what is missing may hide, and why; the weightiest first."""

    level: Level
    at_worst: Level
    reasons: tuple[Reason, ...]
    contributors: tuple[Contributor, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Signs:
    news2: News2 | None
    model: ModelVerdict | None
    deviations: tuple[Deviation, ...]
    night: Night | None

    @property
    def is_model_over(self) -> bool:
        return self.model is not None and self.model.probability >= self.model.threshold

    @property
    def is_unusual(self) -> bool:
        return any(abs(each.spreads) >= UNUSUAL for each in self.deviations)

    def nights(self, *alerts: NightAlert) -> bool:
        return self.night is not None and self.night.is_settled and self.night.alert in alerts

    def risk_is(self, risk: News2Risk) -> bool:
        return self.news2 is not None and self.news2.risk is risk

    @property
    def together(self) -> int:
        return sum(
            (self.is_model_over, self.is_unusual, self.nights(NightAlert.YELLOW, NightAlert.RED)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """When a reason holds, and to which level it raises."""

    reason: Reason
    level: Level
    holds: Callable[[_Signs], bool]


RULES: Final = (
    Rule(reason=Reason.NEWS2_HIGH, level=Level.EMERGENCY, holds=lambda signs: signs.risk_is(News2Risk.HIGH)),
    Rule(reason=Reason.NEWS2_MEDIUM, level=Level.URGENT, holds=lambda signs: signs.risk_is(News2Risk.MEDIUM)),
    Rule(
        reason=Reason.NEWS2_SINGLE_THREE,
        level=Level.URGENT,
        holds=lambda signs: signs.news2 is not None and bool(signs.news2.single_threes),
    ),
    Rule(
        reason=Reason.SIGNS_TOGETHER,
        level=Level.URGENT,
        holds=lambda signs: signs.together >= _FEWEST_TOGETHER,
    ),
    Rule(reason=Reason.MODEL_OVER_THRESHOLD, level=Level.WATCH, holds=lambda signs: signs.is_model_over),
    Rule(reason=Reason.UNUSUAL_FOR_THEM, level=Level.WATCH, holds=lambda signs: signs.is_unusual),
    Rule(reason=Reason.NIGHTS_RED, level=Level.WATCH, holds=lambda signs: signs.nights(NightAlert.RED)),
)
"""From the highest level down. What NEWS2 calls for is chart 4 of its source; the rest is this project's."""

_HIDDEN: Final = {
    News2Risk.LOW: Level.ROUTINE,
    News2Risk.LOW_MEDIUM: Level.URGENT,
    News2Risk.MEDIUM: Level.URGENT,
    News2Risk.HIGH: Level.EMERGENCY,
}


def early_warning(
    *,
    news2: News2 | None,
    model: ModelVerdict | None,
    deviations: Sequence[Deviation],
    night: Night | None,
) -> EarlyWarning:
    """Fuse the signs; one that is ``None`` has nothing to say, and NEWS2 unsaid may hide an emergency."""
    signs = _Signs(news2=news2, model=model, deviations=tuple(deviations), night=night)
    holding = [rule for rule in RULES if rule.holds(signs)]
    level = max((rule.level for rule in holding), key=_ORDER.index, default=Level.ROUTINE)
    hidden = Level.EMERGENCY if news2 is None else _HIDDEN[news2.highest_risk]
    return EarlyWarning(
        level=level,
        at_worst=max(level, hidden, key=_ORDER.index),
        reasons=tuple(rule.reason for rule in holding),
        contributors=(
            *_of_news2(news2),
            *_of_model(model),
            *_of_baseline(signs.deviations),
            *_of_night(night),
        ),
    )


def _of_news2(news2: News2 | None) -> list[Contributor]:
    parts = [part for part in news2.parts if part.is_current and part.lowest > 0] if news2 else []
    return [
        Contributor(
            sign=Sign.NEWS2,
            key=part.key,
            display=part.display,
            value=part.measured.value if part.measured else None,
            ucum=part.ucum,
            weight=float(part.lowest),
            weight_unit="points",
            age_ms=part.measured.age_ms if part.measured else None,
        )
        for part in sorted(parts, key=lambda part: -part.lowest)
    ]


def _of_model(model: ModelVerdict | None) -> list[Contributor]:
    raising = sorted(model.parts.items(), key=lambda part: -part[1])[:_MOST_PARTS] if model else []
    return [
        Contributor(sign=Sign.MODEL, key=key, display=key, weight=round(weight, 3), weight_unit="log-odds")
        for key, weight in raising
        if weight > 0
    ]


def _of_baseline(deviations: Sequence[Deviation]) -> list[Contributor]:
    unusual = [each for each in deviations if abs(each.spreads) >= UNUSUAL]
    return [
        Contributor(
            sign=Sign.BASELINE,
            key=each.key,
            display=each.display,
            value=each.value,
            ucum=each.ucum,
            usual_low=each.usual.range()[0],
            usual_high=each.usual.range()[1],
            weight=round(each.spreads, 1),
            weight_unit="spreads",
            age_ms=each.age_ms,
        )
        for each in sorted(unusual, key=lambda each: -abs(each.spreads))
    ]


def _of_night(night: Night | None) -> list[Contributor]:
    if night is None or night.alert is NightAlert.GREEN or not night.is_settled:
        return []
    return [
        Contributor(
            sign=Sign.NIGHT,
            key="resting_heart_rate",
            display="Resting heart rate by night",
            value=float(night.mean),
            ucum="/min",
            usual_high=float(night.baseline),
            weight=float(night.mean - night.baseline),
            weight_unit="/min",
        )
    ]
