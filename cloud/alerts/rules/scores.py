"""Bedside scores: several vital signs added up by a published table."""

from typing import Final

from cloud.alerts.rules.rows import Rule
from cloud.alerts.rules.scoring import Counted, Score, ScoreRule
from cloud.ports import Facts, Family, Priority
from vitals.scores.mews import CRITICAL
from vitals.scores.news2 import YOUNGEST_YEARS

__all__ = ["ROWS"]


def _is_grown_up(facts: Facts) -> bool:
    return facts.age_years is None or facts.age_years >= YOUNGEST_YEARS


def _has_news2(facts: Facts) -> bool:
    return _is_grown_up(facts) and not facts.is_pregnant


def _is_pregnant(facts: Facts) -> bool:
    return _is_grown_up(facts) and facts.is_pregnant


ROWS: Final[tuple[Rule, ...]] = (
    ScoreRule(
        key="news2-high",
        display="Several vital signs far off",
        family=Family.PHYSIOLOGICAL,
        priority=Priority.HIGH,
        floor=Priority.HIGH,
        source="NEWS2 (RCP 2017), charts 2 and 4: a total of 7 or more is an emergency; of values that are "
        "medians of five minutes, for two minutes more",
        concerns=_has_news2,
        score=Score.NEWS2,
        limit=7,
        hold_s=120,
        clear_at=5,
        clear_s=300,
    ),
    ScoreRule(
        key="news2-medium",
        display="Several vital signs off",
        family=Family.PHYSIOLOGICAL,
        priority=Priority.MEDIUM,
        source="NEWS2 (RCP 2017), charts 2 and 4: a total of 5 or 6 calls for an urgent review; as above",
        inhibited_by=("news2-high",),
        concerns=_has_news2,
        score=Score.NEWS2,
        limit=5,
        hold_s=120,
        clear_at=3,
        clear_s=300,
    ),
    ScoreRule(
        key="news2-single",
        display="A vital sign far off",
        family=Family.PHYSIOLOGICAL,
        priority=Priority.MEDIUM,
        source="NEWS2 (RCP 2017), charts 2 and 4: 3 in a single parameter calls for an urgent review; five "
        "minutes leave it to a limit of that sign's own, where there is one",
        inhibited_by=("news2-high", "news2-medium"),
        concerns=_has_news2,
        score=Score.NEWS2,
        counted=Counted.SINGLE,
        limit=3,
        hold_s=300,
        clear_at=2,
        clear_s=300,
    ),
    ScoreRule(
        key="mews-critical",
        display="Several vital signs off",
        family=Family.PHYSIOLOGICAL,
        priority=Priority.MEDIUM,
        source="Subbe et al., QJM 2001;94:521-526: 5 is critical; of grown-ups for whom NEWS2 was not made",
        concerns=_is_pregnant,
        score=Score.MEWS,
        limit=CRITICAL,
        hold_s=120,
        clear_at=3,
        clear_s=300,
    ),
)
