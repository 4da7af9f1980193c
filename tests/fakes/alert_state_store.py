"""A `cloud.ports.AlertStateStore` and `AlertReader` in memory; a commit is whole or nothing."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from cloud.partitions import EVERY_PARTITION, partition_of
from cloud.ports import Alert, AlertState, FencedError, HandOff, Judgement, OvertakenError, Owing, Remembered
from vitals.errors import StorageError


@dataclass(slots=True)
class FakeAlertStateStore:
    states: dict[str, bytes] = field(default_factory=dict)
    revisions_kept: dict[str, int] = field(default_factory=dict)
    epochs: dict[int, int] = field(default_factory=dict)
    alerts: dict[str, Alert] = field(default_factory=dict)
    history: list[tuple[str, AlertState]] = field(default_factory=list)
    owed: set[str] = field(default_factory=set)
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
                self.owed.add(one.id)
                self.history.append((one.id, one.state))
            self.alerts[one.id] = one
        self.finished.update(message_ids)

    def done_of(self, message_ids: Collection[str]) -> Collection[str]:
        return self.finished.intersection(message_ids)

    def owing(self, partitions: Collection[int] = EVERY_PARTITION) -> Sequence[Owing]:
        owed = (self.alerts[one] for one in sorted(self.owed))
        return [
            Owing(one.id, one.patient_id, one.state)
            for one in owed
            if partition_of(one.patient_id) in partitions
        ]

    def owed_of(self, patient_ids: Collection[str]) -> Sequence[Alert]:
        return [self.alerts[one] for one in sorted(self.owed) if self.alerts[one].patient_id in patient_ids]

    def handed_off(self, hand_offs: Sequence[HandOff]) -> None:
        if self.failing:
            raise StorageError("the disk is full: make room")
        for one in hand_offs:
            self.hand_offs.append(one)
            if one.error is None and one.state in {None, self.alerts[one.alert_id].state}:
                self.owed.discard(one.alert_id)

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
