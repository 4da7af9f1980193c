"""Carries a plan out, a step at a time: who is down stays down for its time, who is frozen thaws."""

import os
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from carewire.chaos.plan import Strike
from carewire.processes import Supervisor

__all__ = ["Striker"]


@dataclass(slots=True, kw_only=True)
class Striker:
    """Strikes the parts of a supervisor. One that is not up when its turn comes is struck once it is."""

    supervisor: Supervisor
    plan: Sequence[Strike]
    on_strike: Callable[[Strike, float], None] = lambda _strike, _now_s: None
    done: int = 0
    _due_s: float | None = None
    _ends: dict[str, tuple[float, Strike]] = field(default_factory=dict)

    def step(self, now_s: float) -> None:
        """Do what is due by `now_s`: let go of parts whose time is over, and strike at most one."""
        for part, (end_s, strike) in list(self._ends.items()):
            if now_s >= end_s:
                del self._ends[part]
                self._let_go(strike)
        if self.done == len(self.plan):
            return
        strike = self.plan[self.done]
        self._due_s = now_s + strike.after_s if self._due_s is None else self._due_s
        if now_s >= self._due_s and self._strike(strike, now_s):
            self.done += 1
            self._due_s = None

    @property
    def is_over(self) -> bool:
        """Whether all is struck and nothing is held down or frozen any more."""
        return self.done == len(self.plan) and not self._ends

    def end(self) -> None:
        """Let go of whatever is still held."""
        for _, strike in self._ends.values():
            self._let_go(strike)
        self._ends.clear()

    def _strike(self, strike: Strike, now_s: float) -> bool:
        part = self.supervisor.parts[strike.part]
        pid = part.pid
        if pid is None or strike.part in self._ends:
            return False
        if strike.is_fatal:
            self.supervisor.held.add(strike.part)
        os.kill(pid, signal.SIGKILL if strike.is_fatal else signal.SIGSTOP)
        self._ends[strike.part] = (now_s + strike.for_s, strike)
        self.on_strike(strike, now_s)
        return True

    def _let_go(self, strike: Strike) -> None:
        self.supervisor.held.discard(strike.part)
        pid = self.supervisor.parts[strike.part].pid
        if pid is not None and not strike.is_fatal:
            os.kill(pid, signal.SIGCONT)
