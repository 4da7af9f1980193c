"""What is asked of gateways, and what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from cloud.ports.ingest import CommandAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedCommand:
    """Something asked of a gateway: by whom, and about which patient, if about one."""

    id: str
    gateway: str
    name: str
    body: dict[str, Any]
    issued_ms: int
    expires_ms: int
    issued_by: str
    patient_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandState:
    """A command and its gateway's answer, if there is one yet."""

    command: IssuedCommand
    answer: CommandAnswer | None


class CommandBook(Protocol):
    """Every command, until long after it is answered."""

    def add(self, issued: IssuedCommand) -> bool:
        """Keep a command; False, and nothing changes, if its id is known already."""
        ...

    def unanswered(self, now_ms: int, most_each: int) -> Sequence[IssuedCommand]:
        """Return the oldest commands of each gateway that it has not answered and that are not expired.

        At most so many of each: one gateway that is away for days keeps no other's from being sent.
        """
        ...

    def unanswered_of(self, gateway: str, now_ms: int, most: int) -> Sequence[IssuedCommand]:
        """Return the oldest commands of one gateway that it has not answered and that are not expired."""
        ...

    def commands_of(self, gateway: str, limit: int, *, about_patients: bool = True) -> Sequence[CommandState]:
        """Return what was asked of a gateway, newest first, with or without what was about patients."""
        ...

    def requests_of(self, patient_id: str, limit: int) -> Sequence[CommandState]:
        """Return what was asked of gateways about a patient, newest first."""
        ...
