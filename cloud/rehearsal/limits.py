"""Limits rehearsed: of all values, the detectors are given those with which an episode begins or ends.

Which these are, columns tell: a run beyond the limit that does not last comes to nothing, and while an alert
goes on nothing matters but the run with which it clears. `judging` decides all the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from cloud.alerts.judging.state import PatientState
from cloud.alerts.rules.plan import CarePlan
from cloud.alerts.rules.rows import Direction, ThresholdRule
from cloud.ports import Alert, AlertState, Rollups
from cloud.rehearsal.columns import NONE, Columns, Flags, flags, rounded
from cloud.rehearsal.history import MINUTE_MS, Span
from cloud.rehearsal.outcome import RehearsedAlert
from cloud.rehearsal.runs import Lasting, Runs
from cloud.rehearsal.trial import Trial

__all__ = ["LimitRehearsal"]


@dataclass(slots=True, kw_only=True)
class LimitRehearsal:
    """One limit before one patient; stretches are given in their order, and only those it wants.

    `plan` holds that row alone. `minutes` are all of the span.
    """

    rule: ThresholdRule
    plan: CarePlan
    patient_id: str
    minutes: Rollups
    _beyond_ms: NDArray[np.int64] = field(init=False)
    _devices: dict[str, "_DeviceRehearsal"] = field(default_factory=dict)

    def __post_init__(self) -> None:
        lowest, highest = (
            rounded(self.rule.kind, each) for each in (self.minutes.minimum, self.minutes.maximum)
        )
        is_beyond = flags(self.rule.is_beyond, lowest) | flags(self.rule.is_beyond, highest)
        self._beyond_ms = self.minutes.from_ms[is_beyond]

    def wants(self, stretch: Span) -> bool:
        """Tell whether its values may change anything: some are beyond, or an episode is under way."""
        first, last = np.searchsorted(self._beyond_ms, (stretch.from_ms - MINUTE_MS + 1, stretch.to_ms))
        return bool(last > first) or any(each.is_under_way for each in self._devices.values())

    def take(self, by_device: Mapping[str, Columns]) -> None:
        """Judge a stretch."""
        for device, columns in by_device.items():
            if device not in self._devices:
                trial = Trial(plan=self.plan, state=PatientState(patient_id=self.patient_id))
                self._devices[device] = _DeviceRehearsal(rule=self.rule, device=device, trial=trial)
            self._devices[device].take(columns)

    def raised(self) -> list[RehearsedAlert]:
        """Return what would have been raised."""
        return [alert for each in self._devices.values() for alert in each.trial.raised.values()]


@dataclass(slots=True, kw_only=True)
class _DeviceRehearsal:
    """One limit before one device; `_open` is the run under way at the end of what was given."""

    rule: ThresholdRule
    device: str
    trial: Trial
    _open: Columns = NONE

    @property
    def is_under_way(self) -> bool:
        """Whether what comes next may raise or end something."""
        return len(self._open) > 0 or self._going_on() is not None

    def take(self, fresh: Columns) -> None:
        """Judge what comes next."""
        if self._is_latched():
            return
        points = self._open.then(fresh)
        value = rounded(self.rule.kind, points.value)
        beyond = self._runs(points, flags(self.rule.is_beyond, value), self.rule.hold_s)
        clear = self._runs(points, flags(self.rule.is_clear, value), self.rule.clear_s)
        at = 0
        while (found := (clear if self._going_on() else beyond).next_from(at)) is not None:
            self._judge(points, value, at, found)
            at = found.reached + 1
            if self._is_latched():
                self._open = NONE
                return
        going_on = self._going_on()
        if going_on is not None:
            self._worsen(going_on, value[at:])
        self._open = points[max(at, (clear if going_on else beyond).open_from) :]

    def _judge(self, points: Columns, value: NDArray[np.float64], at: int, found: Lasting) -> None:
        """Give the detectors the run with which an episode begins or ends, and note how far it went."""
        before = self._going_on()
        run = points[found.first : found.reached + 1]
        deciding = run.thinned(self.rule.longest_gap_s * 1000)
        self.trial.judge(deciding.as_run(self.device, self.rule.kind), at_ms=int(deciding.t_ms[-1]))
        alert_id = before or self._going_on()
        if alert_id is not None:
            self._worsen(alert_id, value[at if before else found.first : found.reached + 1])

    def _runs(self, points: Columns, holds: Flags, lasting_s: int) -> Runs:
        gap_ms = self.rule.longest_gap_s * 1000
        return Runs.of(points.t_ms, holds, longest_gap_ms=gap_ms, lasting_ms=lasting_s * 1000)

    def _alert(self) -> Alert | None:
        episode = self.trial.episode(self.rule.key, self.device)
        return None if episode is None else episode.alert

    def _going_on(self) -> str | None:
        """Return the alert whose end is waited for."""
        alert = self._alert()
        return None if alert is None or alert.state is AlertState.LATCHED else alert.id

    def _is_latched(self) -> bool:
        """Tell whether an alert waits for a person: until one comes, there is no other."""
        alert = self._alert()
        return alert is not None and alert.state is AlertState.LATCHED

    def _worsen(self, alert_id: str, value: NDArray[np.float64]) -> None:
        worst = self.trial.raised[alert_id].worst
        known = value if worst is None else np.append(value, worst)
        if len(known):
            is_above = self.rule.direction is Direction.ABOVE
            self.trial.worsen(alert_id, float(known.max() if is_above else known.min()))
