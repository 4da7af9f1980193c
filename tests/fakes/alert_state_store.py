"""A `cloud.ports.AlertStateStore` and `AlertReader` in memory; a commit is whole or nothing."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, field

from cloud.partitions import EVERY_PARTITION, partition_of
from cloud.ports import Alert, AlertState, FencedError, HandOff, OvertakenError, Remembered
from vitals.errors import StorageError

_DURABLE = ("states", "revisions", "alerts", "history", "owing", "finished", "commits")


@dataclass(slots=True)
class FakeAlertStateStore:
    states: dict[str, bytes] = field(default_factory=dict)
    revisions: dict[str, int] = field(default_factory=dict)
    epochs: dict[int, int] = field(default_factory=dict)
    alerts: dict[str, Alert] = field(default_factory=dict)
    history: list[tuple[str, AlertState]] = field(default_factory=list)
    owing: set[str] = field(default_factory=set)
    finished: set[str] = field(default_factory=set)
    hand_offs: list[HandOff] = field(default_factory=list)
    failing: bool = False
    failing_together: bool = False
    failing_patients: set[str] = field(default_factory=set)
    commits: int = 0

    def load(self, patient_id: str) -> Remembered:
        return Remembered(
            patient_id=patient_id,
            state=self.states.get(patient_id),
            revision=self.revisions.get(patient_id, 0),
        )

    @contextmanager
    def together(self) -> Iterator[None]:
        kept = {name: copy(getattr(self, name)) for name in _DURABLE}
        try:
            yield
            self._sync()
        except BaseException:
            for name, value in kept.items():
                setattr(self, name, value)
            raise

    def _sync(self) -> None:
        if self.failing_together:
            raise StorageError("the disk is full: make room")

    def patients(self) -> Sequence[str]:
        return sorted(self.states)

    def commit(
        self,
        before: Remembered,
        state: bytes,
        alerts: Sequence[Alert],
        message_ids: Sequence[str] = (),
        *,
        epoch: int | None = None,
    ) -> None:
        patient_id = before.patient_id
        if self.failing or patient_id in self.failing_patients:
            raise StorageError("the disk is full: make room")
        if epoch not in {None, self.epochs.get(partition_of(patient_id), 0)}:
            raise FencedError("somebody else evaluates them")
        if before.revision != self.revisions.get(patient_id, 0):
            raise OvertakenError("it was changed meanwhile")
        self.commits += 1
        self.states[patient_id] = state
        self.revisions[patient_id] = before.revision + 1
        for one in alerts:
            before = self.alerts.get(one.id)
            if before is None or before.state is not one.state:
                self.owing.add(one.id)
                self.history.append((one.id, one.state))
            self.alerts[one.id] = one
        self.finished.update(message_ids)

    def is_done(self, message_id: str) -> bool:
        return message_id in self.finished

    def owed(self, limit: int, partitions: Collection[int] = EVERY_PARTITION) -> Sequence[Alert]:
        owing = (self.alerts[one] for one in sorted(self.owing))
        return [one for one in owing if partition_of(one.patient_id) in partitions][:limit]

    def handed_off(self, hand_offs: Sequence[HandOff]) -> None:
        if self.failing:
            raise StorageError("the disk is full: make room")
        for one in hand_offs:
            self.hand_offs.append(one)
            if one.error is None and one.state in {None, self.alerts[one.alert_id].state}:
                self.owing.discard(one.alert_id)

    def alert(self, alert_id: str) -> Alert | None:
        return self.alerts.get(alert_id)

    def alerts_of(self, patient_id: str, *, open_only: bool, limit: int) -> Sequence[Alert]:
        found = [
            one
            for one in self.alerts.values()
            if one.patient_id == patient_id and not (open_only and one.state is AlertState.RESOLVED)
        ]
        return sorted(found, key=lambda one: -one.raised_ms)[:limit]

    def hand_offs_of(self, alert_id: str) -> Sequence[HandOff]:
        return [one for one in self.hand_offs if one.alert_id == alert_id]

    def newest_hand_offs(self, limit: int) -> Mapping[int, HandOff]:
        return dict([*enumerate(self.hand_offs, start=1)][-limit:])
