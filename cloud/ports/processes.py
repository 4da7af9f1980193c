"""The processes of one service: what each does, that it lives, and whom it evaluates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class ServiceRole(StrEnum):
    """What a process of the service does; one process may do all of it."""

    INGEST = "ingest"
    """Takes in what gateways send, writes the series, and speaks to gateways."""
    ALERTS = "alerts"
    """Evaluates patients and notifies people."""
    API = "api"
    """Serves pages and programs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beat:
    """What a process says of itself, again and again; `count` rises each time."""

    process_id: str
    roles: frozenset[ServiceRole]
    count: int
    troubles: tuple[str, ...] = ()


class ProcessBoard(Protocol):
    """Where the processes of a service read of each other. Nobody's clock is written there."""

    def beat(self, own: Beat) -> Sequence[Beat]:
        """Put up a process's own beat in place of its last; return the last of every process."""
        ...

    def take_down(self, process_id: str) -> None:
        """Forget a process: it has ended, or was not heard for long. Its leases are nobody's then."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """Who evaluates a partition's patients; the epoch is one higher with each holder."""

    partition: int
    epoch: int = 0
    holder: str | None = None


class LeaseBook(Protocol):
    """The leases. A commit of evaluation that carries an epoch gone by is refused."""

    def leases(self) -> Sequence[Lease]:
        """Return the lease of every partition."""
        ...

    def claim(self, found: Sequence[Lease], holder: str) -> Sequence[Lease]:
        """Take over with the next epoch what is still as it was found; return that as it is now."""
        ...

    def release(self, held: Sequence[Lease]) -> None:
        """Let go of leases; what is somebody else's by now stays so."""
        ...


class PresenceBook(Protocol):
    """Which gateways are there, for processes that do not speak with them."""

    def tell(self, online: Mapping[str, bool]) -> None:
        """Put this in place of all that was told before."""
        ...

    def told(self) -> Mapping[str, bool]:
        """Return what was told last; a gateway of which nothing is known is not in it."""
        ...
