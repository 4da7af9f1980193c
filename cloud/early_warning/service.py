"""Early warnings of patients now: what is slow to read is learnt once and kept up, the rest is read anew."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

import structlog

from cloud.early_warning.assess import Assessment, ModelSilence, Read, RiskModel, assess
from cloud.early_warning.history import History
from cloud.early_warning.learning import Learner, Learnt
from cloud.early_warning.quantities import LEARNT_OF
from cloud.ports import Facts
from vitals.clock import Clock
from vitals.errors import StorageError
from vitals.features.baseline import Usual

__all__ = ["EarlyWarnings", "Later"]

_log = structlog.get_logger(__name__)

_MOST_PATIENTS: Final = 64
_NOBODY_SAID: Final = Facts()
_RECENT_MS: Final = 60_000


Later = Callable[[Callable[[], None]], None]
"""Runs something beside whoever asked for it."""


@dataclass(slots=True)
class _Known:
    learnt: Learnt = field(default_factory=Learnt)
    recent: Assessment | None = None
    recent_by: Facts = _NOBODY_SAID
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
    _patients: "OrderedDict[str, _Known]" = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def of(self, patient_id: str, facts: Facts = _NOBODY_SAID) -> Assessment:
        """Assess a patient as they are now.

        Raises
        ------
        StorageError
            The store cannot answer.
        """
        known = self._known(patient_id)
        with known.lock:
            now_ms = self.clock.wall_ms()
            if known.learnt.is_due(now_ms):
                Learner(history=self.history).learn(patient_id, known.learnt, now_ms)
            return assess(self._read(patient_id, known.learnt, now_ms), facts, self.model)

    def recent(self, patient_id: str, facts: Facts = _NOBODY_SAID) -> Assessment | None:
        """Return an assessment by these facts at most a minute old, for pages drawn at every heart beat.

        ``None`` while a patient's history is being learnt for the first time.

        Raises
        ------
        StorageError
            The store cannot answer.
        """
        known = self._known(patient_id)
        if known.learnt.until_ms is None:
            self._learn_later(patient_id, known)
        if known.learnt.until_ms is None:
            return None
        recent = known.recent
        is_recent = recent is not None and 0 <= self.clock.wall_ms() - recent.now_ms < _RECENT_MS
        if not is_recent or known.recent_by != facts:
            recent = known.recent = self.of(patient_id, facts)
            known.recent_by = facts
        return recent

    def usual_by_hour(self, patient_id: str, kind: str) -> Mapping[int, Usual]:
        """Return what is usual of a kind by the hour of the day, as learnt until yesterday.

        Nothing of an hour that is not known, and nothing while a history is learnt for the first time.
        """
        known = self._known(patient_id)
        if known.learnt.until_ms is None:
            self._learn_later(patient_id, known)
        if known.learnt.until_ms is None:
            return {}
        with known.lock:
            baseline = known.learnt.baselines.get(LEARNT_OF.get(kind, ""))
            today = self.history.local.at(self.clock.wall_ms()).toordinal()
            found = {hour: baseline.usual(hour, before_day=today) for hour in range(24)} if baseline else {}
        return {hour: usual for hour, usual in found.items() if usual is not None}

    def troubles(self) -> tuple[str, ...]:
        """Return what is not well, in words; a model that nobody installed is none."""
        if self.model is ModelSilence.REFUSED:
            return ("early warnings: the deterioration model is refused; see the log, and install it anew",)
        return ()

    def _learn_later(self, patient_id: str, known: _Known) -> None:
        if not known.is_awaited:
            known.is_awaited = True
            self.later(lambda: self._learn_first(patient_id, known))

    def _learn_first(self, patient_id: str, known: _Known) -> None:
        try:
            self.of(patient_id)
        except StorageError as error:
            _log.warning("early_warning.not_learnt", error=str(error))
        finally:
            known.is_awaited = False

    def _known(self, patient_id: str) -> _Known:
        """Return what is known of a patient, and let go of whom nobody asked for longest."""
        with self._lock:
            known = self._patients.setdefault(patient_id, _Known())
            self._patients.move_to_end(patient_id)
            while len(self._patients) > _MOST_PATIENTS:
                self._patients.popitem(last=False)
            return known

    def _read(self, patient_id: str, learnt: Learnt, now_ms: int) -> Read:
        last_night = self.history.last_night(now_ms)
        hours = self.history.hours(patient_id, now_ms)
        return Read(
            now_ms=now_ms,
            last=self.history.last(patient_id, hours, now_ms),
            hours=hours,
            baselines=learnt.baselines,
            night=Learner(history=self.history).night(learnt, now_ms),
            knows_steps=last_night in learnt.nights and learnt.nights[last_night].knows_steps,
            local=self.history.local,
        )
