"""From what is due to what was handed over: one visible row of stages.

inhibit -> group -> silence -> dedupe -> quiet -> route -> pace -> notify -> record
"""

from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Final

from cloud.alerts.telling.addressing import route
from cloud.alerts.telling.batch import Batch, Held, HoldReason, Parcel, Situation, Stage
from cloud.alerts.telling.circles import Circles
from cloud.alerts.telling.history import NOTHING_TOLD, history_of
from cloud.alerts.telling.ladder import standing_of
from cloud.alerts.telling.messages import Messages
from cloud.alerts.telling.notify import NoSlowChannels, Notify, SlowChannels
from cloud.alerts.telling.pacing import MINUTE_MS, MOST_A_MINUTE, pace
from cloud.alerts.telling.quiet import Quiet
from cloud.alerts.telling.record import LONGEST_HOLD_MS, LONGEST_LOOK_MS, SHORTEST_LOOK_MS, Record
from cloud.alerts.telling.stages import dedupe, group, inhibit, silence
from cloud.early_warning.local_time import LocalTime
from cloud.partitions import EVERY_PARTITION, partition_of
from cloud.ports import (
    HELD_CHANNEL,
    AlertReader,
    AlertStateStore,
    Family,
    Notifier,
    Priority,
    Silence,
    Watched,
)
from vitals.clock import Clock

__all__ = ["Pipeline"]

_LOOKED_AT_ONCE: Final = 200
_OPEN_AT_MOST: Final = 500
_REACHES_NOBODY: Final = frozenset({HoldReason.NOBODY, HoldReason.PAGES_ALONE, HoldReason.EVERY_WAY_FAILED})
_LOOKED_AT_AGAIN: Final = frozenset({HoldReason.INHIBITED, HoldReason.DUPLICATE, HoldReason.NOBODY})
"""What ends by something that need not show in the alert that is held."""


