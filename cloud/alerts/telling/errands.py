"""A message on its way to somebody: in what pace it is tried, and what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cloud.alerts.telling.messages import OCCASION_OF
from cloud.ports import Alert, Channel, HandOff, Message, Occasion, Priority

__all__ = ["Delivered", "Errand", "Failed", "Outcome", "Pace", "hand_offs_of"]

_LONGEST_RECEIPT: Final = 200
_URGENCY: Final = {Priority.HIGH: 0, Priority.MEDIUM: 1, Priority.LOW: 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How long a channel may take, in real seconds, and how many deliveries it has at once.

    An attempt that takes longer than `deadline_s` has failed. It is tried again after `waits_s`, the last
    of which repeats, until a message has been on its way for `patience_s`. No more than `at_once` attempts
    run, one to a receiver; no more than `most_stuck` that outlasted their deadline are waited out, no more
    than `stuck_each` of a receiver; beyond `most_waiting` the least urgent and newest message has failed.
    """

    deadline_s: float = 10.0
    patience_s: float = 60.0
    waits_s: tuple[float, ...] = (2.0, 5.0, 15.0)
    at_once: int = 8
    most_stuck: int = 16
    stuck_each: int = 2
    most_waiting: int = 1_000

    def wait_s(self, tries: int) -> float:
        """Return how long to wait after so many tries."""
        return self.waits_s[min(tries, len(self.waits_s)) - 1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """The channel has taken it, and gave a receipt or none."""

    receipt: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """Why it was not taken. `is_final`: to try again is of no use; `is_gone`: nor is to use this way again.

    `again_s` is for how long the channel asked to be left alone. What was `is_withheld` is no fault of the
    channel's: it was not asked.
    """

    error: str
    is_final: bool = False
    is_gone: bool = False
    is_withheld: bool = False
    again_s: float | None = None


Outcome = Delivered | Failed


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """A message by a channel that is not in-app, and the alerts it tells of, as they were then."""

    message: Message
    alerts: tuple[Alert, ...]

    @property
    def key(self) -> str:
        """What names this telling."""
        return self.message.key

    @property
    def urgency(self) -> int:
        """Return its place before others: the lowest goes first."""
        return _URGENCY[self.message.alert.priority]

    def hand_offs(self, channel: Channel, outcome: Outcome, at_ms: int) -> Sequence[HandOff]:
        """Return what is to be recorded of each of its alerts."""
        return hand_offs_of(self.message, self.alerts, channel, outcome, at_ms)


def hand_offs_of(
    message: Message, alerts: Sequence[Alert], channel: Channel, outcome: Outcome, at_ms: int
) -> Sequence[HandOff]:
    """Return what is to be recorded of each of the alerts that a message told of."""
    return [
        HandOff(
            alert_id=alert.id,
            channel=channel,
            person_id=message.person.id,
            at_ms=at_ms,
            error=outcome.error if isinstance(outcome, Failed) else None,
            state=alert.state,
            step=message.step,
            occasion=_occasion(message, alert),
            key=message.key,
            contact_id=None if message.contact is None else message.contact.id,
            receipt=_kept(outcome.receipt) if isinstance(outcome, Delivered) else None,
        )
        for alert in alerts
    ]


def _kept(receipt: str | None) -> str | None:
    """Return as much of what a receiver said as any database keeps: it may be any bytes, and a stranger's."""
    return receipt and "".join(one for one in receipt if one.isprintable())[:_LONGEST_RECEIPT]


def _occasion(message: Message, alert: Alert) -> Occasion:
    """Return why an alert was told: those that go out as one may have begun and ended."""
    is_first = message.occasion in OCCASION_OF.values()
    return OCCASION_OF[alert.state] if is_first else message.occasion
