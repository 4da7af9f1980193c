"""What was worked out from several patients' states, made durable at once; one's trouble costs no other."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

import structlog

from cloud.alerts.judging.state import PatientState, encode_state
from cloud.alerts.working.memory import Known, Memory
from cloud.alerts.working.statistics import AlertStatistics
from cloud.partitions import partition_of
from cloud.ports import Alert, AlertStateStore, FencedError, Judgement, Leases, OvertakenError
from vitals.errors import StorageError

__all__ = ["Judge", "Settled", "Settling", "Task", "Troubled"]

Judge = Callable[[PatientState], tuple[PatientState, list[Alert]]]
Troubled = Callable[[str, Exception], None]
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What is to be done with one patient's state, and the slices that are done with it."""

    patient_id: str
    judge: Judge
    message_ids: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What came of one patient's state, and what of it has to be kept, if anything."""

    patient_id: str
    known: Known
    changed: Sequence[Alert]
    to_keep: Judgement | None


@dataclass(slots=True, kw_only=True)
class Settling:
    """Does tasks under the leases held, and tells whose could not be done; `statistics` count why."""

    store: AlertStateStore
    leases: Leases
    statistics: AlertStatistics
    _memory: Memory = field(init=False)

    def __post_init__(self) -> None:
        self._memory = Memory(store=self.store)

    def settled(
        self, patients: Sequence[str], tasks: Callable[[], Sequence[Task]], troubled: Troubled
    ) -> Sequence[Settled]:
        """Work several patients out, then make what came of it durable at once; return what is.

        Nothing is held at the store while anything is worked out: who is frozen there holds up nobody.
        """
        epochs = (
            self.leases.mine()
        )  # before anything is read: what a later holder wrote is then not passed over
        try:
            revisions, begun = self._memory.revisions(patients), tasks()
        except Exception as error:  # noqa: BLE001 - what fails for all of them is the trouble of each
            for each in patients:
                troubled(each, error)
            return ()
        judged = [
            one for task in begun if (one := self._worked_out(task, epochs, revisions, troubled)) is not None
        ]
        settled = self._kept(judged, troubled)
        for one in settled:
            self._memory.keep(one.patient_id, one.known)
        return settled

    def forget_all_but(self, patient_ids: Collection[str]) -> None:
        """Let go of the states of all others."""
        self._memory.forget_all_but(patient_ids)

    def _kept(self, judged: Sequence[Settled], troubled: Troubled) -> Sequence[Settled]:
        news = [one.to_keep for one in judged if one.to_keep is not None]
        try:
            refused = self.store.commit_all(news) if news else {}
        except StorageError as error:
            for one in judged:
                troubled(one.patient_id, error)
            return ()
        for patient_id, refusal in refused.items():
            self._note_refusal(patient_id, refusal, troubled)
        return [one for one in judged if one.patient_id not in refused]

    def _worked_out(
        self, task: Task, epochs: Mapping[int, int], revisions: Mapping[str, int], troubled: Troubled
    ) -> Settled | None:
        epoch = epochs.get(partition_of(task.patient_id))
        if epoch is None:
            self._leave(task.patient_id)
            return None
        try:
            return self._judged(task, epoch, revisions[task.patient_id])
        except Exception as error:  # noqa: BLE001 - one patient's trouble is not another's
            troubled(task.patient_id, error)
        return None

    def _note_refusal(self, patient_id: str, refusal: StorageError, troubled: Troubled) -> None:
        match refusal:
            case FencedError():
                self._leave(patient_id)
            case OvertakenError():  # a person's word came in between: it is worked out anew in the next step
                self.statistics.counters["patient.overtaken"] += 1
            case _:
                troubled(patient_id, refusal)

    def _judged(self, task: Task, epoch: int, revision: int) -> Settled:
        known = self._memory.recall(task.patient_id, revision)
        after, changed = task.judge(known.state)
        if not task.message_ids and after == known.state:
            return Settled(patient_id=task.patient_id, known=known, changed=(), to_keep=None)
        return Settled(
            patient_id=task.patient_id,
            known=Known(revision=known.revision + 1, state=after),
            changed=changed,
            to_keep=Judgement(
                patient_id=task.patient_id,
                revision=known.revision,
                state=encode_state(after),
                alerts=changed,
                message_ids=task.message_ids,
                epoch=epoch,
            ),
        )

    def _leave(self, patient_id: str) -> None:
        """Leave a patient to whoever evaluates them now: it all waits for them."""
        self.leases.lost(partition_of(patient_id))
        self.statistics.counters["patient.fenced"] += 1
        self.statistics.blocked.discard(patient_id)
        self.statistics.unwatched.discard(patient_id)
        _log.warning("alerts.fenced", patient=patient_id)
