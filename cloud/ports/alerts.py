"""Slices to judge, alerts and their lives, and the ways they reach people."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple, Protocol

from cloud.partitions import EVERY_PARTITION
from vitals.errors import StorageError
from vitals.records import AnyRecord, HealthEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientSlice:
    """The fresh records of one patient in one commit, in order; the unit of alert evaluation."""

    message_id: str
    patient_id: str
    received_ms: int
    records: tuple[AnyRecord, ...]

    @property
    def is_urgent(self) -> bool:
        """Whether there is an event among them: it carries its own evidence, and need not wait its turn."""
        return any(isinstance(record, HealthEvent) for record in self.records)


class PatientBus(Protocol):
    """Carries slices to whoever evaluates them."""

    def publish(self, slices: Iterable[PatientSlice]) -> None:
        """Return when all are safe, or raise StorageError and carry none; one that waits already is one."""
        ...


class PatientFeed(Protocol):
    """Slices waiting to be evaluated: durable until they are done, those of a patient in their order."""

    def pending(self, limit: int, partitions: Collection[int] = EVERY_PARTITION) -> Sequence[PatientSlice]:
        """Return the oldest slices of these partitions not yet done, the urgent before all others."""
        ...

    def done(self, message_ids: Iterable[str]) -> None:
        """Forget slices whose effect has been committed."""
        ...


class Priority(StrEnum):
    """IEC 60601-1-8 alarm priority."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Family(StrEnum):
    """IEC 60601-1-8 keeps the two apart; they are never merged."""

    PHYSIOLOGICAL = "physiological"
    TECHNICAL = "technical"


