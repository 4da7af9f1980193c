"""The alert worker: slices in, state and alerts committed together, what is owed handed over.

Killed anywhere it does the step again: a slice is forgotten only after its effect is committed
under its id, and an alert is owed until a hand-off of its newest state is recorded. Frozen and
thawed it commits nothing that another evaluates by then: its epoch has gone by.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from threading import Event
from typing import Final

import structlog

from cloud.alerts.evaluate import evaluate, set_aside, tick
from cloud.alerts.pipeline import Pipeline
from cloud.alerts.silence import Silence
from cloud.alerts.state import PatientState, decode_state, encode_state
from cloud.alerts.statistics import AlertStatistics
from cloud.alerts.watchdog import GatewayPresence, Watch
from cloud.partitions import partition_of
from cloud.ports import (
    Alert,
    AlertReader,
    AlertStateStore,
    Directory,
    FencedError,
    Leases,
    LiveFeed,
    Notifier,
    OvertakenError,
    PatientFeed,
    PatientSlice,
    Remembered,
)
from vitals.clock import Clock
from vitals.errors import CarewireError, StorageError

__all__ = ["AlertWorker", "Evaluate"]

Evaluate = Callable[[PatientState, PatientSlice, int], tuple[PatientState, list[Alert]]]
_Judge = Callable[[PatientState], tuple[PatientState, list[Alert]]]

SLICES_AT_ONCE: Final = 256
TICK_MS: Final = 5_000
OVERDUE_TICK_MS: Final = 60_000
_TRIES: Final = 5
"""How often a patient is evaluated anew because somebody changed the state meanwhile."""
_TROUBLED_S: Final = 1.0
_log = structlog.get_logger()


@dataclass(slots=True, kw_only=True)
class AlertWorker:
    """The evaluator of the patients leased to it; `step` does what there is to do, `run` goes on until told.

    `idle_s` is how long it waits when nobody wakes it; `evaluation` is `evaluate` but in tests of failure.
    """

    feed: PatientFeed
    store: AlertStateStore
    reader: AlertReader
    directory: Directory
    notifiers: Sequence[Notifier]
    live: LiveFeed
    clock: Clock
    presence: GatewayPresence
    leases: Leases
    silences: Callable[[], Sequence[Silence]] = tuple
    idle_s: float = 0.25
    evaluation: Evaluate = evaluate
    statistics: AlertStatistics = field(default_factory=AlertStatistics)
    _pipeline: Pipeline = field(init=False)
    _watch: Watch = field(init=False)
    _stuck: set[str] = field(default_factory=set)
    _ticked_ms: int = field(init=False)
    _woken: Event = field(default_factory=Event)

    def __post_init__(self) -> None:
        self._pipeline = Pipeline(
            store=self.store,
            reader=self.reader,
            directory=self.directory,
            notifiers=self.notifiers,
            clock=self.clock,
            silences=self.silences,
            mine=self.leases.mine,
        )
        self._ticked_ms = self.clock.wall_ms()
        self._watch = Watch(presence=self.presence, since_ms=self._ticked_ms)

    def run(self, stop: Event) -> None:
        """Step until `stop` is set; a store in trouble is counted, logged and tried again."""
        while not stop.is_set():
            try:
                wait_s = 0.0 if self.step() else self.idle_s
            except Exception as error:  # noqa: BLE001 - the thread that alerts outlives whatever goes wrong
                self.statistics.counters["worker.failed"] += 1
                _log.error("alerts.step_failed", fault=_fault(error))
                wait_s = _TROUBLED_S
            if wait_s:
                self._woken.wait(wait_s)
                self._woken.clear()

    def wake(self) -> None:
        """Tell the worker, from any thread, that there is something to do."""
        self._woken.set()

    def step(self) -> int:
        """Evaluate what waits, judge the passing of time, hand over what is owed; return slices done."""
        limit = SLICES_AT_ONCE + len(self._stuck)
        waiting = self.feed.pending(limit, self.leases.mine().keys())
        self._stuck.clear()
        done = sum(self._take(patient, list(slices)) for patient, slices in _by_patient(waiting))
        self._tick_if_due(is_drained=len(waiting) < limit)
        self.statistics.note_batch(self._pipeline.run())
        self.statistics.stepped_s = self.clock.monotonic_s()
        return done

    def _take(self, patient_id: str, slices: list[PatientSlice]) -> int:
        """Evaluate one patient's slices in order and commit once; another patient's trouble is not theirs."""
        try:
            changed = self._evaluate(patient_id, slices)
        except FencedError:
            self._leave(patient_id)
            return 0
        except StorageError as error:
            self._stuck.update(one.message_id for one in slices)
            self.statistics.blocked.add(patient_id)
            self._note_trouble(patient_id, error)
            return 0
        self.statistics.blocked.discard(patient_id)
        self._publish(patient_id, changed)
        self.feed.done([one.message_id for one in slices])
        return len(slices)

    def _evaluate(self, patient_id: str, slices: list[PatientSlice]) -> list[Alert]:
        fresh = [one for one in slices if not self.store.is_done(one.message_id)]

        def judge_all(state: PatientState) -> tuple[PatientState, list[Alert]]:
            changed = dict[str, Alert]()
            for one in fresh:
                state, alerts = self._judge(state, one)
                changed |= {alert.id: alert for alert in alerts}
            return state, list(changed.values())

        return self._change(patient_id, judge_all, [one.message_id for one in fresh]) if fresh else []

    def _change(self, patient_id: str, judge: _Judge, message_ids: Sequence[str] = ()) -> list[Alert]:
        """Commit what `judge` makes of the patient's state; anew if a person's word came in between."""
        epoch = self._epoch(patient_id)
        for _ in range(_TRIES):
            before = self.store.load(patient_id)
            state = _decoded(before)
            after, changed = judge(state)
            if after == state and not message_ids:
                return changed
            try:
                self.store.commit(before, encode_state(after), changed, message_ids, epoch=epoch)
            except OvertakenError:
                self.statistics.counters["patient.overtaken"] += 1
            else:
                return changed
        raise OvertakenError(f"the alert state was changed {_TRIES} times while it was worked out")

    def _epoch(self, patient_id: str) -> int:
        try:
            return self.leases.mine()[partition_of(patient_id)]
        except KeyError:
            raise FencedError("the lease of these patients has ended") from None

    def _leave(self, patient_id: str) -> None:
        """Leave a patient to whoever evaluates them now: it all waits for them."""
        self.leases.lost(partition_of(patient_id))
        self.statistics.counters["patient.fenced"] += 1
        self.statistics.blocked.discard(patient_id)
        self.statistics.unwatched.discard(patient_id)
        _log.warning("alerts.fenced", patient=patient_id)

    def _judge(self, state: PatientState, fresh: PatientSlice) -> tuple[PatientState, list[Alert]]:
        try:
            return self.evaluation(state, fresh, self.clock.wall_ms())
        except Exception as error:  # noqa: BLE001 - poison is said aloud and set aside, the rest goes on
            self.statistics.counters["slice.set_aside"] += 1
            _log.error("alerts.slice_set_aside", slice=fresh.message_id, fault=_fault(error))
            return set_aside(state, fresh, self.clock.wall_ms())

    def _tick_if_due(self, *, is_drained: bool) -> None:
        """Silence is judged once what waited has been heard, or when that takes too long."""
        since_ms = self.clock.wall_ms() - self._ticked_ms
        if since_ms >= OVERDUE_TICK_MS or (is_drained and since_ms >= TICK_MS) or since_ms < 0:
            self._ticked_ms = self.clock.wall_ms()
            mine = self.leases.mine()
            for patient_id in self.store.patients():
                if partition_of(patient_id) in mine:
                    self._tick(patient_id)

    def _tick(self, patient_id: str) -> None:
        try:
            now_ms = self.clock.wall_ms()
            around = self._watch.around(self.directory.devices_of(patient_id), now_ms)
            changed = self._change(patient_id, lambda state: tick(state, now_ms, around))
        except FencedError:
            self._leave(patient_id)
        except Exception as error:  # noqa: BLE001 - one patient's trouble never ends the watch over others
            self.statistics.unwatched.add(patient_id)
            self._note_trouble(patient_id, error)
        else:
            self.statistics.unwatched.discard(patient_id)
            self._publish(patient_id, changed)

    def _note_trouble(self, patient_id: str, error: Exception) -> None:
        self.statistics.counters["patient.failed"] += 1
        _log.error("alerts.patient_failed", patient=patient_id, fault=_fault(error))

    def _publish(self, patient_id: str, changed: Iterable[Alert]) -> None:
        for alert in changed:
            self.statistics.note_alerts((alert,))
            _log.info("alert.transition", alert=alert.id, condition=alert.condition, state=alert.state.value)
            self.live.publish(patient_id, "alert", {"id": alert.id, "state": alert.state.value})


def _decoded(before: Remembered) -> PatientState:
    return PatientState(patient_id=before.patient_id) if before.state is None else decode_state(before.state)


def _fault(error: Exception) -> str:
    """Say what went wrong without a value that a message may hold; our own messages hold none."""
    return str(error) if isinstance(error, CarewireError) else type(error).__name__


def _by_patient(slices: Sequence[PatientSlice]) -> Iterable[tuple[str, Iterable[PatientSlice]]]:
    """Group by patient; the sort is stable, so each patient's order is kept."""
    ordered = sorted(slices, key=lambda one: one.patient_id)
    return groupby(ordered, key=lambda one: one.patient_id)
