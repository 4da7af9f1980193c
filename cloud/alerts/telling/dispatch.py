"""Everything on its way to people by channels that take their time: none holds up another, or the worker.

What is offered ends: within the channel's patience, and a deadline more, it was taken or has failed. What
had not ended when the process did is to be offered again; it has the same key.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Event, Lock
from typing import Final

import structlog

from cloud.alerts.telling.errands import Errand, Failed, Outcome, Pace
from cloud.alerts.telling.lane import Lane
from cloud.ports import Channel, ContactBook, HandOff, Notifier
from vitals.clock import Clock
from vitals.errors import StorageError

__all__ = ["Dispatch", "Finished"]

_IDLE_S: Final = 5.0
_TROUBLED_S: Final = 1.0
_LAST_WORDS_S: Final = 5.0
_LAST_LOOK_S: Final = 0.05
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """A message that is on its way no more, and what is to be recorded of it."""

    errand: Errand
    hand_offs: Sequence[HandOff]


@dataclass(slots=True, kw_only=True)
class _Standing:
    """How a channel does: how many messages have failed since one was taken, and the last reason."""

    failed: int = 0
    error: str = ""


@dataclass(slots=True, kw_only=True)
class Dispatch:
    """Delivers messages by the channels of `notifiers`, in threads of its own while `run` runs.

    `contacts` forgets a way that is gone; `leave` says, before each attempt, of what may not go any more why
    not; `on_finished` is called when there is something in `finished`.
    """

    notifiers: Sequence[Notifier]
    contacts: ContactBook
    clock: Clock
    pace: Pace = field(default_factory=Pace)
    monotonic_s: Callable[[], float] = time.monotonic
    leave: Callable[[Errand], Failed | None] = lambda _: None
    on_finished: Callable[[], None] = lambda: None
    _lanes: Mapping[Channel, Lane] = field(init=False)
    _standing: dict[Channel, _Standing] = field(default_factory=dict)
    _offered: list[Errand] = field(default_factory=list)
    _finished: list[Finished] = field(default_factory=list)
    _under_way: set[str] = field(default_factory=set)
    _lock: Lock = field(default_factory=Lock)
    _woken: Event = field(default_factory=Event)

    def __post_init__(self) -> None:
        self._lanes = {one.channel: self._lane(one) for one in self.notifiers}

    @property
    def channels(self) -> frozenset[Channel]:
        """The channels it can use."""
        return frozenset(self._lanes)

    def offer(self, errands: Iterable[Errand]) -> None:
        """Take messages on, from any thread; one whose key is under way or not recorded yet is on its way."""
        with self._lock:
            fresh = {one.key: one for one in errands if one.key not in self._under_way}
            self._under_way |= fresh.keys()
            self._offered += fresh.values()
        if fresh:
            self.wake()

    def is_under_way(self, key: str) -> bool:
        """Tell whether a message is on its way, or its end was not fetched yet."""
        with self._lock:
            return key in self._under_way

    def finished(self) -> Sequence[Finished]:
        """Return, once, what has ended since this was last asked."""
        with self._lock:
            ended, self._finished = self._finished, []
            self._under_way -= {one.errand.key for one in ended}
        return ended

    def run(self, stop: Event) -> None:
        """Deliver until `stop` is set; then let what is being delivered end, for a few seconds."""
        while not stop.is_set():
            self.wait(self._stepped())
        until_s = self.monotonic_s() + _LAST_WORDS_S
        while any(lane.running for lane in self._lanes.values()) and self.monotonic_s() < until_s:
            self.wait(_LAST_LOOK_S)
            for lane in self._lanes.values():
                lane.note_ended()

    def wake(self) -> None:
        """Have it look at once."""
        self._woken.set()

    def wait(self, most_s: float) -> None:
        """Wait until there is something to do, or so long."""
        self._woken.wait(most_s)
        self._woken.clear()

    def step(self) -> float:
        """Do what is to be done now; return for how many seconds nothing will be."""
        with self._lock:
            offered, self._offered = self._offered, []
        for errand in offered:
            self._take(errand)
        due_s = [next_s for lane in self._lanes.values() if (next_s := lane.step()) is not None]
        return max(0.0, min((*(each - self.monotonic_s() for each in due_s), _IDLE_S)))

    def troubles(self) -> tuple[str, ...]:
        """Return which channels do not deliver, in words."""
        standing = [(channel, one) for channel, one in self._standing.items() if one.failed]
        told = [
            f"{channel}: messages not taken since one last was: {one.failed}; the last: {one.error}"
            for channel, one in standing
        ]
        hanging = [(channel, lane.stuck) for channel, lane in self._lanes.items() if lane.stuck]
        told += [f"{channel}: deliveries that hang and are waited out: {stuck}" for channel, stuck in hanging]
        if standing and len(standing) == len(self._standing):
            told.append("alerts: no channel delivers; people are told on open pages alone")
        return tuple(told)

    def _stepped(self) -> float:
        """Step, whatever goes wrong: without this thread nobody is told of anything but on open pages."""
        try:
            return self.step()
        except Exception as error:  # noqa: BLE001 - the thread outlives whatever goes wrong
            _log.error("channels.step_failed", fault=type(error).__name__)
            return _TROUBLED_S

    def _lane(self, notifier: Notifier) -> Lane:
        def finish(errand: Errand, outcome: Outcome) -> None:
            self._finish(notifier.channel, errand, outcome)

        return Lane(
            notifier=notifier,
            pace=self.pace,
            monotonic_s=self.monotonic_s,
            finish=finish,
            wake=self.wake,
            leave=self.leave,
        )

    def _take(self, errand: Errand) -> None:
        channel = _channel(errand)
        lane = self._lanes.get(channel)
        if lane is None:
            self._finish(channel, errand, Failed(error=f"{channel} is not set up here: see the settings"))
        else:
            lane.take(errand)

    def _finish(self, channel: Channel, errand: Errand, outcome: Outcome) -> None:
        self._note(channel, outcome)
        if isinstance(outcome, Failed) and outcome.is_gone:
            self._forget(errand, outcome)
        hand_offs = errand.hand_offs(channel, outcome, self.clock.wall_ms())
        with self._lock:
            self._finished.append(Finished(errand=errand, hand_offs=hand_offs))
        self.on_finished()

    def _note(self, channel: Channel, outcome: Outcome) -> None:
        """Count failures of a channel until it delivers; a way that is gone, or not asked, says nothing."""
        if isinstance(outcome, Failed) and outcome.is_withheld:
            return
        standing = self._standing.setdefault(channel, _Standing())
        if not isinstance(outcome, Failed):
            standing.failed = 0
        elif not outcome.is_gone:
            standing.failed += 1
            standing.error = outcome.error

    def _forget(self, errand: Errand, outcome: Failed) -> None:
        contact = errand.message.contact
        if contact is None:
            return
        try:
            self.contacts.remove(contact.id, outcome.error, self.clock.wall_ms())
        except StorageError as error:
            _log.error("contact.not_removed", contact=contact.id, why=str(error))


def _channel(errand: Errand) -> Channel:
    contact = errand.message.contact
    return Channel.IN_APP if contact is None else contact.channel
