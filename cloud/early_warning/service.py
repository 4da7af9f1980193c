"""Early warnings of patients now: what is slow to read is learnt once and kept up, the rest is read anew."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

import structlog

from cloud.early_warning.assess import Assessment, ModelSilence, Read, RiskModel, assess
from cloud.early_warning.history import HOUR_MS, History, NightRead
from cloud.early_warning.quantities import QUANTITIES
from cloud.ports import Facts
from vitals.clock import Clock
from vitals.errors import StorageError
from vitals.features.baseline import KEPT_DAYS, PersonalBaseline
from vitals.scores.night_signal import Night, NightAlert, night_signal

__all__ = ["EarlyWarnings", "Later"]

_log = structlog.get_logger(__name__)

_MOST_PATIENTS: Final = 64
_AGAIN_AFTER_MS: Final = HOUR_MS
_LATE_MS: Final = 48 * HOUR_MS
"""How late a gateway's records may come and still be learnt; what comes later counts after a restart."""
_MOST_NIGHTS: Final = 90
"""The rule's median is of all nights there are; of these many at most here."""
_RECENT_MS: Final = 60_000
_NOBODY_SAID: Final = Facts()


Later = Callable[[Callable[[], None]], None]
"""Runs something beside whoever asked for it."""


@dataclass(slots=True)
class _Learnt:
    baselines: dict[str, PersonalBaseline] = field(
        default_factory=lambda: {each.key: PersonalBaseline(each.least_spread) for each in QUANTITIES}
    )
    nights: dict[date, NightRead] = field(default_factory=dict)
    until_ms: int | None = None
    recent: Assessment | None = None
    is_awaited: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)


@dataclass(slots=True, kw_only=True)
class EarlyWarnings:
    """Assesses patients by their stored series; ``model`` may be why there is none.

    The first time, weeks of a patient's readings are summed up, which takes seconds: ``of`` waits for it, and
    ``recent`` has it done by ``later``.
    """

    history: History
    clock: Clock
    model: RiskModel | ModelSilence
    later: Later
    _patients: "OrderedDict[str, _Learnt]" = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def of(self, patient_id: str, facts: Facts = _NOBODY_SAID) -> Assessment:
        """Assess a patient as they are now.

        Raises
        ------
        StorageError
            The store cannot answer.
        """
        learnt = self._learnt(patient_id)
        with learnt.lock:
            now_ms = self.clock.wall_ms()
            if learnt.until_ms is None or not 0 <= now_ms - learnt.until_ms < _AGAIN_AFTER_MS:
                self._learn(patient_id, learnt, now_ms)
            return assess(self._read(patient_id, learnt, now_ms), facts, self.model)

    def recent(self, patient_id: str) -> Assessment | None:
        """Return an assessment at most a minute old, for pages that are drawn at every heart beat.

        ``None`` while a patient's history is being learnt for the first time.

        Raises
        ------
        StorageError
            The store cannot answer.
        """
        learnt = self._learnt(patient_id)
        if learnt.until_ms is None and not learnt.is_awaited:
            learnt.is_awaited = True
            self.later(lambda: self._learn_first(patient_id, learnt))
        if learnt.until_ms is None:
            return None
        known = learnt.recent
        if known is None or not 0 <= self.clock.wall_ms() - known.now_ms < _RECENT_MS:
            known = learnt.recent = self.of(patient_id)
        return known

    def troubles(self) -> tuple[str, ...]:
        """Return what is not well, in words; a model that nobody installed is none."""
        if self.model is ModelSilence.REFUSED:
            return ("early warnings: the deterioration model is refused; see the log, and install it anew",)
        return ()

    def _learn_first(self, patient_id: str, learnt: _Learnt) -> None:
        try:
            self.of(patient_id)
        except StorageError as error:
            _log.warning("early_warning.not_learnt", error=str(error))
        finally:
            learnt.is_awaited = False

    def _learnt(self, patient_id: str) -> _Learnt:
        """Return what is known of a patient, and let go of whom nobody asked for longest."""
        with self._lock:
            learnt = self._patients.setdefault(patient_id, _Learnt())
            self._patients.move_to_end(patient_id)
            while len(self._patients) > _MOST_PATIENTS:
                self._patients.popitem(last=False)
            return learnt

    def _read(self, patient_id: str, learnt: _Learnt, now_ms: int) -> Read:
        nights = night_signal({night.date: night.mean for night in learnt.nights.values()})
        last_night = self.history.last_night(now_ms)
        hours = self.history.hours(patient_id, now_ms)
        return Read(
            now_ms=now_ms,
            last=self.history.last(patient_id, hours, now_ms),
            hours=hours,
            baselines=learnt.baselines,
            night=nights[-1] if nights and nights[-1].date == last_night else None,
            knows_steps=last_night in learnt.nights and learnt.nights[last_night].knows_steps,
            local=self.history.local,
        )

    def _learn(self, patient_id: str, learnt: _Learnt, now_ms: int) -> None:
        since_ms, nights = KEPT_DAYS * 24 * HOUR_MS, _MOST_NIGHTS
        if learnt.until_ms is not None and now_ms >= learnt.until_ms:
            missed_ms = now_ms - learnt.until_ms + _LATE_MS
            since_ms, nights = min(since_ms, missed_ms), min(nights, missed_ms // (24 * HOUR_MS) + 1)
        last_night = self.history.last_night(now_ms)
        dates = [last_night - timedelta(days=back) for back in range(nights)]
        learnt.nights |= {night.date: night for night in self.history.nights(patient_id, dates)}
        for old in sorted(learnt.nights)[:-_MOST_NIGHTS]:
            del learnt.nights[old]
        flagged = _flagged(learnt)
        for quantity in QUANTITIES:
            baseline = learnt.baselines[quantity.key]
            means = self.history.by_hour(patient_id, quantity, now_ms - since_ms, now_ms)
            for from_ms, mean in means.items():
                local = self.history.local.at(from_ms)
                baseline.learn(local.toordinal(), local.hour, mean)
            for night in flagged:
                baseline.flag(night.date.toordinal())
        learnt.until_ms = now_ms


def _flagged(learnt: _Learnt) -> list[Night]:
    """Nights whose days are not learnt from: an illness must not become what is usual."""
    nights = night_signal({night.date: night.mean for night in learnt.nights.values()})
    return [night for night in nights if night.is_settled and night.alert is not NightAlert.GREEN]
