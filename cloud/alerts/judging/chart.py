"""A patient's state laid open for one evaluation: detectors write on it, then it is closed again."""

from collections import Counter
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

import msgspec

from cloud.alerts.judging import history
from cloud.alerts.judging.course import Point
from cloud.alerts.judging.gathered import Gathered
from cloud.alerts.judging.lifecycle import INACTIVE, Trigger, advance, alert_id
from cloud.alerts.judging.state import DeviceMemory, EndedEvent, Episode, Latest, PatientState
from cloud.alerts.rules.plan import STANDARD_PLAN, CarePlan
from cloud.alerts.rules.rows import EventRule, RateRule, Rule
from cloud.alerts.wording.explanation import ENDED_BECAUSE, Baseline, Finding, explain
from cloud.early_warning.quantities import LEARNT_OF
from cloud.ports import Alert, AlertState

__all__ = ["DELAYED_MS", "Chart", "SkipReason", "is_doubtful", "is_newer"]

DELAYED_MS: Final = 120_000
"""What reached the gateway longer ago than this when it reached the server is late."""
_MINUTE_MS: Final = 60_000
ENDED_KEPT: Final = 64
_YEAR_2020_MS: Final = 1_577_836_800_000
_AHEAD_MS: Final = 300_000


class SkipReason(StrEnum):
    """Why a value or record was stored but not judged."""

    LOW_QUALITY = "low-quality"
    IMPLAUSIBLE = "implausible"
    NOT_NEWER = "not-newer"
    CLOCK_DOUBTED = "clock-doubted"
    ALREADY_SAID = "already-said"
    NOT_WATCHED = "not-watched"
    """A person switched its row off for this patient."""


def is_doubtful(t_ms: int, received_ms: int) -> bool:
    """Tell whether an effective time cannot be believed: before 2020 or well ahead of the server."""
    return t_ms < _YEAR_2020_MS or t_ms > received_ms + _AHEAD_MS


def is_newer(t_ms: int, than_ms: int, received_ms: int) -> bool:
    """Tell whether an effective time is news: one left by a clock that has been set back blocks no other."""
    return t_ms > than_ms or is_doubtful(than_ms, received_ms)


