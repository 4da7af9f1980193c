"""One channel's messages on their way: at most one attempt to a receiver at a time, each under a deadline.

A receiver's messages keep their order, the urgent before the others. Attempts run in threads of their own;
one that outlasts its deadline has failed and is waited out aside, and if it is taken after all, it was
delivered. Everything else is done by whoever calls `step`, in one thread.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Final

import structlog

from cloud.alerts.telling.attempt import attempted
from cloud.alerts.telling.errands import Delivered, Errand, Failed, Outcome, Pace
from cloud.ports import Notifier

__all__ = ["Lane", "Waiting"]

_CROWDED: Final = "too many messages wait for this channel: it cannot keep up with what is to be told"
_NO_THREAD: Final = "this machine has no thread left to deliver it with: see what takes them"
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A message that is not handed over yet: since when, when it is due, and what went wrong so far."""

    errand: Errand
    number: int
    since_s: float
    due_s: float
    tries: int = 0
    error: str | None = None

    @property
    def receiver(self) -> str:
        """Return whose order it stands in."""
        contact = self.errand.message.contact
        return self.errand.message.person.id if contact is None else contact.id

    @property
    def place(self) -> tuple[int, int]:
        """Return its place: the urgent go first, else what came first."""
        return self.errand.urgency, self.number


@dataclass(frozen=True, slots=True, kw_only=True)
class _Attempt:
    waiting: Waiting
    started_s: float


@dataclass(slots=True, kw_only=True)
class Lane:
    """A channel, what waits for it, and the attempts that run.

    `leave` says of what may not go any more why not; `finish` is told what came of each message, once;
    `wake` is called, from any thread, when to step.
    """

    notifier: Notifier
    pace: Pace
    monotonic_s: Callable[[], float]
    finish: Callable[[Errand, Outcome], None]
    wake: Callable[[], None]
    leave: Callable[[Errand], Failed | None] = lambda _: None
    _waiting: dict[str, Waiting] = field(default_factory=dict)
    _running: dict[int, _Attempt] = field(default_factory=dict)
    _stuck: dict[int, _Attempt] = field(default_factory=dict)
    _ended: SimpleQueue[tuple[int, Outcome]] = field(default_factory=SimpleQueue)
    _taken: int = 0
    _started: int = 0

    @property
    def stuck(self) -> int:
        """How many attempts outlasted their deadline and have not ended."""
        return len(self._stuck)

    @property
    def running(self) -> int:
        """How many attempts are within their deadline."""
        return len(self._running)

    def take(self, errand: Errand) -> None:
        """Take a message on; if too many wait, the least urgent and newest has failed."""
        now_s = self.monotonic_s()
        self._taken += 1
        self._waiting[errand.key] = Waiting(errand=errand, number=self._taken, since_s=now_s, due_s=now_s)
        if len(self._waiting) > self.pace.most_waiting:
            running = self._running_keys()
            last = max(
                (one for one in self._waiting.values() if one.errand.key not in running),
                key=lambda one: one.place,
            )
            self._finish(last, Failed(error=_CROWDED))

    def step(self) -> float | None:
        """Note what ended, give up what is over its time, start what can be; return when to step again."""
        now_s = self.monotonic_s()
        self.note_ended()
        self._set_aside_overdue(now_s)
        self._give_up(now_s)
        self.start(now_s)
        return self._next_s()

    def start(self, now_s: float) -> None:
        """Start as many attempts as may run."""
        for one in self._startable(now_s):
            if self.running >= self.pace.at_once or self.stuck >= self.pace.most_stuck:
                return
            self._start(one, now_s)

    def _startable(self, now_s: float) -> Iterable[Waiting]:
        """Yield what is first of each receiver with no attempt on its way, the urgent first."""
        busy = {one.waiting.receiver for one in self._running.values()}
        stuck = Counter(one.waiting.receiver for one in self._stuck.values())
        for one in sorted(self._waiting.values(), key=lambda each: each.place):
            if one.receiver in busy:
                continue
            busy.add(one.receiver)
            if one.due_s <= now_s and stuck[one.receiver] < self.pace.stuck_each:
                yield one

    def _start(self, one: Waiting, now_s: float) -> None:
        self._started += 1
        number, message = self._started, one.errand.message
        self._running[number] = _Attempt(waiting=one, started_s=now_s)

        def attempt() -> None:
            outcome = self.leave(one.errand) or attempted(self.notifier, message)
            self._ended.put((number, outcome))
            self.wake()

        try:
            Thread(target=attempt, name=f"{self.notifier.channel}-{number}", daemon=True).start()
        except RuntimeError:  # the machine has no thread left
            self._ended.put((number, Failed(error=_NO_THREAD)))

    def note_ended(self) -> None:
        """Settle the attempts that ended since."""
        now_s = self.monotonic_s()
        while True:
            try:
                number, outcome = self._ended.get_nowait()
            except Empty:
                return
            on_time = self._running.pop(number, None)
            if on_time is not None:
                self._settle(on_time.waiting, outcome, now_s)
            elif (late := self._stuck.pop(number).waiting) and isinstance(outcome, Delivered):
                self._settle(late, outcome, now_s)

    def _set_aside_overdue(self, now_s: float) -> None:
        error = f"no answer within {self.pace.deadline_s:g} s"
        for number, one in list(self._running.items()):
            if now_s - one.started_s >= self.pace.deadline_s:
                self._stuck[number] = self._running.pop(number)
                _log.warning("channel.hangs", channel=self.notifier.channel, stuck=self.stuck)
                self._settle(one.waiting, Failed(error=error), now_s)

    def _settle(self, tried: Waiting, outcome: Outcome, now_s: float) -> None:
        """Finish a message, or have it wait for another try; one that is finished already is."""
        one = self._waiting.get(tried.errand.key)
        if one is None:
            return
        if isinstance(outcome, Delivered):
            self._finish(one, outcome)
            return
        tries = one.tries + 1
        wait_s = self.pace.wait_s(tries) if outcome.again_s is None else outcome.again_s
        if outcome.is_final or now_s + wait_s - one.since_s >= self.pace.patience_s:
            self._finish(one, _counted(outcome, tries))
        else:
            self._waiting[one.errand.key] = replace(
                one, due_s=now_s + wait_s, tries=tries, error=outcome.error
            )

    def _give_up(self, now_s: float) -> None:
        """Give up what has waited too long and has no attempt on its way."""
        running = self._running_keys()
        for one in list(self._waiting.values()):
            if now_s - one.since_s >= self.pace.patience_s and one.errand.key not in running:
                untried = f"waited {self.pace.patience_s:g} s for its turn: others of the channel hang"
                self._finish(one, _counted(Failed(error=one.error or untried), one.tries))

    def _running_keys(self) -> frozenset[str]:
        return frozenset(one.waiting.errand.key for one in self._running.values())

    def _finish(self, one: Waiting, outcome: Outcome) -> None:
        del self._waiting[one.errand.key]
        self.finish(one.errand, outcome)

    def _next_s(self) -> float | None:
        """Return when the next thing is due of itself."""
        ends = [one.started_s + self.pace.deadline_s for one in self._running.values()]
        running = self._running_keys()
        now_s = self.monotonic_s()
        for one in self._waiting.values():
            if one.errand.key not in running:
                ends.append(one.since_s + self.pace.patience_s)
                if one.due_s > now_s:
                    ends.append(one.due_s)
        return min(ends, default=None)


def _counted(failed: Failed, tries: int) -> Failed:
    return failed if tries <= 1 else replace(failed, error=f"{failed.error} (tried {tries} times)")
