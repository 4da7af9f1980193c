"""Rows about more than one value, rehearsed on means of minutes: changes, forecasts, scores, combinations.

Their detectors average over minutes anyhow, and a month of every second would be too much to look at. Where a
kind is measured once a minute or less, that is every value, dated to half a minute.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np

from cloud.alerts.rules.combination import CombinationRule, Sign, UnderWay, leaves_of
from cloud.alerts.rules.rows import EventRule, LimitRule, Rule
from cloud.alerts.rules.ruleset import RuleSet
from cloud.alerts.rules.scoring import BaselineRule, ScoreRule
from cloud.early_warning.quantities import QUANTITIES
from cloud.ports import Rollups
from cloud.rehearsal.columns import Columns
from cloud.rehearsal.history import History, Span
from cloud.rehearsal.means import SLICE_MS, means_of
from cloud.rehearsal.outcome import RehearsedAlert
from cloud.rehearsal.trial import Trial
from vitals.records import AnyRecord, ObservationRun

__all__ = ["MinuteRehearsal", "joined_by_minutes", "kinds_of", "with_members"]

_LEAST_GAP_S: Final = 90
"""Minutes that follow one another are joined, however close a row wants its values."""
_MEANS: Final = "means-of-minutes"
"""What stands for the devices: those of one kind are taken together."""
_QUANTITIES: Final = {quantity.key: quantity.kinds for quantity in QUANTITIES}


@dataclass(slots=True, kw_only=True)
class MinuteRehearsal:
    """Such rows before one patient; stretches are given in their order. `keys` are the rows it is about.

    The plan of `trial` holds those rows and the ones they are of; `minutes` are all of the span, by kind.
    """

    trial: Trial
    keys: frozenset[str]
    minutes: Mapping[str, Rollups]
    _means: Mapping[str, Columns] = field(init=False)
    _is_of_events: bool = field(init=False)

    def __post_init__(self) -> None:
        rows = self.trial.plan.rules.rows.values()
        self._is_of_events = bool(self.trial.plan.rules.of(EventRule))
        self._means = {kind: means_of(minutes, kind, rows) for kind, minutes in self.minutes.items()}

    def take(self, history: History, stretch: Span) -> None:
        """Judge a stretch, slice by slice."""
        for to_ms, records in self._slices(history, stretch):
            self.trial.judge(*records, at_ms=to_ms)

    def raised(self) -> Sequence[RehearsedAlert]:
        """Return what would have been raised, of the rows it is about."""
        return [one for one in self.trial.raised.values() if one.condition in self.keys]

    def _slices(self, history: History, stretch: Span) -> Iterator[tuple[int, list[AnyRecord]]]:
        told: dict[int, list[AnyRecord]] = {}
        for kind, means in self._means.items():
            for place, run in _runs(kind, means, stretch):
                told.setdefault(place, []).append(run)
        for event in history.events(stretch) if self._is_of_events else ():
            told.setdefault(event.noticed_ms // SLICE_MS, []).append(event)
        for place in sorted(told):
            yield (place + 1) * SLICE_MS, told[place]


def kinds_of(rows: Iterable[Rule]) -> frozenset[str]:
    """Return the kinds that rows read."""
    return frozenset(kind for row in rows for kind in _kinds(row))


def with_members(rows: Sequence[Rule], rules: RuleSet) -> list[Rule]:
    """Return rows and those whose alerts their combinations are of."""
    keys = {row.key for row in rows}
    leaves = (leaf for row in rows if isinstance(row, CombinationRule) for leaf in leaves_of(row.formula))
    members = {leaf.condition: rules[leaf.condition] for leaf in leaves if isinstance(leaf, UnderWay)}
    return [*rows, *(row for key, row in members.items() if key not in keys)]


def joined_by_minutes(row: Rule) -> Rule:
    """Return a row to which minutes that follow one another are without a gap."""
    gap_s = getattr(row, "longest_gap_s", _LEAST_GAP_S)
    changes: dict[str, Any] = {"longest_gap_s": _LEAST_GAP_S}
    return replace(row, **changes) if gap_s < _LEAST_GAP_S else row


def _kinds(row: Rule) -> Iterable[str]:
    match row:
        case LimitRule():
            return (row.kind,)
        case BaselineRule():
            return _QUANTITIES.get(row.kind, (row.kind,))
        case ScoreRule():
            return tuple(kind for kinds in _QUANTITIES.values() for kind in kinds)
        case CombinationRule():
            return tuple(leaf.kind for leaf in leaves_of(row.formula) if isinstance(leaf, Sign))
    return ()


def _runs(kind: str, means: Columns, stretch: Span) -> Iterator[tuple[int, ObservationRun]]:
    """Return what a kind tells of a stretch as records, a slice each, by the number of the slice."""
    first, last = np.searchsorted(means.t_ms, (stretch.from_ms, stretch.to_ms))
    part = means[first:last]
    places, begins = np.unique(part.t_ms // SLICE_MS, return_index=True)
    ends = np.append(begins, len(part))[1:]
    for place, begin, end in zip(places.tolist(), begins, ends, strict=True):
        yield place, part[begin:end].as_run(_MEANS, kind)
