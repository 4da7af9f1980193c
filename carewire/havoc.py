"""Blows that a running system must take: which part, what is done to it, how long. A new one is a row."""

import os
import signal
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from types import TracebackType
from typing import Final, Self

from carewire.processes import Supervisor

__all__ = ["BLOWS", "Blow", "Havoc"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Blow:
    """One row. A part that is frozen goes on after a while, between `least_s` and `most_s` seconds."""

    name: str
    part: str
    is_fatal: bool
    least_s: float = 0.0
    most_s: float = 0.0


BLOWS: Final = (
    Blow(name="gateway-killed", part="gateway", is_fatal=True),
    Blow(name="service-killed", part="cloud", is_fatal=True),
    Blow(name="broker-killed", part="broker", is_fatal=True),
    Blow(name="gateway-frozen", part="gateway", is_fatal=False, least_s=2.0, most_s=20.0),
    Blow(name="service-frozen", part="cloud", is_fatal=False, least_s=2.0, most_s=30.0),
    Blow(name="broker-frozen", part="broker", is_fatal=False, least_s=2.0, most_s=30.0),
    Blow(name="radio-frozen", part="simulator", is_fatal=False, least_s=2.0, most_s=15.0),
)
"""Fatal is SIGKILL, frozen SIGSTOP: a power cut, and a machine that hangs."""


@dataclass(slots=True, kw_only=True)
class Havoc:
    """Strikes the parts of a supervisor, a blow every `every_s` seconds on average, until left.

    `may_kill` is asked before each blow: once it says no, parts are frozen at most.
    """

    supervisor: Supervisor
    random: Random
    every_s: float
    may_kill: Callable[[], bool] = lambda: True
    tell: Callable[[str], None] = lambda _sentence: None
    blows: Sequence[Blow] = BLOWS
    struck: Counter[str] = field(default_factory=Counter)
    _over: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._wreak, name="havoc", daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.end()

    def end(self) -> None:
        """Strike no more, and let what is frozen go on."""
        self._over.set()
        if self._thread is not None:
            self._thread.join()

    def _wreak(self) -> None:
        while not self._over.wait(self.random.expovariate(1 / self.every_s)):
            fit = [blow for blow in self.blows if not blow.is_fatal or self.may_kill()]
            self._strike(self.random.choice(fit))

    def _strike(self, blow: Blow) -> None:
        part = self.supervisor.parts.get(blow.part)
        pid = part.pid if part else None
        if pid is None:
            return  # it is down already, or not yet up
        self.struck[blow.name] += 1
        self.tell(blow.name)
        if blow.is_fatal:
            _send(pid, signal.SIGKILL)
            return
        _send(pid, signal.SIGSTOP)
        try:
            self._over.wait(self.random.uniform(blow.least_s, blow.most_s))
        finally:
            _send(pid, signal.SIGCONT)


def _send(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return  # it ended by itself just now
