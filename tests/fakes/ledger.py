"""A `cloud.ports.Ledger` in memory."""

from dataclasses import dataclass, field

from cloud.ports import Deed, LedgerNote


@dataclass(slots=True)
class FakeLedger:
    notes: list[LedgerNote] = field(default_factory=list)

    def append(self, note: LedgerNote) -> None:
        self.notes.append(note)

    def of(self, deed: Deed) -> list[LedgerNote]:
        return [note for note in self.notes if note.deed is deed]
