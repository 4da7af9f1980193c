"""What ingest stands on, in memory or failing on demand."""

from collections.abc import Collection, Mapping, Sequence

from cloud.ports import (
    ClockFix,
    CommitOutcome,
    Device,
    EpochAccount,
    IdentifiedRecord,
    QuarantinedRecord,
    RecordStore,
    Wearing,
)
from vitals.errors import StorageError
from vitals.wire.envelope import Ack, ContentType


class FakeDeviceRegistry:
    """The DeviceRegistry port: wearings told beforehand, reports remembered."""

    def __init__(self) -> None:
        self.worn: dict[str, list[Wearing]] = {}
        self.noted: list[Device] = []
        self.failures = 0

    def wear(self, device: str, patient_id: str, from_ms: int = 0) -> None:
        self.worn.setdefault(device, []).append(Wearing(from_ms=from_ms, patient_id=patient_id))

    def wearings_of(self, devices: Collection[str]) -> Mapping[str, Sequence[Wearing]]:
        return {device: tuple(self.worn[device]) for device in devices if device in self.worn}

    def note_device(self, device: Device) -> None:
        if self.failures:
            self.failures -= 1
            raise StorageError("the directory is away: wait")
        self.noted.append(device)


class FailingRecordStore:
    """The RecordStore port over a real one, refusing the next commits as told."""

    def __init__(self, store: RecordStore) -> None:
        self._store = store
        self.failures: list[Exception] = []
        self.commits = 0

    def commit(
        self,
        records: Sequence[IdentifiedRecord],
        quarantined: Sequence[QuarantinedRecord] = (),
        fixes: Sequence[ClockFix] = (),
    ) -> CommitOutcome:
        self.commits += 1
        if self.failures:
            raise self.failures.pop(0)
        return self._store.commit(records, quarantined, fixes)

    def accounts(self) -> Sequence[EpochAccount]:
        return self._store.accounts()


class FakeAckSender:
    """The AckSender port: keeps what was sent."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, Ack, ContentType]] = []

    def send(self, gateway: str, ack: Ack, kind: ContentType = ContentType.MSGPACK) -> None:
        self.sent.append((gateway, ack, kind))
