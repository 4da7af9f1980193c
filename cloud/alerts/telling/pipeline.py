"""From what is owed to what was handed over: one visible row of stages.

inhibit -> group -> silence -> dedupe -> route -> notify -> record
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Final

import structlog

from cloud.alerts.telling.agenda import Agenda
from cloud.alerts.telling.messages import OCCASION_OF, Messages
from cloud.alerts.telling.stages import (
    HELD_CHANNEL,
    Batch,
    Held,
    HoldReason,
    Parcel,
    Situation,
    Stage,
    dedupe,
    group,
    inhibit,
    route,
    silence,
)
from cloud.partitions import EVERY_PARTITION, partition_of
from cloud.ports import (
    Alert,
    AlertReader,
    AlertStateStore,
    Directory,
    Family,
    HandOff,
    Message,
    Notifier,
    Priority,
    Silence,
)
from vitals.clock import Clock
from vitals.errors import DeliveryError

__all__ = ["Notify", "Pipeline", "Record"]

_OWED_AT_ONCE: Final = 200
_OPEN_AT_MOST: Final = 500
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Notify:
    """The stage that speaks: every channel, every person; a failure is a hand-off with its reason.

    What ceased to be `mine` since the batch was begun is left to whoever speaks of it now.
    """

    notifiers: Sequence[Notifier]
    clock: Clock
    messages: Messages = field(default_factory=Messages)
    mine: Callable[[], Collection[int]] = lambda: EVERY_PARTITION

    def __call__(self, batch: Batch, _: Situation) -> Batch:
        """Hand every parcel over."""
        tried = [
            hand_off
            for parcel in batch.going
            if partition_of(parcel.alerts[0].patient_id) in self.mine()
            for notifier in self.notifiers
            for person in parcel.people
            for hand_off in self._hand_over(notifier, parcel.alerts, self.messages.of(parcel.alerts, person))
        ]
        return replace(batch, hand_offs=(*batch.hand_offs, *tried))

    def _hand_over(self, notifier: Notifier, alerts: Sequence[Alert], message: Message) -> list[HandOff]:
        receipt, error = _tried(notifier, message)
        at_ms = self.clock.wall_ms()
        return [
            HandOff(
                alert_id=alert.id,
                channel=notifier.channel,
                person_id=message.person.id,
                at_ms=at_ms,
                error=error,
                state=alert.state,
                step=message.step,
                occasion=OCCASION_OF[alert.state],
                key=message.key,
                receipt=receipt,
            )
            for alert in alerts
        ]


@dataclass(slots=True, kw_only=True)
class Record:
    """The stage that remembers: what was handed over, and what was held back and why, once each.

    What could not be recorded is recorded next time, before anything is handed over again.
    """

    store: AlertStateStore
    _waiting: list[HandOff] = field(default_factory=list)

    def __call__(self, batch: Batch, situation: Situation) -> Batch:
        """Record the batch."""
        self._waiting += batch.hand_offs
        news = [held for held in batch.held if _is_news(held, situation)]
        self._waiting += [_as_hand_off(held, situation.now_ms) for held in news]
        self.catch_up()
        return batch

    def catch_up(self) -> None:
        """Record what waits to be recorded."""
        if self._waiting:
            self.store.handed_off(tuple(self._waiting))
            self._waiting.clear()


@dataclass(slots=True, kw_only=True)
class Pipeline:
    """Takes what the store owes of the partitions that are `mine` through the stages. One run at a time.

    What is held is judged again only when that can come to anything: see `Agenda`.
    """

    store: AlertStateStore
    reader: AlertReader
    directory: Directory
    notifiers: Sequence[Notifier]
    clock: Clock
    messages: Messages = field(default_factory=Messages)
    silences: Callable[[], Sequence[Silence]] = tuple
    mine: Callable[[], Collection[int]] = lambda: EVERY_PARTITION
    stages: tuple[Stage, ...] = field(init=False)
    _record: Record = field(init=False)
    _agenda: Agenda = field(default_factory=Agenda)
    _handed_ms: dict[tuple[str, Family], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._record = Record(store=self.store)
        self.stages = (
            inhibit,
            group,
            silence,
            dedupe,
            route,
            Notify(notifiers=self.notifiers, clock=self.clock, messages=self.messages, mine=self.mine),
            self._record,
        )

    def run(self) -> Batch:
        """Judge what is owed and due; return what was handed over and what was held."""
        self._record.catch_up()
        situation = self._situation()
        due = self._agenda.due(self.store.owing(self.mine()), situation.now_ms)[:_OWED_AT_ONCE]
        if not due:
            return Batch(going=())
        owed = self.store.owed_of({one.patient_id for one in due})
        batch = Batch(going=tuple(Parcel(alerts=(alert,)) for alert in owed))
        for stage in self.stages:
            batch = stage(batch, situation)
        self._note_groups(batch, situation.now_ms)
        self._agenda.note(batch.held, situation.now_ms)
        return batch

    def _situation(self) -> Situation:
        now_ms = self.clock.wall_ms()
        return Situation(
            now_ms=now_ms,
            open_alerts=cache(
                lambda patient: self.reader.alerts_of(patient, open_only=True, limit=_OPEN_AT_MOST)
            ),
            hand_offs=cache(self.reader.hand_offs_of),
            people=cache(lambda patient: self.directory.people_who_may_see(patient, now_ms)),
            silences=self.silences(),
            handed_ms=self._handed_ms,
        )

    def _note_groups(self, batch: Batch, now_ms: int) -> None:
        handed = {one.alert_id for one in batch.hand_offs if one.error is None}
        for parcel in batch.going:
            lead = parcel.alerts[0]
            if lead.id in handed and lead.priority is not Priority.HIGH:
                self._handed_ms[lead.patient_id, lead.family] = now_ms


def _tried(notifier: Notifier, message: Message) -> tuple[str | None, str | None]:
    """Return the receipt and no error once the channel has taken it, else what went wrong.

    No channel may stop the others.
    """
    alert, channel = message.alert.id, notifier.channel
    try:
        return notifier.deliver(message), None
    except DeliveryError as error:
        _log.warning("alert.not_handed_over", alert=alert, channel=channel)
        return None, str(error)
    except Exception as error:  # noqa: BLE001 - a channel's fault must not stop the others
        fault = type(error).__name__
        _log.error("alert.channel_failed", alert=alert, channel=channel, fault=fault)
        return None, f"the channel itself failed ({fault}): look at its log"


def _as_hand_off(held: Held, now_ms: int) -> HandOff:
    return HandOff(
        alert_id=held.alert.id,
        channel=f"{HELD_CHANNEL}{held.reason}",
        person_id="",
        at_ms=now_ms,
        error=None if held.is_settled else held.because,
        state=held.alert.state,
    )


def _is_news(held: Held, situation: Situation) -> bool:
    """Tell a hold once; a retry's reason stands in the failures themselves."""
    if held.reason is HoldReason.RETRY_LATER:
        return False
    told = {(one.channel, one.state) for one in situation.hand_offs(held.alert.id)}
    return (f"{HELD_CHANNEL}{held.reason}", held.alert.state) not in told