@dataclass(slots=True, kw_only=True)
class Chart:
    """One patient's episodes, devices and history at `now_ms`, of what the server got at `received_ms`.

    A rule and a source name an episode; every change of an alert goes through the lifecycle's table.
    """

    patient_id: str
    now_ms: int
    received_ms: int
    episodes: dict[tuple[str, str], Episode]
    devices: dict[str, DeviceMemory]
    lately: dict[str, bytes]
    latest: dict[str, Latest]
    ended: dict[str, EndedEvent]
    resolved: dict[str, None]
    skipped: Counter[str]
    left_out: dict[str, list[tuple[int, str, int]]] = field(default_factory=dict)
    newest: dict[str, list[tuple[int, float]]] = field(default_factory=dict)
    looked_ms: int = 0
    has_news: bool = False
    plan: CarePlan = STANDARD_PLAN
    changed: dict[str, Alert] = field(default_factory=dict)
    gathered: list[Gathered] = field(default_factory=list)
    """What combinations are to look at."""
    over: list[tuple[Episode, int]] = field(default_factory=list)
    """What was under way and has ended in this evaluation, and when."""

    @classmethod
    def opened(
        cls, state: PatientState, now_ms: int, received_ms: int, plan: CarePlan = STANDARD_PLAN
    ) -> "Chart":
        """Lay a state open; server times of a clock that was ahead become now."""
        return cls(
            patient_id=state.patient_id,
            now_ms=now_ms,
            received_ms=received_ms,
            episodes={(one.rule, one.source): _begun_by(one, now_ms) for one in state.episodes},
            devices={device: _heard_by(memory, now_ms) for device, memory in state.devices.items()},
            lately=dict(state.lately),
            latest=dict(state.latest),
            ended={event.event_id: event for event in state.ended},
            resolved=dict.fromkeys(state.resolved),
            skipped=Counter(state.skipped),
            left_out=dict(state.left_out),
            newest=dict(state.newest),
            looked_ms=state.looked_ms,
            plan=plan,
        )

    def closed(self) -> tuple[PatientState, list[Alert]]:
        """Return the state after this evaluation and each alert that changed, as it is now."""
        state = PatientState(
            patient_id=self.patient_id,
            episodes=tuple(self.episodes.values()),
            devices=self.devices,
            lately=self.lately,
            latest=self.latest,
            ended=tuple(self.ended.values())[-ENDED_KEPT:],
            resolved=tuple(self.resolved)[-ENDED_KEPT:],
            skipped=dict(self.skipped),
            left_out=self.left_out,
            newest=self.newest,
            looked_ms=self.looked_ms,
        )
        return state, list(self.changed.values())

    def find(self, rule: Rule, source: str) -> Episode | None:
        """Return the episode under way, if any."""
        return self.episodes.get((rule.key, source))

    def rule_of(self, episode: Episode) -> Rule:
        """Return the row an episode belongs to."""
        return self.plan.rules[episode.rule]

    def of(self, rule: Rule) -> list[Episode]:
        """Return every episode of a rule."""
        return [episode for episode in self.episodes.values() if episode.rule == rule.key]

    def keep(self, episode: Episode) -> None:
        """Put an episode back, changed."""
        self.episodes[episode.rule, episode.source] = episode

    def begin(self, rule: Rule, source: str, *, devices: tuple[str, ...], t_ms: int) -> Episode:
        """See the cause for the first time: a pending episode."""
        advance(INACTIVE, Trigger.BREACH)
        episode = Episode(
            rule=rule.key,
            source=source,
            devices=devices,
            began_ms=t_ms,
            began_received_ms=self.received_ms,
            newest_ms=t_ms,
        )
        self.keep(episode)
        return episode

    def activate(self, rule: Rule, episode: Episode, finding: Finding, *, noticed_ms: int | None) -> None:
        """Raise the alert of a pending episode whose cause has lasted; one that is over stays over."""
        name = self._name(rule, episode)
        if name in self.resolved:
            del self.episodes[rule.key, episode.source]
            self.skip(SkipReason.ALREADY_SAID)
            return
        state = advance(episode.life, Trigger.HELD)
        alert = Alert(
            id=name,
            patient_id=self.patient_id,
            condition=rule.key,
            family=rule.family,
            priority=rule.priority,
            state=state or AlertState.ACTIVE,
            began_ms=episode.began_ms,
            raised_ms=self.now_ms,
            noticed_ms=noticed_ms,
            delayed=noticed_ms is not None and self.received_ms - noticed_ms > DELAYED_MS,
            explanation=explain(rule, self._completed(self._beside_usual(rule, finding, episode.newest_ms))),
        )
        self._publish(episode, alert)

    def recover(self, rule: Rule, source: str, t_ms: int) -> None:
        """See the cause gone: pending vanishes, latched waits for a person, others resolve."""
        episode = self.find(rule, source)
        if episode is None:
            return
        if episode.alert is not None:
            self.over.append((episode, t_ms))
        trigger = Trigger.SUBSIDE if rule.latched and episode.alert else Trigger.RECOVER
        life = advance(episode.life, trigger)
        if episode.alert is None or life is INACTIVE:
            del self.episodes[rule.key, source]
        elif life is AlertState.RESOLVED:
            self._publish(episode, replace(episode.alert, state=life, resolved_ms=t_ms))
        elif life is not episode.life:
            self._publish(episode, replace(episode.alert, state=AlertState.LATCHED))
        for device in episode.devices:
            self._explained_until_now(device)

    def end_unwatched(self) -> None:
        """End what is no longer watched for, latched or not: a person said so; who was told hears of it."""
        for (rule, source), episode in list(self.episodes.items()):
            if rule not in self.plan.rules.rows:
                self._withdraw(source, episode, SkipReason.NOT_WATCHED)

    def withdraw(self, rule: Rule, source: str) -> None:
        """End what is no longer so, latched or not; who was told hears of it."""
        episode = self.find(rule, source)
        if episode is not None:
            self._withdraw(source, episode)

    def state_fact(
        self, rule: Rule, source: str, finding: Finding, *, t_ms: int, noticed_ms: int | None
    ) -> None:
        """Raise a latched alert whose cause is over already, unless the like still waits for a person."""
        if self.find(rule, source) is not None:
            self.skip(SkipReason.ALREADY_SAID)
            return
        episode = self.begin(rule, source, devices=finding.devices, t_ms=t_ms)
        self.activate(rule, episode, finding, noticed_ms=noticed_ms)
        self.recover(rule, source, t_ms)

    def skip(self, reason: SkipReason, count: int = 1) -> None:
        """Count what is not judged."""
        self.skipped[reason.value] += count

    def leave_out(self, kind: str, reason: SkipReason) -> None:
        """Count a value that is not judged, and remember for ten minutes that its kind lacks it."""
        self.skip(reason)
        minute = (self.received_ms - self.received_ms % _MINUTE_MS, reason.value)
        counts = {(t_ms, why): count for t_ms, why, count in self._lately_left_out(kind)}
        counts[minute] = counts.get(minute, 0) + 1
        self.left_out[kind] = [(t_ms, why, count) for (t_ms, why), count in counts.items()]

    def device(self, device: str) -> DeviceMemory:
        """Return what is known of a device."""
        return self.devices.get(device) or DeviceMemory()

    def note_newest(self, device: str, kind: str, t_ms: int) -> None:
        """Note up to which effective time a device's values of a kind have been seen."""
        memory = self.device(device)
        if memory.newest_ms.get(kind, -1) != t_ms:
            newest = memory.newest_ms | {kind: t_ms}
            self.devices[device] = msgspec.structs.replace(memory, newest_ms=newest)

    def note_latest(self, kind: str, latest: Latest) -> None:
        """Note a value as the newest of its kind, unless another device's is newer."""
        held = self.latest.get(kind)
        if held is None or held.t_ms <= latest.t_ms or is_doubtful(held.t_ms, self.received_ms):
            self.latest[kind] = latest

    def keep_course(self, device: str, kind: str, points: list[Point]) -> None:
        """Keep how a device's kind has gone."""
        memory = self.device(device)
        self.devices[device] = msgspec.structs.replace(memory, courses=memory.courses | {kind: points})

    def remember(self, kind: str, t_ms: int, value: float) -> None:
        """Add to the last ten minutes, one point in ten seconds."""
        packed = self.lately.get(kind, b"")
        if packed:
            newest_ms = history.newest_ms(packed)
            if 0 <= t_ms - newest_ms < history.STEP_MS:  # as almost always
                return
            if is_doubtful(newest_ms, self.received_ms):
                packed = b""
            elif t_ms < newest_ms:
                return
        self.lately[kind] = history.with_point(packed, t_ms, value)

    def history(self, kind: str) -> tuple[tuple[int, float], ...]:
        """Return the last ten minutes of a kind as `(t_ms, value)`."""
        return history.points_of(self.lately.get(kind, b""))

    def _withdraw(self, source: str, episode: Episode, why: SkipReason | None = None) -> None:
        life = advance(episode.life, Trigger.WITHDRAW)
        if episode.alert is None or life is INACTIVE:
            del self.episodes[episode.rule, source]
        else:
            because = {} if why is None else {ENDED_BECAUSE: why.value}
            self._publish(
                episode,
                replace(
                    episode.alert,
                    state=AlertState.RESOLVED,
                    resolved_ms=self.now_ms,
                    explanation=episode.alert.explanation | because,
                ),
            )
        for device in episode.devices:
            self._explained_until_now(device)

    def _completed(self, finding: Finding) -> Finding:
        """Add the last ten minutes: those of the kind that was read, else of what the devices told last."""
        kind = finding.history_kind or finding.kind or self._told_by(finding.devices)
        if kind is None:
            return finding
        left_out: Counter[str] = Counter()
        for _, why, count in self._lately_left_out(kind):
            left_out[why] += count
        return replace(
            finding,
            history=finding.history or self.history(kind),
            history_kind=kind,
            left_out=left_out,
        )

    def _lately_left_out(self, kind: str) -> list[tuple[int, str, int]]:
        return [one for one in self.left_out.get(kind, ()) if one[0] > self.received_ms - history.SPAN_MS]

    def _told_by(self, devices: tuple[str, ...]) -> str | None:
        """Return the kind that these devices told last, of those of which the last minutes are kept."""
        newest = {
            kind: t_ms
            for device in devices
            for kind, t_ms in self.device(device).newest_ms.items()
            if self.lately.get(kind)
        }
        return max(newest, key=lambda kind: newest[kind], default=None)

    def _beside_usual(self, rule: Rule, finding: Finding, t_ms: int) -> Finding:
        """Add what is usual for this person at that hour, where it is known."""
        if isinstance(rule, RateRule):  # a change is not to be held against usual values
            return finding
        kind = (rule.history if isinstance(rule, EventRule) else finding.kind) or ""
        habits, quantity = self.plan.habits, LEARNT_OF.get(kind, "")
        if quantity not in habits.by_hour:
            return finding
        hour = habits.hour(t_ms)
        usual = habits.usual(quantity, hour)
        if usual is None:
            return finding
        low, high = usual.range()
        baseline = Baseline(kind=kind, median=usual.median, low=low, high=high, hour=hour, days=usual.days)
        return replace(finding, baseline=baseline)

    def _name(self, rule: Rule, episode: Episode) -> str:
        began_ms = None if isinstance(rule, EventRule) else episode.began_ms
        return alert_id(self.patient_id, rule.key, episode.source, began_ms)

    def _publish(self, episode: Episode, alert: Alert) -> None:
        self.changed[alert.id] = alert
        if alert.state is AlertState.RESOLVED:
            del self.episodes[episode.rule, episode.source]
            self.resolved[alert.id] = None
        else:
            self.keep(msgspec.structs.replace(episode, alert=alert))

    def _explained_until_now(self, device: str) -> None:
        if device in self.devices:
            memory = self.devices[device]
            self.devices[device] = msgspec.structs.replace(memory, explained_ms=self.received_ms)


def _begun_by(episode: Episode, now_ms: int) -> Episode:
    if episode.began_received_ms <= now_ms:
        return episode
    return msgspec.structs.replace(episode, began_received_ms=now_ms)


def _heard_by(memory: DeviceMemory, now_ms: int) -> DeviceMemory:
    heard_ms = memory.data_received_ms
    if max(heard_ms or 0, memory.explained_ms) <= now_ms:
        return memory
    return msgspec.structs.replace(
        memory,
        data_received_ms=None if heard_ms is None else min(heard_ms, now_ms),
        explained_ms=min(memory.explained_ms, now_ms),
    )
