"""The alert worker: slices in, state and alerts committed together, what is owed handed over.

Killed anywhere it does the step again: a slice is forgotten only after its effect is committed
under its id, and an alert is owed until a hand-off of its newest state is recorded. Frozen and
thawed it commits nothing that another evaluates by then: its epoch has gone by.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Event
from typing import Final, TypeVar

import structlog

from cloud.alerts.judging.evaluate import evaluate, set_aside, tick
from cloud.alerts.judging.state import PatientState
from cloud.alerts.judging.surroundings import GatewayPresence, Watch
from cloud.alerts.rules.plan import CarePlan, CarePlans, StandardPlans
from cloud.alerts.telling.batch import Held
from cloud.alerts.telling.circles import Circles
from cloud.alerts.telling.messages import Messages
from cloud.alerts.telling.notify import NoSlowChannels, SlowChannels
from cloud.alerts.telling.pipeline import Pipeline
from cloud.alerts.wording.explanation import ENDED_BECAUSE
from cloud.alerts.working.settling import Settled, Settling, Task
from cloud.alerts.working.statistics import AlertStatistics
from cloud.early_warning.local_time import LocalTime
from cloud.partitions import partition_of
from cloud.ports import (
    Alert,
    AlertReader,
    AlertStateStore,
    Directory,
    Leases,
    LiveFeed,
    Notifier,
    PatientFeed,
    PatientSlice,
    Silence,
)
from vitals.clock import Clock
from vitals.errors import CarewireError

__all__ = ["AlertWorker", "Evaluate"]

Evaluate = Callable[[PatientState, PatientSlice, int, CarePlan], tuple[PatientState, list[Alert]]]
_T = TypeVar("_T")

SLICES_AT_ONCE: Final = 256
PATIENTS_AT_ONCE: Final = 64
"""How many are made durable together: to wait for the disk costs more than to evaluate a patient."""
TICK_MS: Final = 5_000
OVERDUE_TICK_MS: Final = 60_000
_TROUBLED_S: Final = 1.0
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Waiting:
    """What waits of one patient, in its order."""

    patient_id: str
    slices: Sequence[PatientSlice]

    @property
    def is_routine(self) -> bool:
        """Whether none of it is urgent."""
        return not any(one.is_urgent for one in self.slices)


@dataclass(slots=True, kw_only=True)
class AlertWorker:
    """The evaluator of the patients leased to it; `step` does what there is to do, `run` goes on until told.

    `idle_s` is how long it waits when nobody wakes it; `evaluation` is `evaluate` but in tests of failure.
    """

    feed: PatientFeed
    store: AlertStateStore
    reader: AlertReader
    directory: Directory
    circles: Circles
    pages: Notifier
    live: LiveFeed
    clock: Clock
    presence: GatewayPresence
    leases: Leases
    plans: CarePlans = field(default_factory=StandardPlans)
    messages: Messages = field(default_factory=Messages)
    slow: SlowChannels = field(default_factory=NoSlowChannels)
    silences: Callable[[int], Sequence[Silence]] = lambda _: ()
    local: LocalTime = field(default_factory=LocalTime)
    idle_s: float = 0.25
    evaluation: Evaluate = evaluate
    statistics: AlertStatistics = field(default_factory=AlertStatistics)
    _pipeline: Pipeline = field(init=False)
    _watch: Watch = field(init=False)
    _settling: Settling = field(init=False)
    _unseen: list[str] = field(default_factory=list)
    _stuck: set[str] = field(default_factory=set)
    _is_watching: bool = False
    _ticked_ms: int = field(init=False)
    _woken: Event = field(default_factory=Event)

    def __post_init__(self) -> None:
        self._pipeline = Pipeline(
            store=self.store,
            reader=self.reader,
            circles=self.circles,
            pages=self.pages,
            slow=self.slow,
            clock=self.clock,
            messages=self.messages,
            silences=self.silences,
            local=self.local,
            mine=self.leases.mine,
        )
        self._settling = Settling(store=self.store, leases=self.leases, statistics=self.statistics)
        self._ticked_ms = self.clock.wall_ms()
        self._watch = Watch(presence=self.presence, since_ms=self._ticked_ms)

    @property
    def unreached(self) -> Mapping[str, Held]:
        """The alerts that can be told to nobody as things stand, by their ids."""
        return self._pipeline.unreached

    def run(self, stop: Event) -> None:
        """Step until `stop` is set; a store in trouble is counted, logged and tried again."""
        while not stop.is_set():
            try:
                wait_s = 0.0 if self.step() or self._unseen else self.idle_s
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
        urgent, routine = self._sorted(waiting)
        done = sum(self._take_together(chunk) for chunk in _chunks(urgent))
        done += self._take_some(routine)
        self._tick_if_due(is_drained=len(waiting) < limit and len(routine) <= PATIENTS_AT_ONCE)
        self._hand_over()
        self.statistics.stepped_s = self.clock.monotonic_s()
        return done

    def _sorted(self, slices: Sequence[PatientSlice]) -> tuple[Sequence[_Waiting], Sequence[_Waiting]]:
        """Part the patients with an event from the others, of whom those that could not be kept come last."""
        patients = _by_patient(slices)
        routine = [one for one in patients if one.is_routine]
        routine.sort(key=lambda one: one.patient_id in self.statistics.blocked)
        return [one for one in patients if not one.is_routine], routine

    def _take_some(self, routine: Sequence[_Waiting]) -> int:
        """Evaluate a chunk: an event that comes meanwhile waits no longer than that."""
        counts = (self._take_together(chunk) for chunk in _chunks(routine))
        return next((count for count in counts if count), 0)

    def _hand_over(self) -> None:
        self.statistics.note_batch(self._pipeline.run())

    def _take_together(self, patients: Sequence[_Waiting]) -> int:
        """Evaluate several patients, make it durable at once, and hand over before the next are evaluated."""
        slices = {one.patient_id: one.slices for one in patients}

        def wait(patient_id: str, error: Exception) -> None:
            self._stuck.update(one.message_id for one in slices[patient_id])
            self.statistics.blocked.add(patient_id)
            self._note_trouble(patient_id, error)

        settled = self._settling.settled(list(slices), lambda: self._evaluations(slices), wait)
        for one in settled:
            self.statistics.blocked.discard(one.patient_id)
            self._publish(one)
        if any(one.changed for one in settled):
            self._hand_over()
        ids = [each.message_id for one in settled for each in slices[one.patient_id]]
        self.feed.done(ids)
        return len(ids)

    def _evaluations(self, slices: Mapping[str, Sequence[PatientSlice]]) -> Sequence[Task]:
        done = self.store.done_of([one.message_id for theirs in slices.values() for one in theirs])
        plans = self.plans.of(slices.keys(), self.clock.wall_ms())
        return [
            self._evaluation(
                patient_id, [one for one in theirs if one.message_id not in done], plans[patient_id]
            )
            for patient_id, theirs in slices.items()
        ]

    def _evaluation(self, patient_id: str, fresh: Sequence[PatientSlice], plan: CarePlan) -> Task:
        def judge_all(state: PatientState) -> tuple[PatientState, list[Alert]]:
            changed = dict[str, Alert]()
            for one in fresh:
                state, alerts = self._judge(state, one, plan)
                changed |= {alert.id: alert for alert in alerts}
            return state, list(changed.values())

        return Task(patient_id=patient_id, judge=judge_all, message_ids=[one.message_id for one in fresh])

    def _judge(
        self, state: PatientState, fresh: PatientSlice, plan: CarePlan
    ) -> tuple[PatientState, list[Alert]]:
        try:
            return self.evaluation(state, fresh, self.clock.wall_ms(), plan)
        except Exception as error:  # noqa: BLE001 - poison is said aloud and set aside, the rest goes on
            self.statistics.counters["slice.set_aside"] += 1
            _log.error("alerts.slice_set_aside", slice=fresh.message_id, fault=_fault(error))
            return set_aside(state, fresh, self.clock.wall_ms())

    def _tick_if_due(self, *, is_drained: bool) -> None:
        """Silence is judged once what waited has been heard, or when that takes too long."""
        since_ms = self.clock.wall_ms() - self._ticked_ms
        is_due = since_ms >= OVERDUE_TICK_MS or (is_drained and since_ms >= TICK_MS) or since_ms < 0
        if is_due and not self._unseen:
            self._ticked_ms = self.clock.wall_ms()
            mine = self.leases.mine()
            known = {*self.store.patients(), *self.directory.wearers()}
            self._unseen = [each for each in sorted(known) if partition_of(each) in mine]
            self._settling.forget_all_but(self._unseen)
            self.statistics.forget_all_but(self._unseen)
            self._is_watching = True
        self._watch_some()
        if self._is_watching and not self._unseen:
            self._is_watching = False
            self.statistics.watched_s = self.clock.monotonic_s()

    def _watch_some(self) -> None:
        """Judge the passing of time for a chunk of those who are yet to be seen: no event waits for more."""
        chunk, self._unseen = self._unseen[:PATIENTS_AT_ONCE], self._unseen[PATIENTS_AT_ONCE:]
        if not chunk:
            return
        for one in self._settling.settled(chunk, lambda: self._ticks(chunk), self._unwatch):
            self.statistics.unwatched.discard(one.patient_id)
            self._publish(one)

    def _ticks(self, patients: Sequence[str]) -> Sequence[Task]:
        now_ms = self.clock.wall_ms()
        worn, heard = self.directory.devices_worn_by(patients), self.presence.heard_ms_by_gateway()
        plans = self.plans.of(patients, now_ms)
        self._watch.look(heard, now_ms)
        self.statistics.fallen = len(self._watch.together.fallen)

        def tick_of(patient_id: str) -> Task:
            around = self._watch.around(worn.get(patient_id, ()), heard, now_ms)
            return Task(
                patient_id=patient_id, judge=lambda state: tick(state, now_ms, around, plans[patient_id])
            )

        return [tick_of(each) for each in patients]

    def _unwatch(self, patient_id: str, error: Exception) -> None:
        self.statistics.unwatched.add(patient_id)
        self._note_trouble(patient_id, error)

    def _note_trouble(self, patient_id: str, error: Exception) -> None:
        self.statistics.counters["patient.failed"] += 1
        _log.error("alerts.patient_failed", patient=patient_id, fault=_fault(error))

    def _publish(self, one: Settled) -> None:
        for alert in one.changed:
            self.statistics.note_alerts((alert,))
            _log.info(
                "alert.transition",
                alert=alert.id,
                condition=alert.condition,
                state=alert.state.value,
                because=alert.explanation.get(ENDED_BECAUSE),
            )
            self.live.publish(alert.patient_id, "alert", {"id": alert.id, "state": alert.state.value})


def _fault(error: Exception) -> str:
    """Say what went wrong without a value that a message may hold; our own messages hold none."""
    return str(error) if isinstance(error, CarewireError) else type(error).__name__


def _by_patient(slices: Sequence[PatientSlice]) -> Sequence[_Waiting]:
    """Group by patient, in the order of whoever waits longest; each patient's order is kept."""
    theirs: dict[str, list[PatientSlice]] = {}
    for one in slices:
        theirs.setdefault(one.patient_id, []).append(one)
    return [_Waiting(patient_id=patient_id, slices=slices) for patient_id, slices in theirs.items()]


def _chunks(patients: Sequence[_T]) -> Iterator[Sequence[_T]]:
    for first in range(0, len(patients), PATIENTS_AT_ONCE):
        yield patients[first : first + PATIENTS_AT_ONCE]
