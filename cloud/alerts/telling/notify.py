"""The stage that speaks, and what comes back from the channels that take their time."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from cloud.alerts.telling.attempt import attempted
from cloud.alerts.telling.batch import Batch, Letter, Situation
from cloud.alerts.telling.dispatch import Finished
from cloud.alerts.telling.errands import Errand, Outcome, hand_offs_of
from cloud.alerts.telling.messages import Messages
from cloud.partitions import EVERY_PARTITION, partition_of
from cloud.ports import Alert, AlertState, HandOff, Message, Notifier
from vitals.clock import Clock

__all__ = ["Notify", "SlowChannels"]


class SlowChannels(Protocol):
    """The channels beyond open pages: they take messages on, and say later what came of each."""

    def offer(self, errands: Iterable[Errand]) -> None:
        """Take messages on; what is under way already stays so."""
        ...

    def finished(self) -> Sequence[Finished]:
        """Return, once, what has ended since this was last asked."""
        ...


class NoSlowChannels:
    """There are only open pages."""

    def offer(self, errands: Iterable[Errand]) -> None:
        """Take on what nobody writes: there are no ways for it."""

    def finished(self) -> Sequence[Finished]:
        """Return nothing."""
        return ()


@dataclass(slots=True, kw_only=True)
class Notify:
    """Publishes on open pages at once, and offers everything else to the slow channels.

    What ceased to be `mine` since the batch was begun is left to whoever speaks of it now. What is under way
    when the process ends was never recorded, so whoever comes next sends it again, under the same key.
    """

    pages: Notifier
    slow: SlowChannels
    clock: Clock
    messages: Messages = field(default_factory=Messages)
    mine: Callable[[], Collection[int]] = lambda: EVERY_PARTITION
    _under_way: dict[str, Letter] = field(default_factory=dict)
    _alerts: dict[str, dict[str, AlertState]] = field(default_factory=dict)

    def __call__(self, batch: Batch, _: Situation) -> Batch:
        """Send every letter."""
        mine = self.mine()
        letters = [
            one
            for one in batch.letters
            if all(partition_of(entry.alert.patient_id) in mine for entry in one.entries)
        ]
        at_once = [one for one in letters if one.way.contact is None]
        told = [hand_off for one in at_once for hand_off in self._published(one)]
        self.slow.offer([self._begun(one) for one in letters if one.way.contact is not None])
        return replace(
            batch,
            letters=tuple(letters),
            hand_offs=(*batch.hand_offs, *told),
            subjects={**batch.subjects, **_subjects(at_once)},
        )

    def is_under_way(self, alert_id: str) -> bool:
        """Tell whether something of an alert is on its way."""
        return alert_id in self._alerts

    def is_awaited(self, alert_id: str, state: AlertState) -> bool:
        """Tell whether an alert is not to be looked at before it is known what came of what is on its way.

        That somebody took it on meanwhile is told at once, however long another channel hangs.
        """
        states = self._alerts.get(alert_id, {}).values()
        return bool(states) and (state is not AlertState.ACKNOWLEDGED or state in states)

    def ended(self) -> Batch:
        """Return what came of letters since this was last asked."""
        ended = [
            (self._under_way.pop(one.errand.key), one.hand_offs[0])
            for one in self.slow.finished()
            if one.errand.key in self._under_way
        ]
        for letter, hand_off in ended:
            self._forget(letter, hand_off.key or "")
        return Batch(
            hand_offs=tuple(one for letter, first in ended for one in _of_each(letter, first)),
            subjects=_subjects(letter for letter, _ in ended),
        )

    def _published(self, letter: Letter) -> list[HandOff]:
        message = self._message(letter)
        outcome: Outcome = attempted(self.pages, message)
        at_ms = self.clock.wall_ms()
        first = hand_offs_of(message, [letter.entries[0].alert], self.pages.channel, outcome, at_ms)[0]
        return _of_each(letter, first)

    def _begun(self, letter: Letter) -> Errand:
        message = self._message(letter)
        self._under_way[message.key] = letter
        for entry in letter.entries:
            self._alerts.setdefault(entry.alert.id, {})[message.key] = entry.alert.state
        return Errand(message=message, alerts=tuple(entry.alert for entry in letter.entries))

    def _forget(self, letter: Letter, key: str) -> None:
        for entry in letter.entries:
            keys = self._alerts.get(entry.alert.id, {})
            keys.pop(key, None)
            if not keys:
                self._alerts.pop(entry.alert.id, None)

    def _message(self, letter: Letter) -> Message:
        lead = letter.entries[0]
        alerts = [entry.alert for entry in letter.entries]
        return self.messages.of(alerts, letter.way.person, letter.way.contact, lead.step, lead.occasion)


def _of_each(letter: Letter, first: HandOff) -> list[HandOff]:
    """Return what is recorded of each alert of a letter, after what is recorded of the first."""
    return [
        replace(
            first,
            alert_id=entry.alert.id,
            state=entry.alert.state,
            step=entry.step,
            occasion=entry.occasion,
        )
        for entry in letter.entries
    ]


def _subjects(letters: Iterable[Letter]) -> dict[str, Alert]:
    return {entry.alert.id: entry.alert for one in letters for entry in one.entries}
