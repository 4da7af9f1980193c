"""A `RecordSink` in memory, whose disk can be made to fail."""

from collections.abc import Sequence

from vitals.errors import StorageError, ValidationError
from vitals.records import AnyRecord
from vitals.wire.envelope import encode_record


class FakeRecordSink:
    def __init__(self) -> None:
        self.records: list[AnyRecord] = []
        self.writes: list[int] = []
        self.is_broken = False
        self.refuses_records = False

    def append(self, records: Sequence[AnyRecord]) -> None:
        if self.is_broken:
            raise StorageError("the outbox cannot be written: check the gateway's disk")
        for record in records:
            encode_record(record)
        self.records += records
        self.writes.append(len(records))
        if self.refuses_records:
            raise ValidationError("1 of the records refused and the others kept")
