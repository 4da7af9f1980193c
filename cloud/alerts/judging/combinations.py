"""Several signs at once: the newest value of each kind, and open alerts, held against formulas.

Kinds come one after the other, each with all its samples: they are gathered, and looked at by their time.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import inf
from typing import Final, Self

from cloud.alerts.judging.chart import Chart
from cloud.alerts.judging.gathered import Gathered
from cloud.alerts.judging.lasting import Look, judge_lasting
from cloud.alerts.judging.lifecycle import OPEN
from cloud.alerts.judging.state import Episode, Latest
from cloud.alerts.rules.by_kind import Combined
from cloud.alerts.rules.combination import CombinationRule, Formula, Sign, Together, UnderWay, leaves_of
from cloud.alerts.wording.explanation import Finding
from cloud.ports import AlertState
from vitals.records import ObservationRun

__all__ = ["COMBINED", "CombinationDetector", "judge_combinations"]

COMBINED: Final = "combined"
"""What an episode is of that no device alone is behind."""


@dataclass(slots=True, kw_only=True)
class CombinationDetector:
    """Gathers the samples of one run for when all of its time have come."""

    chart: Chart
    combined: Combined
    gathered: Gathered

    @classmethod
    def over(cls, chart: Chart, run: ObservationRun) -> Self | None:
        """Take a run that combinations are of, if any is."""
        combined = chart.plan.rules.signs.get(run.kind)
        if combined is None:
            return None
        return cls(chart=chart, combined=combined, gathered=Gathered(of=run.kind, device=run.device))

    def take(self, t_ms: int, value: float, quality: float | None) -> None:  # noqa: ARG002 - the protocol's
        """Gather a value."""
        self.gathered.samples.append((t_ms, value))
        if not self.combined.above < value < self.combined.below:
            self.gathered.is_telling = True

    def close(self) -> None:
        """Hand over what was gathered."""
        if self.gathered.samples:
            self.chart.gathered.append(self.gathered)


def judge_combinations(chart: Chart) -> None:
    """Look at the combinations that anything gathered is part of, oldest first and once for each time.

    While none is under way, and nothing can make one hold, values are only remembered.
    """
    gathered, chart.gathered = chart.gathered, []
    if any(one.is_telling for one in gathered) or any(source == COMBINED for _, source in chart.episodes):
        looks = sorted(((t_ms, one, value) for one in gathered for t_ms, value in one.samples), key=_time_of)
        for t_ms, together in groupby(looks, key=_time_of):
            for rule in _concerned(chart, list(together)):
                _judge(chart, rule, t_ms)
    else:
        for one in gathered:
            t_ms, value = one.samples[-1]
            _note(chart, one, t_ms, value)


def _time_of(look: tuple[int, Gathered, float | None]) -> int:
    return look[0]


def _concerned(chart: Chart, together: Sequence[tuple[int, Gathered, float | None]]) -> list[CombinationRule]:
    """Note values as the newest of their kinds; return the combinations that may begin or end with them."""
    rules, found = chart.plan.rules, dict[str, CombinationRule]()
    for t_ms, one, value in together:
        if value is None:
            found |= {rule.key: rule for rule in rules.combined.get(one.of, ())}
            continue
        _note(chart, one, t_ms, value)
        for part in rules.signs[one.of].parts:
            if part.may_begin(value) or (part.rule.key, COMBINED) in chart.episodes:
                found[part.rule.key] = part.rule
    return list(found.values())


def _note(chart: Chart, one: Gathered, t_ms: int, value: float | None) -> None:
    if value is not None:
        chart.note_latest(one.of, Latest(t_ms=t_ms, value=value, device=one.device))


def _judge(chart: Chart, rule: CombinationRule, t_ms: int) -> None:
    """Look at a combination as of the newest that is known of its parts: a kind may have come late."""
    leaves = tuple(leaves_of(rule.formula))
    measured = [chart.latest[leaf.kind].t_ms for leaf in _signs(leaves) if leaf.kind in chart.latest]
    at_ms = max((t_ms, *measured))
    is_beyond = _holds(chart, rule.formula, at_ms)
    holding = [leaf for leaf in leaves if is_beyond and _holds(chart, leaf, at_ms)]
    look = Look(
        source=COMBINED,
        devices=tuple(sorted({device for leaf in holding for device in _devices(chart, leaf)})),
        t_ms=at_ms,
        is_beyond=is_beyond,
        is_clear=not is_beyond,
    )
    judge_lasting(chart, rule, look, lambda: _finding(chart, look.devices, rule, holding))


def _signs(leaves: Iterable[Sign | UnderWay]) -> list[Sign]:
    return [leaf for leaf in leaves if isinstance(leaf, Sign)]


def _holds(chart: Chart, formula: Formula, at_ms: int) -> bool:
    match formula:
        case Sign():
            latest = chart.latest.get(formula.kind)
            is_now = latest is not None and abs(at_ms - latest.t_ms) <= 1000 * formula.lasting_s
            return latest is not None and is_now and formula.is_beyond(latest.value)
        case UnderWay():
            return any(_is_under_way(formula, at_ms, *span) for span in _spans(chart, formula))
        case Together():
            return sum(_holds(chart, part, at_ms) for part in formula.parts) >= formula.least


def _spans(chart: Chart, under_way: UnderWay) -> list[tuple[Episode, float]]:
    """Return the episodes of a condition that have an alert, each with its end; what is latched has one."""
    told = [one for one in chart.episodes.values() if one.rule == under_way.condition and one.life in OPEN]
    going_on = [(one, one.began_ms if one.life is AlertState.LATCHED else inf) for one in told]
    return [*going_on, *(span for span in chart.over if span[0].rule == under_way.condition)]


def _is_under_way(formula: UnderWay, at_ms: int, episode: Episode, ended_ms: float) -> bool:
    until_ms = ended_ms if formula.within_s is None else episode.began_ms + 1000 * formula.within_s + 1
    return episode.began_ms <= at_ms < until_ms


def _devices(chart: Chart, leaf: Sign | UnderWay) -> tuple[str, ...]:
    if isinstance(leaf, Sign):
        return (chart.latest[leaf.kind].device,)
    return tuple(device for episode, _ in _spans(chart, leaf) for device in episode.devices)


def _finding(
    chart: Chart, devices: tuple[str, ...], rule: CombinationRule, holding: Sequence[Sign | UnderWay]
) -> Finding:
    signs = _signs(holding)
    return Finding(
        devices=devices,
        hold_s=rule.hold_s,
        signs=tuple((sign.kind, chart.latest[sign.kind].value, sign.limit) for sign in signs),
        history_kind=signs[0].kind if signs else None,
    )
