"""Signed releases on their way to gateways: in stages, and how far each has got."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from cloud.ports.ingest import CommandAnswer
from cloud.ports.ledger import LedgerNote
from vitals.errors import CarewireError
from vitals.release import SignedRelease

__all__ = [
    "FAILED",
    "GatewayProgress",
    "Progress",
    "Rollout",
    "RolloutBook",
    "RolloutConflictError",
    "RolloutPlan",
    "RolloutRefusedError",
    "RolloutState",
    "Stage",
]


class RolloutRefusedError(CarewireError):
    """A roll-out cannot be begun or changed as asked; the message says what to do."""


class RolloutConflictError(RolloutRefusedError):
    """Somebody else was faster: look again."""


class RolloutState(StrEnum):
    """Whether a roll-out goes on."""

    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"
    FINISHED = "finished"
    """Every stage is behind it; a gateway that comes late is still given it."""


class Stage(StrEnum):
    """Who is given it by now, in this order."""

    ONE = "one"
    SHARE = "share"
    ALL = "all"


class Progress(StrEnum):
    """How far one gateway has got."""

    WAITING = "waiting"
    """It is not there, or its turn is still to come."""
    FETCHING = "fetching"
    """The parts of a model are on their way."""
    ASKED = "asked"
    """It tries, or is about to."""
    APPLIED = "applied"
    REFUSED = "refused"
    ROLLED_BACK = "rolled-back"
    SILENT = "silent"
    """It was there when it was asked, and has not answered for long."""


FAILED = frozenset({Progress.REFUSED, Progress.ROLLED_BACK, Progress.SILENT})
"""What counts against a roll-out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RolloutPlan:
    """How careful it is: `first` alone, then `share_percent` of all, then all.

    A stage is behind it once all have been well in it for `healthy_s`; by itself if it is `automatic`. At
    `most_failures` beyond the first stage, where one is enough, it is stopped.
    """

    first: str
    share_percent: int = 10
    healthy_s: int = 3_600
    most_failures: int = 2
    automatic: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollout:
    """One signed release; `line` and `version` are those it was signed with, `reason` why it stands still."""

    id: str
    line: str
    version: int
    target: str
    signed: SignedRelease
    plan: RolloutPlan
    state: RolloutState
    stage: Stage
    stage_since_ms: int
    begun_ms: int
    begun_by: str
    expires_ms: int
    artefact: str | None = None
    """The SHA-256 of a model's bundle."""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayProgress:
    """How far one gateway has got with one roll-out; `attempt` tells its commands from those before."""

    rollout_id: str
    gateway: str
    progress: Progress
    changed_ms: int
    attempt: int = 1
    reason: str = ""


class RolloutBook(Protocol):
    """Every roll-out there ever was. Each change and the note of it happen together or not at all."""

    def begin(self, rollout: Rollout, note: LedgerNote) -> None:
        """Keep a new roll-out.

        Raises
        ------
        RolloutConflictError
            Its version is not above every one of its line, or another of its line is under way.
        """
        ...

    def change(self, before: Rollout, after: Rollout, note: LedgerNote) -> bool:
        """Change state, stage and reason; False, and nothing happens, if it is not as `before` any more."""
        ...

    def rollout(self, rollout_id: str) -> Rollout | None: ...

    def rollouts(self, limit: int) -> Sequence[Rollout]:
        """Return the newest first."""
        ...

    def under_way(self) -> Sequence[Rollout]:
        """Return those to be carried on, oldest first.

        They run or are paused, are finished and the newest of their line, or were stopped while a gateway
        had not answered yet.
        """
        ...

    def highest(self, line: str) -> int:
        """Return the highest version a line ever had; 0: none."""
        ...

    def progress_of(self, rollout_id: str) -> Mapping[str, GatewayProgress]: ...

    def note_progress(self, progress: GatewayProgress, note: LedgerNote | None = None) -> None: ...

    def ahead(self, rollout: Rollout) -> frozenset[str]:
        """Return the gateways that were already asked for a higher version of its line."""
        ...

    def answers(self, gateway: str, command_ids: Collection[str]) -> Mapping[str, CommandAnswer]:
        """Return what a gateway answered, by the command's id."""
        ...

    def keep_artefact(self, sha256: str, content: bytes, now_ms: int) -> None:
        """Keep a model's bundle; those that no roll-out came to use within a day go."""
        ...

    def artefact(self, sha256: str) -> bytes | None: ...
