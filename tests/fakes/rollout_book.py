"""A `cloud.ports.RolloutBook` in memory."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from cloud.ports import (
    CommandAnswer,
    GatewayProgress,
    LedgerNote,
    Progress,
    Rollout,
    RolloutConflictError,
    RolloutState,
)
from tests.fakes.command_book import FakeCommandBook
from tests.fakes.ledger import FakeLedger
from vitals.errors import StorageError

_UNANSWERED = frozenset({Progress.ASKED, Progress.SILENT})


@dataclass(slots=True)
class FakeRolloutBook:
    commands: FakeCommandBook = field(default_factory=FakeCommandBook)
    ledger: FakeLedger = field(default_factory=FakeLedger)
    kept: dict[str, Rollout] = field(default_factory=dict)
    progress: dict[tuple[str, str], GatewayProgress] = field(default_factory=dict)
    artefacts: dict[str, bytes] = field(default_factory=dict)
    trouble: str | None = None

    def begin(self, rollout: Rollout, note: LedgerNote) -> None:
        if self.highest(rollout.line) >= rollout.version:
            raise RolloutConflictError(f"{rollout.line} had version {self.highest(rollout.line)}")
        if any(each.line == rollout.line and _goes_on(each) for each in self.kept.values()):
            raise RolloutConflictError(f"{rollout.line} is under way: stop it first")
        self.kept[rollout.id] = rollout
        self.ledger.append(note)

    def change(self, before: Rollout, after: Rollout, note: LedgerNote) -> bool:
        if self.kept[before.id] != before:
            return False
        self.kept[before.id] = after
        self.ledger.append(note)
        return True

    def rollout(self, rollout_id: str) -> Rollout | None:
        return self.kept.get(rollout_id)

    def rollouts(self, limit: int) -> Sequence[Rollout]:
        return sorted(self.kept.values(), key=lambda each: (-each.begun_ms, each.id))[:limit]

    def under_way(self) -> Sequence[Rollout]:
        if self.trouble is not None:
            raise StorageError(self.trouble)
        finished: dict[str, Rollout] = {}
        for each in sorted(self.kept.values(), key=lambda each: each.version):
            if each.state is RolloutState.FINISHED:
                finished[each.line] = each
        waited_for = {of for (of, _), one in self.progress.items() if one.progress in _UNANSWERED}
        return [
            each
            for each in self.kept.values()
            if _goes_on(each)
            or each in finished.values()
            or (each.state is RolloutState.STOPPED and each.id in waited_for)
        ]

    def highest(self, line: str) -> int:
        return max((each.version for each in self.kept.values() if each.line == line), default=0)

    def progress_of(self, rollout_id: str) -> Mapping[str, GatewayProgress]:
        return {gateway: one for (of, gateway), one in self.progress.items() if of == rollout_id}

    def note_progress(self, progress: GatewayProgress, note: LedgerNote | None = None) -> None:
        self.progress[progress.rollout_id, progress.gateway] = progress
        if note is not None:
            self.ledger.append(note)

    def ahead(self, rollout: Rollout) -> frozenset[str]:
        later = {
            each.id
            for each in self.kept.values()
            if each.line == rollout.line and each.version > rollout.version
        }
        return frozenset(gateway for of, gateway in self.progress if of in later)

    def answers(self, gateway: str, command_ids: Collection[str]) -> Mapping[str, CommandAnswer]:
        found = {each: self.commands.answers.get((gateway, each)) for each in command_ids}
        return {each: answer for each, answer in found.items() if answer is not None}

    def keep_artefact(self, sha256: str, content: bytes, now_ms: int) -> None:  # noqa: ARG002 - the port's
        self.artefacts[sha256] = content

    def artefact(self, sha256: str) -> bytes | None:
        return self.artefacts.get(sha256)


def _goes_on(rollout: Rollout) -> bool:
    return rollout.state in {RolloutState.RUNNING, RolloutState.PAUSED}