@dataclass(slots=True, kw_only=True)
class Pipeline:
    """Takes what is due of the partitions that are `mine` through the stages. One run at a time.

    `unreached` are the alerts that reach nobody as they stand, by their ids, with the reason.
    Everything is reckoned from what is recorded: what this remembers saves work, and is lost without loss.
    """

    store: AlertStateStore
    reader: AlertReader
    circles: Circles
    pages: Notifier
    clock: Clock
    slow: SlowChannels = field(default_factory=NoSlowChannels)
    messages: Messages = field(default_factory=Messages)
    silences: Callable[[int], Sequence[Silence]] = lambda _: ()
    local: LocalTime = field(default_factory=LocalTime)
    mine: Callable[[], Collection[int]] = lambda: EVERY_PARTITION
    stages: tuple[Stage, ...] = field(init=False)
    unreached: dict[str, Held] = field(default_factory=dict)
    _notify: Notify = field(init=False)
    _record: Record = field(init=False)
    _handed_ms: dict[tuple[str, Family], int] = field(default_factory=dict)
    _sent_ms: dict[str, deque[int]] = field(default_factory=dict)
    _seen_ms: int | None = None
    _was_mine: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        self._record = Record(store=self.store)
        self._notify = Notify(
            pages=self.pages, slow=self.slow, clock=self.clock, messages=self.messages, mine=self.mine
        )
        self.stages = (
            inhibit,
            group,
            silence,
            dedupe,
            Quiet(self.local),
            route,
            pace,
            self._notify,
            self._record,
        )

    def run(self) -> Batch:
        """Judge what is due; return what was handed over and what was held."""
        self._record.catch_up()
        ended = self._notify.ended()
        self._record.keep(ended.hand_offs)
        now_ms = self.clock.wall_ms()
        self._look_through_if_needed(now_ms)
        watched = self._watched(now_ms)
        if not watched:
            return ended
        batch = self._told(watched, self._situation(now_ms, watched))
        self._remember(watched, batch, now_ms)
        return replace(
            batch,
            hand_offs=(*ended.hand_offs, *batch.hand_offs),
            subjects={**ended.subjects, **batch.subjects},
        )

    def _look_through_if_needed(self, now_ms: int) -> None:
        """At the start, with what was taken over, and after a clock was set back, everything is due."""
        mine = frozenset(self.mine())
        is_set_back = self._seen_ms is not None and now_ms < self._seen_ms
        if self._seen_ms is None or is_set_back or mine - self._was_mine:
            self.store.rouse()
        self._seen_ms, self._was_mine = now_ms, mine

    def _watched(self, now_ms: int) -> Sequence[Watched]:
        """Return what is due, and with it whatever else is watched of the same patients."""
        is_awaited = self._notify.is_awaited
        due = [one for one in self.store.due(now_ms, self.mine()) if not is_awaited(one.alert_id, one.state)]
        if not due:
            return ()
        patients = {one.patient_id for one in due[:_LOOKED_AT_ONCE]}
        watched = self.store.watched_of(patients)
        return [one for one in watched if not is_awaited(one.alert.id, one.alert.state)]

    def _situation(self, now_ms: int, watched: Sequence[Watched]) -> Situation:
        pasts = self.reader.hand_offs_of_each([one.alert.id for one in watched])
        circles = self.circles.of({one.alert.patient_id for one in watched}, now_ms)
        histories = {alert_id: history_of(past) for alert_id, past in pasts.items()}
        return Situation(
            now_ms=now_ms,
            open_alerts=cache(
                lambda patient: self.reader.alerts_of(patient, open_only=True, limit=_OPEN_AT_MOST)
            ),
            history=lambda alert_id: histories.get(alert_id, NOTHING_TOLD),
            circle=lambda patient: circles[patient],
            silences=self.silences(now_ms),
            handed_ms=self._handed_ms,
            sent_ms=self._sent_ms,
        )

    def _told(self, watched: Sequence[Watched], situation: Situation) -> Batch:
        times_ms: dict[str, int | None] = {}
        parcels = []
        for one in watched:
            alert = one.alert
            policy = situation.circle(alert.patient_id).policy_for(alert)
            standing = standing_of(alert, policy, situation.history(alert.id), situation.now_ms)
            times_ms[alert.id] = _sooner(situation.now_ms + LONGEST_LOOK_MS, standing.next_ms)
            if standing.occasion is not None:
                parcels.append(Parcel(alerts=(alert,), occasion=standing.occasion, step=standing.step))
        batch = Batch(going=tuple(parcels))
        *before, record = self.stages
        for stage in before:
            batch = stage(batch, situation)
        self._record.look_again(watched, _times(batch, times_ms, situation))
        return record(batch, situation)

    def _remember(self, watched: Sequence[Watched], batch: Batch, now_ms: int) -> None:
        for letter in batch.letters:
            lead = letter.entries[0].alert
            if lead.priority is not Priority.HIGH:
                self._handed_ms[lead.patient_id, lead.family] = now_ms
        sent = {(one.way.person.id, one.entries[0].alert.id) for one in batch.letters if one.way.contact}
        for person_id, _ in sent:
            self._sent_ms.setdefault(person_id, deque(maxlen=MOST_A_MINUTE)).append(now_ms)
        for gone in [who for who, sent_ms in self._sent_ms.items() if now_ms - sent_ms[-1] > MINUTE_MS]:
            del self._sent_ms[gone]
        seen = {one.alert.id for one in watched}
        self.unreached = {
            alert_id: held
            for alert_id, held in self.unreached.items()
            if alert_id not in seen and partition_of(held.alert.patient_id) in self._was_mine
        } | {one.alert.id: one for one in batch.held if one.reason in _REACHES_NOBODY and not one.is_settled}


def _times(batch: Batch, planned_ms: Mapping[str, int | None], situation: Situation) -> dict[str, int | None]:
    """Return when to look again at what was looked at and is not told now; None: nothing more comes of it."""
    told = {entry.alert.id for letter in batch.letters for entry in letter.entries}
    times_ms = dict(planned_ms)
    for again in batch.again:
        if again.at_ms is not None:
            times_ms[again.alert_id] = _sooner(again.at_ms, times_ms[again.alert_id])
    for held in batch.held:
        look_ms = _look_ms(held, situation)
        if look_ms is not None:
            times_ms[held.alert.id] = _sooner(look_ms, times_ms[held.alert.id])
    settled = {one.alert_id for one in batch.again if one.at_ms is None}
    settled |= {one.alert.id for one in batch.held if one.is_settled}
    times_ms |= dict.fromkeys(settled)
    return {alert_id: at_ms for alert_id, at_ms in times_ms.items() if alert_id not in told}


def _look_ms(held: Held, situation: Situation) -> int | None:
    """Return when to look again at what is held: at its time, or after as long as it has been held."""
    if held.until_ms is not None:
        return held.until_ms
    if held.reason not in _LOOKED_AT_AGAIN:
        return None
    since_ms = situation.history(held.alert.id).held_since_ms(f"{HELD_CHANNEL}{held.reason}", held.person_id)
    lasted_ms = 0 if since_ms is None else situation.now_ms - since_ms
    return situation.now_ms + min(max(lasted_ms, SHORTEST_LOOK_MS), LONGEST_HOLD_MS)


def _sooner(one_ms: int, other_ms: int | None) -> int:
    return one_ms if other_ms is None else min(one_ms, other_ms)
