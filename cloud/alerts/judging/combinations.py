"""Several signs at once: the newest value of each kind, and open alerts, held against formulas."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Self

from cloud.alerts.judging.chart import Chart
from cloud.alerts.judging.lasting import Look, judge_lasting
from cloud.alerts.judging.state import Episode, Latest
from cloud.alerts.rules.by_kind import Signs
from cloud.alerts.rules.combination import CombinationRule, Formula, Sign, Together, UnderWay, leaves_of
from cloud.alerts.wording.explanation import Finding
from cloud.ports import AlertState
from vitals.records import ObservationRun

__all__ = ["COMBINED", "CombinationDetector", "judge_combined"]

COMBINED: Final = "combined"
"""What an episode is of that no device alone is behind."""


@dataclass(slots=True, kw_only=True)
class CombinationDetector:
    """Judges one run: a value that is beyond no sign cannot begin anything, and is only remembered."""

    chart: Chart
    combinations: tuple[Signs, ...]
    kind: str
    device: str

    @classmethod
    def over(cls, chart: Chart, run: ObservationRun) -> Self | None:
        """Take the combinations that the run's kind is part of, if there are any."""
        combinations = chart.plan.rules.signs.get(run.kind)
        if combinations is None:
            return None
        return cls(chart=chart, combinations=combinations, kind=run.kind, device=run.device)

    def take(self, t_ms: int, value: float, quality: float | None) -> None:  # noqa: ARG002 - the protocol's
        """Remember a value as the newest of its kind, and look at each combination."""
        chart = self.chart
        chart.note_latest(self.kind, Latest(t_ms=t_ms, value=value, device=self.device))
        for seen in self.combinations:
            if seen.may_begin(value) or (seen.rule.key, COMBINED) in chart.episodes:
                _judge(chart, seen.rule, t_ms)

    def close(self) -> None:
        """Leave things as they are: all is in the chart."""


def judge_combined(chart: Chart, condition: str, t_ms: int) -> None:
    """Look at the combinations that are of a condition whose alert has changed at `t_ms`."""
    for rule in chart.plan.rules.combined.get(condition, ()):
        _judge(chart, rule, t_ms)


def _judge(chart: Chart, rule: CombinationRule, t_ms: int) -> None:
    """Look at a combination as of the newest that is known of its parts: each kind comes in its own time."""
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
            return any(_is_under_way(formula, episode, at_ms) for episode in _alerts(chart, formula))
        case Together():
            return sum(_holds(chart, part, at_ms) for part in formula.parts) >= formula.least


def _alerts(chart: Chart, under_way: UnderWay) -> list[Episode]:
    return [one for one in chart.episodes.values() if one.rule == under_way.condition and one.alert]


def _is_under_way(formula: UnderWay, episode: Episode, at_ms: int) -> bool:
    if formula.within_s is None:
        return episode.life is not AlertState.LATCHED
    return abs(at_ms - episode.began_ms) <= 1000 * formula.within_s


def _devices(chart: Chart, leaf: Sign | UnderWay) -> tuple[str, ...]:
    if isinstance(leaf, Sign):
        return (chart.latest[leaf.kind].device,)
    return tuple(device for episode in _alerts(chart, leaf) for device in episode.devices)


def _finding(
    chart: Chart, devices: tuple[str, ...], rule: CombinationRule, holding: Sequence[Sign | UnderWay]
) -> Finding:
    signs = _signs(holding)
    return Finding(
        devices=devices,
        hold_s=rule.hold_s,
        signs=tuple((sign.kind, chart.latest[sign.kind].value, sign.limit) for sign in signs),
        history=tuple(chart.recent.get(signs[0].kind, ())) if signs else (),
    )
