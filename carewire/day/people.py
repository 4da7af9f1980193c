"""Simulated people of a day, who are told of alerts and look after them, or do not: a model.

Nobody measured these; they are round numbers a reader can judge: somebody told by day has a look within
minutes, by night later and less surely, sooner when it is high; what they find is what really was.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from types import MappingProxyType
from typing import Final

import numpy as np

from carewire.day.truth import Cause
from cloud.alerts.acknowledge import AcknowledgeReason, AlertService
from cloud.burden.report import is_night
from cloud.early_warning.local_time import LocalTime
from cloud.ports import Alert, AlertReader, HandOff, Person, Priority

__all__ = ["MODEL", "Habit", "People"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Habit:
    """How soon somebody looks: log-normal about `median_s` with a deviation of `spread`; and how surely."""

    median_s: float
    share_who_look: float
    spread: float = 0.7


MODEL: Final[Mapping[tuple[Priority, bool], Habit]] = MappingProxyType(
    {
        (Priority.HIGH, False): Habit(median_s=90, share_who_look=0.97),
        (Priority.HIGH, True): Habit(median_s=240, share_who_look=0.92),
        (Priority.MEDIUM, False): Habit(median_s=420, share_who_look=0.85),
        (Priority.MEDIUM, True): Habit(median_s=1500, share_who_look=0.6),
        (Priority.LOW, False): Habit(median_s=3600, share_who_look=0.6),
        (Priority.LOW, True): Habit(median_s=14_400, share_who_look=0.3),
    }
)
"""By priority, and whether it is night."""
_FOUND: Final[Mapping[Cause, AcknowledgeReason]] = MappingProxyType(
    {
        Cause.ILLNESS: AcknowledgeReason.REAL,
        Cause.EXERTION: AcknowledgeReason.KNOWN,
        Cause.DEVICE: AcknowledgeReason.HANDLED,
        Cause.ARTEFACT: AcknowledgeReason.FALSE_ALARM,
        Cause.NONE: AcknowledgeReason.FALSE_ALARM,
        Cause.NOT_JUDGED_HERE: AcknowledgeReason.KNOWN,
    }
)
"""What they say that they found."""


@dataclass(slots=True, kw_only=True)
class People:
    """Takes note of whom something was handed to, and acknowledges in their name when they would."""

    reader: AlertReader
    service: AlertService
    people: Mapping[str, Person]
    cause_of: Callable[[Alert], Cause]
    local: LocalTime
    _seen: int = 0
    _due_ms: dict[tuple[str, str], int] = field(default_factory=dict)

    def act(self, now_ms: int, newest: Mapping[int, HandOff]) -> None:
        """Let them learn of what was handed over since the last time, and look after what is due."""
        for number, one in newest.items():
            if number > self._seen and one.error is None and one.person_id in self.people:
                self._note(one, now_ms)
        self._seen = max((self._seen, *newest))
        for key, due_ms in sorted(self._due_ms.items(), key=lambda each: each[1]):
            if due_ms <= now_ms:
                del self._due_ms[key]
                self._look(*key, now_ms)

    def _note(self, one: HandOff, now_ms: int) -> None:
        if one.state is None or not one.state.awaits_a_person:
            return
        if (one.alert_id, one.person_id) in self._due_ms:
            return
        alert = self.reader.alert(one.alert_id)
        if alert is not None and (wait_s := self._wait_s(alert, one, now_ms)) is not None:
            self._due_ms[one.alert_id, one.person_id] = now_ms + round(wait_s * 1000)

    def _wait_s(self, alert: Alert, one: HandOff, now_ms: int) -> float | None:
        """Return after how long somebody looks, the same for the same telling; None: they do not."""
        habit = MODEL[alert.priority, is_night(self.local.at(now_ms))]
        told = f"{alert.id}/{one.person_id}/{one.step}"
        random = np.random.default_rng(int.from_bytes(sha256(told.encode()).digest()[:8]))
        if random.random() >= habit.share_who_look:
            return None
        return math.exp(math.log(habit.median_s) + habit.spread * random.normal())

    def _look(self, alert_id: str, person_id: str, now_ms: int) -> None:
        alert = self.reader.alert(alert_id)
        if alert is not None and alert.acknowledged_ms is None:
            self.service.acknowledge(alert_id, self.people[person_id], _FOUND[self.cause_of(alert)], now_ms)
