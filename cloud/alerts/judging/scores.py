"""Bedside scores over the newest values, however old: what is certain raises, what is missing hides nothing.

A score stands from one look to the next; values grow old between two looks though nothing is measured.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

from cloud.alerts.judging.chart import Chart
from cloud.alerts.judging.newest import Values, measuring
from cloud.alerts.judging.state import Episode
from cloud.alerts.rules.combination import CombinationRule, Sign, leaves_of
from cloud.alerts.rules.rows import Rule, ThresholdRule
from cloud.alerts.rules.scoring import Counted, Score, ScoreRule
from cloud.alerts.wording.explanation import Finding
from cloud.early_warning.quantities import QUANTITY_OF
from cloud.ports import AlertState
from vitals.errors import NotApplicableError
from vitals.scores.mews import mews
from vitals.scores.news2 import CURRENT_FOR_MS, news2
from vitals.scores.tables import Measured, ScoreRange

__all__ = ["judge_scores"]

_HOWEVER_OLD_MS: Final = 1 << 62
_CLOCKS_APART_MS: Final = 300_000
"""A look at a slice is dated by the gateway's clock, one at the time by the server's."""


def judge_scores(chart: Chart, values: Values, t_ms: int, noticed_ms: int | None) -> None:
    """Hold every score against its rows as of `t_ms`; `noticed_ms` is when the newest value was measured."""
    look = _Look(chart=chart, measured=_measured(chart, values), t_ms=t_ms, noticed_ms=noticed_ms)
    scores: dict[Score, ScoreRange | None] = {}
    for rule in chart.plan.rules.of(ScoreRule):
        if rule.score not in scores:
            scores[rule.score] = look.score(rule.score, CURRENT_FOR_MS)
        look.judge(rule, scores[rule.score])


def _measured(chart: Chart, values: Values) -> Mapping[str, Measured]:
    return chart.plan.facts.told(chart.now_ms) | {
        key: Measured(value=value, age_ms=max(0, chart.now_ms - at_ms))
        for key, (at_ms, value) in values.items()
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """One look at all that is known of a patient."""

    chart: Chart
    measured: Mapping[str, Measured]
    t_ms: int
    noticed_ms: int | None

    def score(self, which: Score, current_for_ms: int) -> ScoreRange | None:
        """Score what is no older; None for whom the table was not made."""
        if which is Score.MEWS:
            return mews(self.measured, current_for_ms=current_for_ms)
        facts = self.chart.plan.facts
        try:
            return news2(
                self.measured,
                age_years=facts.age_years,
                spo2_scale=facts.spo2_scale,
                is_pregnant=facts.is_pregnant,
                current_for_ms=current_for_ms,
            )
        except NotApplicableError:
            return None

    def judge(self, rule: ScoreRule, score: ScoreRange | None) -> None:
        """Begin, go on or end an episode."""
        episode = self.chart.find(rule, rule.score)
        if score is None:
            self.chart.recover(rule, rule.score, self.t_ms)
        elif episode is None or episode.life is AlertState.PENDING:
            self._await(rule, episode, score)
        else:
            self._follow(rule, episode, score)

    def _await(self, rule: ScoreRule, episode: Episode | None, score: ScoreRange) -> None:
        """Raise what has stood for long enough, unless a graver row of the same score has said so."""
        certain = self._certain(rule, score)
        if certain < rule.limit:
            self.chart.recover(rule, rule.score, self.t_ms)
            return
        if episode is None or self._is_to_come(episode.began_ms):
            episode = self.chart.begin(rule, rule.score, devices=(), t_ms=self.t_ms)
        if self.t_ms - episode.began_ms >= rule.hold_s * 1000 and not self._is_said(rule):
            finding = self._finding(rule, score, certain)
            self.chart.activate(rule, episode, finding, noticed_ms=self.noticed_ms)

    def _follow(self, rule: ScoreRule, episode: Episode, score: ScoreRange) -> None:
        """End an episode by what is measured, or, once somebody has seen it, for want of measurements."""
        is_clear = self._certain(rule, score) <= rule.clear_at
        if is_clear and episode.life is not AlertState.ACKNOWLEDGED:
            known = self.score(rule.score, _HOWEVER_OLD_MS)
            is_clear = known is None or self._certain(rule, known) <= rule.clear_at
        since = episode.clearing_ms if is_clear else None
        if is_clear and (since is None or self._is_to_come(since)):
            since = self.t_ms
        if since != episode.clearing_ms:
            self.chart.keep(msgspec.structs.replace(episode, clearing_ms=since))
        if since is not None and self.t_ms - since >= rule.clear_s * 1000:
            self.chart.recover(rule, rule.score, self.t_ms)

    def _is_to_come(self, since_ms: int) -> bool:
        """Tell whether a time was noted by a clock that has been set back since."""
        return since_ms - self.t_ms > _CLOCKS_APART_MS

    def _certain(self, rule: ScoreRule, score: ScoreRange) -> int:
        if rule.counted is Counted.TOTAL:
            return score.lowest
        told = self._told()
        return max((part.lowest for part in score.parts if part.key not in told), default=0)

    def _told(self) -> set[str]:
        """Return the vital signs of which a row of their own has an alert: nobody is told twice."""
        rules = [self.chart.rule_of(one) for one in self.chart.episodes.values() if one.alert is not None]
        return {QUANTITY_OF.get(kind, "") for rule in rules for kind in _kinds_of(rule)}

    def _is_said(self, rule: ScoreRule) -> bool:
        return any(
            one.alert is not None and one.rule in rule.inhibited_by and one.source == rule.score
            for one in self.chart.episodes.values()
        )

    def _finding(self, rule: ScoreRule, score: ScoreRange, certain: int) -> Finding:
        scored = {part.key for part in score.parts if part.lowest > 0}
        heaviest = max(score.parts, key=lambda part: part.lowest)
        return Finding(
            devices=measuring(self.chart, scored),
            value=certain,
            limit=rule.limit,
            unit="{score}",
            hold_s=rule.hold_s,
            score=score,
            history_kind=heaviest.key,
        )


def _kinds_of(rule: Rule) -> Iterator[str]:
    """Yield of which kinds a row says that they are too high or too low."""
    if isinstance(rule, ThresholdRule):
        yield rule.kind
    elif isinstance(rule, CombinationRule):
        yield from (leaf.kind for leaf in leaves_of(rule.formula) if isinstance(leaf, Sign))
