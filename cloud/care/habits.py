"""What is usual for each patient, learnt in the background: whoever asks gets what is known by then."""

import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

import structlog

from cloud.alerts.rules.habits import NO_HABITS, Habits
from cloud.early_warning.learning import AGAIN_AFTER_MS, Learner, Learnt
from vitals.clock import Clock
from vitals.errors import CarewireError
from vitals.features.baseline import PersonalBaseline, Usual

__all__ = ["HabitsLearnt"]

_log = structlog.get_logger(__name__)

_MOST_PATIENTS: Final = 1_024
"""Whose habits are known at once, those first asked for: some 40 kB each."""
_WORK_SHARE: Final = 0.1
"""Of its time it learns so much and rests the other: who evaluates in the same process goes first."""
_LONGEST_REST_S: Final = 60.0
_IDLE_S: Final = 5.0
_UNASKED_MS: Final = 24 * AGAIN_AFTER_MS
_HOURS: Final = 24


@dataclass(slots=True)
class _Known:
    learnt: Learnt = field(default_factory=Learnt)
    habits: Habits = NO_HABITS
    again_ms: int = 0
    asked_ms: int = 0


@dataclass(slots=True, kw_only=True)
class HabitsLearnt:
    """The port HabitSource: `run` learns those asked for, one after the other, and again every hour."""

    learner: Learner
    clock: Clock
    _patients: dict[str, _Known] = field(default_factory=dict)
    _is_full_told: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _woken: threading.Event = field(default_factory=threading.Event)

    def of(self, patient_ids: Collection[str], now_ms: int) -> Mapping[str, Habits]:
        """Return what is known of each; who is asked for the first time is learnt soon."""
        with self._lock:
            return {each: self._known(each, now_ms).habits for each in patient_ids}

    def run(self, stop: threading.Event) -> None:
        """Learn until `stop` is set, never for more than a small share of the time."""
        while not stop.is_set():
            began_s = self.clock.monotonic_s()
            has_learnt = self.step()
            took_s = self.clock.monotonic_s() - began_s
            rest_s = min(took_s * (1 / _WORK_SHARE - 1), _LONGEST_REST_S)
            self._woken.wait(rest_s if has_learnt else _IDLE_S)
            self._woken.clear()

    def wake(self) -> None:
        """End a rest."""
        self._woken.set()

    def step(self) -> bool:
        """Learn the one patient who waits for it longest; tell whether anybody did."""
        now_ms = self.clock.wall_ms()
        with self._lock:
            self._forget(now_ms)
            due = [(known.again_ms, each) for each, known in self._patients.items() if _is_due(known, now_ms)]
        if not due:
            return False
        _, patient_id = min(due)
        self._learn(patient_id, now_ms)
        return True

    def _forget(self, now_ms: int) -> None:
        """Let go of whom nobody has asked for in a while: erased, or evaluated elsewhere by now."""
        for each in [each for each, known in self._patients.items() if now_ms - known.asked_ms > _UNASKED_MS]:
            del self._patients[each]

    def _known(self, patient_id: str, now_ms: int) -> _Known:
        known = self._patients.get(patient_id)
        if known is None:
            known = _Known()
            if self._is_full():
                return known
            self._patients[patient_id] = known
        known.asked_ms = now_ms
        return known

    def _is_full(self) -> bool:
        """Tell, and say once, that no more can be known: were each to make room in turn, nobody would be."""
        if len(self._patients) < _MOST_PATIENTS:
            self._is_full_told = False
            return False
        if not self._is_full_told:
            self._is_full_told = True
            _log.warning("care.habits_full", most=_MOST_PATIENTS)
        return True

    def _learn(self, patient_id: str, now_ms: int) -> None:
        with self._lock:
            known = self._patients.get(patient_id, _Known())
        try:
            self.learner.learn(patient_id, known.learnt, now_ms)
            known.habits = self._habits(known.learnt, now_ms)
        except Exception as error:  # noqa: BLE001 - one patient's trouble is not another's
            fault = str(error) if isinstance(error, CarewireError) else type(error).__name__
            _log.warning("care.habits_not_learnt", patient=patient_id, fault=fault)
        known.again_ms = now_ms + AGAIN_AFTER_MS

    def _habits(self, learnt: Learnt, now_ms: int) -> Habits:
        local = self.learner.history.local
        today = local.at(now_ms).toordinal()
        by_hour = {
            quantity: hours
            for quantity, baseline in learnt.baselines.items()
            if any(hours := _hours(baseline, today))
        }
        return Habits(by_hour=by_hour, night=self.learner.night(learnt, now_ms), local=local)


def _is_due(known: _Known, now_ms: int) -> bool:
    """Tell whether it is time; a clock that went back makes it so too."""
    return not known.again_ms - AGAIN_AFTER_MS <= now_ms < known.again_ms


def _hours(baseline: PersonalBaseline, today: int) -> tuple[Usual | None, ...]:
    return tuple(baseline.usual(hour, before_day=today) for hour in range(_HOURS))