class AlertState(StrEnum):
    """Where an alert is in its life. A pending one is not yet shown to anybody.

    A latched one is over, and no person has seen it yet.
    """

    PENDING = "pending"
    ACTIVE = "active"
    ACKNOWLEDGED = "acknowledged"
    LATCHED = "latched"
    RESOLVED = "resolved"

    @property
    def awaits_a_person(self) -> bool:
        """Whether somebody is still to take it on."""
        return self in {AlertState.ACTIVE, AlertState.LATCHED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One alarm condition of one patient, from its start to its end.

    `began_ms` is the effective time of the cause, `raised_ms` when it became active here,
    `noticed_ms` when the notification behind it reached the gateway (None: not known).
    `explanation` is JSON-ready and always carries `summary`, `value`, `limit`, `unit`,
    `quality`, `contributors`, `model` and `advice`; what does not apply is null.
    """

    id: str
    patient_id: str
    condition: str
    family: Family
    priority: Priority
    state: AlertState
    began_ms: int
    raised_ms: int
    noticed_ms: int | None
    resolved_ms: int | None = None
    acknowledged_ms: int | None = None
    acknowledged_by: str | None = None
    acknowledged_reason: str | None = None
    delayed: bool = False
    explanation: dict[str, object]


HELD_CHANNEL: Final = "held:"
"""What the channel of a hand-off begins with that was held back from all channels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOff:
    """An alert given to a channel for somebody, or why that failed.

    `state` is what the alert was then. `step` and `occasion` say which telling of it this was, `key`
    names it at the receiver, `contact_id` the way.
    """

    alert_id: str
    channel: str
    person_id: str
    at_ms: int
    error: str | None = None
    state: AlertState | None = None
    step: int = 0
    occasion: str | None = None
    key: str | None = None
    contact_id: str | None = None
    receipt: str | None = None

    @property
    def is_hold(self) -> bool:
        """Whether it was held back from all channels: its channel says why."""
        return self.channel.startswith(HELD_CHANNEL)


class FencedError(StorageError):
    """Somebody else evaluates the patient now: what was worked out meanwhile is not to be kept."""


class OvertakenError(StorageError):
    """The state was changed since it was loaded: load it again and do the work anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """A patient's state as it was last committed; before the first time `None`, revision 0."""

    patient_id: str
    state: bytes | None = None
    revision: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What was worked out from a patient's state of a revision, to be kept as a whole."""

    patient_id: str
    revision: int
    state: bytes
    alerts: Sequence[Alert] = ()
    message_ids: Sequence[str] = ()
    epoch: int | None = None


class Due(NamedTuple):
    """An alert that is to be looked at: what it was when that was noted, and since when it is due."""

    alert_id: str
    patient_id: str
    state: AlertState
    due_ms: int


class Watched(NamedTuple):
    """An alert of which more may come, and when it is to be looked at."""

    alert: Alert
    due_ms: int


class Looked(NamedTuple):
    """An alert that was looked at as it was then, and when to look again; None: nothing more comes of it."""

    alert_id: str
    state: AlertState
    due_ms: int
    again_ms: int | None


class Leases(Protocol):
    """Which patients are this process's to evaluate."""

    def mine(self) -> Mapping[int, int]:
        """Return the partitions that are, each with the epoch its commits carry."""
        ...

    def lost(self, partition: int) -> None:
        """Take note that a commit was fenced off: the partition is somebody else's."""
        ...


class AlertStateStore(Protocol):
    """The evaluator's memory, committed together with the alerts it caused."""

    def load(self, patient_id: str) -> Remembered:
        """Return the evaluator's state for a patient."""
        ...

    def patients(self) -> Sequence[str]:
        """Return every patient with a state: those whose durations and silence are watched."""
        ...

    def revisions(self, patient_ids: Collection[str]) -> Mapping[str, int]:
        """Return the revision of each of these patients' states; nothing for who has none."""
        ...

    def commit(
        self,
        before: Remembered,
        state: bytes,
        alerts: Sequence[Alert],
        message_ids: Sequence[str] = (),
        *,
        epoch: int | None = None,
    ) -> None:
        """In one transaction: keep the state, upsert the alerts, have them looked at, note the slices.

        `epoch` is that of the patient's partition; what is no evaluation (a person's word) carries none.

        Raises
        ------
        FencedError
            If the partition has another epoch by now.
        OvertakenError
            If `before` is not what is kept now.
        """
        ...

    def commit_all(self, judgements: Sequence[Judgement]) -> Mapping[str, StorageError]:
        """Make several patients' durable at once, each whole by itself.

        Returns who was refused, with the error that `commit` would have raised: it costs no other.

        Raises
        ------
        StorageError
            None of it is kept.
        """
        ...

    def done_of(self, message_ids: Collection[str]) -> Collection[str]:
        """Return those of these slices whose effect is already committed."""
        ...

    def due(self, now_ms: int, partitions: Collection[int] = EVERY_PARTITION) -> Sequence[Due]:
        """Return what of these partitions is to be looked at by now, the most urgent first."""
        ...

    def watched_of(self, patient_ids: Collection[str]) -> Sequence[Watched]:
        """Return the alerts of these patients of which more may come, the most urgent first."""
        ...

    def handed_off(self, hand_offs: Sequence[HandOff], looked: Sequence[Looked] = ()) -> None:
        """In one transaction: record hand-offs, and when to look again.

        What was tried is due since then; what changed since it was looked at, in whatever way, stays due.
        """
        ...

    def rouse(self) -> None:
        """Have everything of which more may come looked at at once."""
        ...


class AlertReader(Protocol):
    """Alerts for the API and the pages."""

    def alert(self, alert_id: str) -> Alert | None: ...
    def alerts_of(self, patient_id: str, *, open_only: bool, limit: int) -> Sequence[Alert]: ...
    def open_of_each(self, patient_ids: Collection[str]) -> Mapping[str, Sequence[Alert]]:
        """Return what is open of each of these patients, newest first; nothing for who has none."""
        ...

    def hand_offs_of(self, alert_id: str) -> Sequence[HandOff]: ...
    def hand_offs_of_each(self, alert_ids: Collection[str]) -> Mapping[str, Sequence[HandOff]]:
        """Return by which of them each of these alerts stands where it does; nothing for who has none.

        In the order they were tried, of every occasion at least the first steps and the last.
        """
        ...

    def newest_hand_offs(self, limit: int) -> Mapping[int, HandOff]:
        """Return the newest of all patients by their numbers, oldest first; a number is never given twice."""
        ...


class LiveFeed(Protocol):
    """What happens now, for open pages: published after it is stored, lost if nobody looks."""

    def publish(self, patient_id: str, event: str, data: object) -> None:
        """Tell whoever watches the patient; never blocks, drops for a watcher that cannot keep up."""
        ...
