"""A `cloud.ports.AlertStateStore` and `AlertReader` in memory; a commit is whole or nothing."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from cloud.partitions import EVERY_PARTITION, partition_of
from cloud.ports import (
    Alert,
    AlertState,
    Due,
    FencedError,
    HandOff,
    Judgement,
    Looked,
    OvertakenError,
    Priority,
    Remembered,
    Watched,
)
from vitals.errors import StorageError

_URGENCY = {Priority.HIGH: 0, Priority.MEDIUM: 1, Priority.LOW: 2}


@dataclass(slots=True)
class FakeAlertStateStore:
    states: dict[str, bytes] = field(default_factory=dict)
    revisions_kept: dict[str, int] = field(default_factory=dict)
    epochs: dict[int, int] = field(default_factory=dict)
    alerts: dict[str, Alert] = field(default_factory=dict)
    history: list[tuple[str, AlertState]] = field(default_factory=list)
    due_ms: dict[str, int] = field(default_factory=dict)
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
            revision=self.revisions_kept.get(patient_id, 0),
        )

    def revisions(self, patient_ids: Collection[str]) -> Mapping[str, int]:
        return {each: self.revisions_kept.get(each, 0) for each in patient_ids if each in self.states}

    def commit_all(self, judgements: Sequence[Judgement]) -> Mapping[str, StorageError]:
        if self.failing_together:
            raise StorageError("the disk is full: make room")
        refused = ((one.patient_id, self._refusal_of(one)) for one in judgements)
        return {patient_id: error for patient_id, error in refused if error is not None}

    def _refusal_of(self, one: Judgement) -> StorageError | None:
        before = Remembered(patient_id=one.patient_id, revision=one.revision)
        try:
            self.commit(before, one.state, one.alerts, one.message_ids, epoch=one.epoch)
        except StorageError as error:
            return error
        return None

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
        if before.revision != self.revisions_kept.get(patient_id, 0):
            raise OvertakenError("it was changed meanwhile")
        self.commits += 1
        self.states[patient_id] = state
        self.revisions_kept[patient_id] = before.revision + 1
        for one in alerts:
            before = self.alerts.get(one.id)
            if before is None or before.state is not one.state:
                self.due_ms[one.id] = 0
                self.history.append((one.id, one.state))
            self.alerts[one.id] = one
        self.finished.update(message_ids)

    def done_of(self, message_ids: Collection[str]) -> Collection[str]:
        return self.finished.intersection(message_ids)

    def due(self, now_ms: int, partitions: Collection[int] = EVERY_PARTITION) -> Sequence[Due]:
        return [
            Due(one.id, one.patient_id, one.state, self.due_ms[one.id])
            for one in self._in_order()
            if self.due_ms[one.id] <= now_ms and partition_of(one.patient_id) in partitions
        ]

    def watched_of(self, patient_ids: Collection[str]) -> Sequence[Watched]:
        return [
            Watched(one, self.due_ms[one.id]) for one in self._in_order() if one.patient_id in patient_ids
        ]

    def handed_off(self, hand_offs: Sequence[HandOff], looked: Sequence[Looked] = ()) -> None:
        if self.failing:
            raise StorageError("the disk is full: make room")
        self.hand_offs += hand_offs
        for one in hand_offs:
            if not one.is_hold and one.alert_id in self.due_ms:
                self.due_ms[one.alert_id] = one.at_ms
        for look in looked:
            if (self.alerts[look.alert_id].state, self.due_ms.get(look.alert_id)) == look[1:3]:
                if look.again_ms is None:
                    del self.due_ms[look.alert_id]
                else:
                    self.due_ms[look.alert_id] = look.again_ms

    def rouse(self) -> None:
        for alert_id, due_ms in self.due_ms.items():
            self.due_ms[alert_id] = 0 if due_ms > 0 else due_ms - 1

    @property
    def owed(self) -> set[str]:
        """What is watched and was told to nobody as it stands now."""
        told = {(one.alert_id, one.state) for one in self.hand_offs if one.error is None and not one.is_hold}
        return {each for each in self.due_ms if (each, self.alerts[each].state) not in told}

    def _in_order(self) -> Sequence[Alert]:
        watched = [self.alerts[each] for each in self.due_ms]
        return sorted(
            watched,
            key=lambda one: (
                _URGENCY[one.priority],
                max(0, self.due_ms[one.id]),
                one.raised_ms,
                one.id,
            ),
        )

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

    def hand_offs_of_each(self, alert_ids: Collection[str]) -> Mapping[str, Sequence[HandOff]]:
        return {each: self.hand_offs_of(each) for each in alert_ids}

    def newest_hand_offs(self, limit: int) -> Mapping[int, HandOff]:
        return dict([*enumerate(self.hand_offs, start=1)][-limit:])
