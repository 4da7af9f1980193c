"""What rehearsed alerts amount to, and what should be said of it before such rules are saved."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Final

import numpy as np

from cloud.alerts.rules.plan import CarePlan
from cloud.alerts.rules.rows import LimitRule
from cloud.ports import Rollups
from cloud.rehearsal.history import MINUTE_MS
from cloud.rehearsal.outcome import MOST_OF_THE_TIME, Caution, ConditionBurden, RehearsedAlert, Warned

__all__ = ["burden_of", "warnings_of"]

_BY_CONDITION: Final = attrgetter("condition")


def burden_of(
    alerts: Sequence[RehearsedAlert], plan: CarePlan, minutes: Mapping[str, Rollups], until_ms: int
) -> Sequence[ConditionBurden]:
    """Sum up by condition, in the order of the rows; a limit whose kind was measured is always there."""
    raised = {
        key: list(those) for key, those in groupby(sorted(alerts, key=_BY_CONDITION), key=_BY_CONDITION)
    }
    found = []
    for row in plan.rules.rows.values():
        those = raised.get(row.key, [])
        measured_ms = None
        if isinstance(row, LimitRule):
            measured_ms = measured(minutes[row.kind], row.longest_gap_s * 1000, until_ms)
        if those or measured_ms:
            found.append(
                ConditionBurden(
                    condition=row.key,
                    priority=row.priority,
                    alerts=len(those),
                    alarm_ms=_together_ms(those, until_ms),
                    measured_ms=measured_ms,
                )
            )
    return found


def warnings_of(burden: Iterable[ConditionBurden]) -> Sequence[Warned]:
    """Say what is wrong with limits: one that is an alert most of the time, and one that never is."""
    return tuple(_warnings(burden))


def measured(minutes: Rollups, longest_gap_ms: int, until_ms: int) -> int:
    """Return for how long a kind was measured: up to the next value, or as long as one proves anything."""
    from_ms = minutes.from_ms[minutes.from_ms < until_ms]
    if not len(from_ms):
        return 0
    to_next_ms = np.diff(np.append(from_ms, until_ms))
    return int(np.minimum(to_next_ms, max(longest_gap_ms, MINUTE_MS)).sum())


def _together_ms(alerts: Iterable[RehearsedAlert], until_ms: int) -> int:
    """Return for how long any of these alerts went on: what two devices see at once counts once."""
    total_ms = reached_ms = 0
    for one in sorted(alerts, key=attrgetter("raised_ms")):
        ended_ms = until_ms if one.ended_ms is None else one.ended_ms
        total_ms += max(0, ended_ms - max(one.raised_ms, reached_ms))
        reached_ms = max(reached_ms, ended_ms)
    return total_ms


def _warnings(burden: Iterable[ConditionBurden]) -> Iterator[Warned]:
    for one in burden:
        if one.share is not None and one.share > MOST_OF_THE_TIME:
            because = f"it would be an alert for {one.share:.0%} of the time in which this was measured"
            yield Warned(caution=Caution.ALARMS_MOST_OF_THE_TIME, condition=one.condition, because=because)
        elif not one.alerts:
            because = "nothing in this history would have raised it"
            yield Warned(caution=Caution.NEVER, condition=one.condition, because=because)
