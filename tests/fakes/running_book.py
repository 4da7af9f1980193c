"""A `cloud.ports.RunningBook` in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from cloud.ports import LedgerNote, RunningVersion
from tests.fakes.ledger import FakeLedger


@dataclass(slots=True)
class FakeRunningBook:
    ledger: FakeLedger = field(default_factory=FakeLedger)
    kept: dict[tuple[str, str], RunningVersion] = field(default_factory=dict)

    def running(self) -> Sequence[RunningVersion]:
        return [self.kept[key] for key in sorted(self.kept)]

    def note_running(self, running: RunningVersion, note: LedgerNote) -> None:
        self.ledger.append(note)
        self.kept[running.gateway, running.line] = running
