"""Channels that take messages on, and end each when it is asked what has ended; or hold on to all of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from cloud.alerts.telling.dispatch import Finished
from cloud.alerts.telling.errands import Delivered, Errand, Failed
from cloud.ports import Channel, Message
from vitals.clock import Clock


@dataclass(slots=True)
class FakeSlowChannels:
    clock: Clock
    broken: set[Channel] = field(default_factory=set)
    hanging: bool = False
    offered: list[Message] = field(default_factory=list)
    waiting: dict[str, Errand] = field(default_factory=dict)

    def offer(self, errands: Iterable[Errand]) -> None:
        for one in errands:
            if one.key not in self.waiting:
                self.waiting[one.key] = one
                self.offered.append(one.message)

    def finished(self) -> Sequence[Finished]:
        if self.hanging:
            return ()
        ended = [self._ended(one) for one in self.waiting.values()]
        self.waiting.clear()
        return ended

    def _ended(self, errand: Errand) -> Finished:
        contact = errand.message.contact
        assert contact is not None
        fails = contact.channel in self.broken
        outcome = Failed(error="down: try later") if fails else Delivered()
        hand_offs = errand.hand_offs(contact.channel, outcome, self.clock.wall_ms())
        return Finished(errand=errand, hand_offs=hand_offs)
