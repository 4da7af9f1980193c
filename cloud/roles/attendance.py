"""A process tells the others that it lives and what is not well with it, and hears the same of them."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import structlog

from cloud.ports import Beat, ProcessBoard, ServiceRole
from cloud.roles.peers import BEAT_S, LEASE_S, Peers
from vitals.errors import StorageError

__all__ = ["Attendance", "Chore"]

Chore = Callable[[float], None]
"""Something done with every beat, whose time it is told."""

_HANGS_S: Final = 3 * LEASE_S
"""What takes so long hangs: its leases are over, and nobody is evaluated here."""
_log = structlog.get_logger(__name__)


@dataclass(slots=True, kw_only=True)
class Attendance:
    """`step` beats once and does each of the `chores` with the time of the beat; `run` goes on until told.

    What leaves is taken down at once: nobody waits for it to fall silent. A role that is `neglected`, its
    work standing still, is not told as done: others take it over, or say that nobody does it.
    """

    peers: Peers
    board: ProcessBoard
    own_troubles: Callable[[], tuple[str, ...]]
    neglected: Callable[[], frozenset[ServiceRole]] = frozenset
    chores: tuple[Chore, ...] = ()
    _count: int = 0
    _beaten_s: float = field(init=False)
    _failure: str | None = None
    _woken: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._beaten_s = self.peers.monotonic_s()

    def run(self, stop: threading.Event) -> None:
        """Beat until `stop` is set, then leave."""
        while not stop.is_set():
            self._try(self.step)
            self._woken.wait(BEAT_S)
            self._woken.clear()
        self._try(self._leave)

    def wake(self) -> None:
        """Beat at once."""
        self._woken.set()

    def step(self) -> None:
        """Beat, hear the others, and do what belongs to it."""
        peers, beaten_s = self.peers, self.peers.monotonic_s()
        self._count += 1
        own = Beat(
            process_id=peers.process_id,
            roles=peers.roles - self.neglected(),
            count=self._count,
            troubles=self.own_troubles(),
        )
        peers.note(self.board.beat(own))
        for chore in self.chores:
            chore(beaten_s)
        for silent in peers.gone():
            self.board.take_down(silent)
        self._beaten_s = beaten_s

    def troubles(self) -> tuple[str, ...]:
        """Return what keeps it from being heard, in words."""
        if self._failure is not None:
            return (f"roles: other processes cannot be told: {self._failure}",)
        still_s = self.peers.monotonic_s() - self._beaten_s
        return (
            (f"roles: no beat for {still_s:.0f} s: see whether the database answers",)
            if still_s > _HANGS_S
            else ()
        )

    def _leave(self) -> None:
        self.board.take_down(self.peers.process_id)

    def _try(self, act: Callable[[], None]) -> None:
        try:
            act()
        except StorageError as error:
            self._failure = str(error)
            _log.error("roles.store_failed", error=str(error))
        except Exception:  # noqa: BLE001 - the thread outlives whatever goes wrong
            self._failure = "see the log"
            _log.exception("roles.step_failed")
        else:
            self._failure = None
