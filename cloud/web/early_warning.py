"""How ill somebody looks, in words: the level, the score as a range, why, and what is not known."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from cloud.early_warning.assess import Assessment
from cloud.web.words import N_, Sentence
from vitals.scores.early_warning import Level, Reason
from vitals.scores.news2 import News2

__all__ = ["PARTS", "EarlyWarningView", "early_warning_view", "score_range"]

_LEVELS: Final[Mapping[Level, Sentence]] = MappingProxyType(
    {
        Level.ROUTINE: Sentence(message=N_("nothing unusual in what was measured")),
        Level.WATCH: Sentence(message=N_("keep an eye on it")),
        Level.URGENT: Sentence(message=N_("somebody should look soon")),
        Level.EMERGENCY: Sentence(message=N_("somebody must look now")),
    }
)
_REASONS: Final[Mapping[Reason, Sentence]] = MappingProxyType(
    {
        Reason.NEWS2_HIGH: Sentence(message=N_("the score is 7 or more")),
        Reason.NEWS2_MEDIUM: Sentence(message=N_("the score is 5 or 6")),
        Reason.NEWS2_SINGLE_THREE: Sentence(message=N_("one vital sign alone is far off")),
        Reason.MODEL_OVER_THRESHOLD: Sentence(
            message=N_("the course of two days resembles that of very ill people")
        ),
        Reason.UNUSUAL_FOR_THEM: Sentence(message=N_("a value is unusual for this person at this hour")),
        Reason.NIGHTS_RED: Sentence(message=N_("the heart at rest was faster for two nights")),
        Reason.SIGNS_TOGETHER: Sentence(message=N_("several signs point the same way")),
    }
)
PARTS: Final[Mapping[str, Sentence]] = MappingProxyType(
    {
        "respiratory_rate": Sentence(message=N_("breathing rate")),
        "oxygen_saturation": Sentence(message=N_("oxygen saturation")),
        "supplemental_oxygen": Sentence(message=N_("whether oxygen is given")),
        "systolic_pressure": Sentence(message=N_("blood pressure")),
        "heart_rate": Sentence(message=N_("pulse")),
        "consciousness": Sentence(message=N_("consciousness")),
        "body_temperature": Sentence(message=N_("temperature")),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlyWarningView:
    """The card; ``score`` is one number or a range."""

    level: Sentence
    score: str
    reasons: tuple[Sentence, ...]
    missing: tuple[Sentence, ...]
    oldest_ms: int


def early_warning_view(found: Assessment | None) -> EarlyWarningView | None:
    """Return the card, or ``None`` while nothing is known or no vital sign is current."""
    score = found.news2 if found else None
    if found is None or score is None or score.oldest_ms is None:
        return None
    return EarlyWarningView(
        level=_LEVELS[found.warning.level],
        score=score_range(score),
        reasons=tuple(_REASONS[reason] for reason in found.warning.reasons),
        missing=tuple(PARTS[part.key] for part in score.missing),
        oldest_ms=found.now_ms - score.oldest_ms,
    )


def score_range(score: News2) -> str:
    """Return a score as one number, or as the range it lies in."""
    is_certain = score.lowest == score.highest
    return str(score.lowest) if is_certain else f"{score.lowest}–{score.highest}"  # noqa: RUF001 - a range
