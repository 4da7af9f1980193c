"""How long the store takes to make things durable, told to whoever asked to know."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cloud.ports import (
    ClockFix,
    CommitOutcome,
    EpochAccount,
    IdentifiedRecord,
    QuarantinedRecord,
    RecordStore,
)

__all__ = ["MeasuredStore"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredStore:
    """The RecordStore port over another: `observe` is told the real seconds of each commit that succeeded."""

    store: RecordStore
    observe: Callable[[float], None]
    monotonic_s: Callable[[], float] = time.monotonic

    def commit(
        self,
        records: Sequence[IdentifiedRecord],
        quarantined: Sequence[QuarantinedRecord] = (),
        fixes: Sequence[ClockFix] = (),
    ) -> CommitOutcome:
        """Store all of it in one transaction, or raise StorageError and store nothing."""
        began_s = self.monotonic_s()
        outcome = self.store.commit(records, quarantined, fixes)
        self.observe(self.monotonic_s() - began_s)
        return outcome

    def accounts(self) -> Sequence[EpochAccount]:
        """Return the account of every epoch ever seen."""
        return self.store.accounts()
