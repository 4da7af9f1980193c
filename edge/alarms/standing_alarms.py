"""Every alarm that stands in this home, of the wearers and of the gateway itself, and who has seen to it.

The two families are never merged (IEC 60601-1-8). Alarms of the wearers are the cloud's to tell; they
are signalled here while it tells nobody, and go quiet by themselves once it does again, for it knows the
same episodes by the same event ids. Alarms of the gateway are always signalled here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from edge.alarms.health_limits import LimitTurn, LimitWatch
from edge.alarms.local_alarm import ALARMS, AlarmChange, AlarmKey, Priority
from vitals.clock import Clock
from vitals.errors import DeviceError
from vitals.records import AnyRecord, HealthEvent, ObservationRun, Phase

__all__ = ["EVENT_ALARMS", "Family", "SignalPolicy", "StandingAlarm", "StandingAlarms"]


class Family(StrEnum):
    """Whether an alarm is about a person or about equipment."""

    PHYSIOLOGICAL = "physiological"
    TECHNICAL = "technical"


class SignalPolicy(StrEnum):
    """When the wearers' alarms are signalled here."""

    WHEN_CLOUD_SILENT = "when-cloud-silent"
    """While nobody outside may be told: nothing is acknowledged, or the cloud's alerting is not heard."""
    ALWAYS = "always"


@dataclass(frozen=True, slots=True, kw_only=True)
class EventAlarm:
    """One row: how an event the gateway concluded is told here.

    While it stands, what it `covers` is not told beside it: the same of the same heart, by a slower measure.
    """

    title: str
    priority: Priority
    covers: frozenset[str] = frozenset()


EVENT_ALARMS: Final[Mapping[str, EventAlarm]] = MappingProxyType(
    {
        "atrial-fibrillation": EventAlarm(title="Heart rhythm irregular", priority=Priority.MEDIUM),
        "ventricular-fibrillation": EventAlarm(
            title="Heart perhaps not beating",
            priority=Priority.HIGH,
            covers=frozenset(
                {
                    "ventricular-tachycardia",
                    "extreme-tachycardia",
                    "heart-rate-very-high",
                    "heart-rate-very-low",
                }
            ),
        ),
        "asystole": EventAlarm(
            title="No heartbeat seen",
            priority=Priority.HIGH,
            covers=frozenset({"pause", "extreme-bradycardia", "heart-rate-very-low"}),
        ),
        "ventricular-tachycardia": EventAlarm(
            title="Run of fast wide heartbeats",
            priority=Priority.HIGH,
            covers=frozenset({"extreme-tachycardia", "heart-rate-very-high"}),
        ),
        "pause": EventAlarm(title="Pause of the heart", priority=Priority.MEDIUM),
        "extreme-bradycardia": EventAlarm(
            title="Heart very slow", priority=Priority.HIGH, covers=frozenset({"heart-rate-very-low"})
        ),
        "extreme-tachycardia": EventAlarm(
            title="Heart very fast", priority=Priority.MEDIUM, covers=frozenset({"heart-rate-very-high"})
        ),
        "fall": EventAlarm(title="Perhaps a fall", priority=Priority.HIGH),
        "glucose-below-range": EventAlarm(title="Glucose too low to measure", priority=Priority.HIGH),
        "glucose-above-range": EventAlarm(title="Glucose too high to measure", priority=Priority.MEDIUM),
        "long-lie": EventAlarm(title="Lying since a fall", priority=Priority.HIGH),
    }
)
"""By condition; one without a row is told by its own name, with medium priority."""

MOST_SILENCE_S: Final[Mapping[Priority, int]] = MappingProxyType(
    {Priority.HIGH: 600, Priority.MEDIUM: 3_600, Priority.LOW: 86_400}
)
"""Nobody can keep an alarm quiet for longer at once: whoever did may have left the house."""
_RANKS: Final = (Priority.HIGH, Priority.MEDIUM, Priority.LOW)
_MOST: Final = 64
_WHAT_TO_DO: Final = "Look after the person, and call for help if it is needed. The cloud is told too."


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingAlarm:
    """One alarm condition that holds; `key` is an event id, or the key of one of the gateway's own.

    `condition` is that of the event, or the key of the limit or of the gateway's own alarm.
    """

    key: str
    title: str
    says: str
    priority: Priority
    family: Family
    since_ms: int
    condition: str = ""
    device: str | None = None
    is_acknowledged: bool = False
    quiet_until_s: float | None = None
    """By the clock that never jumps: a wall clock set back would keep it quiet for longer."""

    def is_quiet(self, now_s: float) -> bool:
        """Tell whether somebody has seen to its sound."""
        return self.is_acknowledged or (self.quiet_until_s is not None and now_s < self.quiet_until_s)


class StandingAlarms:
    """`edge.ports.LocalSignals`, and what lights, sounds and the page are told."""

    def __init__(
        self,
        *,
        clock: Clock,
        new_id: Callable[[], str],
        policy: SignalPolicy = SignalPolicy.WHEN_CLOUD_SILENT,
        can_identify: bool = True,
    ) -> None:
        """`can_identify` is whether there is a light or a sound to show this gateway with."""
        self.on_confirmed: Callable[[str], None] = lambda _event_id: None
        """Told of each event that somebody says was right."""
        self.on_unreached: Callable[[Priority, float], None] = lambda _priority, _for_s: None
        """Told for how long to alarm that the cloud reaches nobody."""
        self._can_identify = can_identify
        self._clock = clock
        self._policy = policy
        self._limits = LimitWatch(new_id=new_id)
        self._alarms: dict[str, StandingAlarm] = {}
        self._muting: set[AlarmKey] = set()
        self._identify_until_s = float("-inf")

    # --- What comes and goes ----------------------------------------------------------------

    def on_change(self, change: AlarmChange) -> None:
        """Take note of one of the gateway's own alarms."""
        if change.alarm.mutes_cloud:
            (self._muting.add if change.is_raised else self._muting.discard)(change.alarm.key)
        if not change.is_raised:
            self._alarms.pop(change.key, None)
            return
        self._put(
            StandingAlarm(
                key=change.key,
                title=change.alarm.title,
                says=change.alarm.remedy,
                priority=change.alarm.priority,
                family=Family.TECHNICAL,
                since_ms=change.t_ms,
                condition=change.alarm.key,
                device=change.device,
            )
        )

    def on_record(self, record: AnyRecord) -> None:
        """Take note of what a record says of a wearer."""
        match record:
            case HealthEvent():
                self._on_event(record)
            case ObservationRun():
                for turn in self._limits.take(record, now_ms=self._clock.wall_ms()):
                    self._on_limit(turn)
            case _:
                pass

    def _on_event(self, event: HealthEvent) -> None:
        if event.phase is Phase.END:
            self._alarms.pop(event.event_id, None)
            return
        known = EVENT_ALARMS.get(event.condition)
        self._put(
            StandingAlarm(
                key=event.event_id,
                title=known.title if known else event.condition.replace("-", " ").capitalize(),
                says=_WHAT_TO_DO,
                priority=known.priority if known else Priority.MEDIUM,
                family=Family.PHYSIOLOGICAL,
                since_ms=event.t_ms,
                condition=event.condition,
                device=event.device,
            )
        )

    def _on_limit(self, turn: LimitTurn) -> None:
        if turn.phase is Phase.END:
            self._alarms.pop(turn.event_id, None)
            return
        self._put(
            StandingAlarm(
                key=turn.event_id,
                title=turn.limit.title,
                says=_WHAT_TO_DO,
                priority=turn.limit.priority,
                family=Family.PHYSIOLOGICAL,
                since_ms=turn.t_ms,
                condition=turn.limit.key,
                device=turn.device,
            )
        )

    def _put(self, alarm: StandingAlarm) -> None:
        """Add an alarm; beyond what is reasonable, the least and oldest gives way."""
        self._alarms[alarm.key] = alarm
        if len(self._alarms) > _MOST:
            least = max(self._alarms.values(), key=lambda a: (a.is_acknowledged, *_order(a)))
            del self._alarms[least.key]

    # --- What is asked of it ----------------------------------------------------------------

    def silence(self, key: str, *, until_ms: int) -> int | None:
        """Keep one alarm's sound quiet, for no longer than its priority allows."""
        alarm = self._alarms.get(key)
        if alarm is None:
            return None
        now_ms = self._clock.wall_ms()
        granted_ms = max(0, min(until_ms - now_ms, 1000 * MOST_SILENCE_S[alarm.priority]))
        quiet_until_s = self._clock.monotonic_s() + granted_ms / 1000
        self._alarms[key] = replace(alarm, quiet_until_s=quiet_until_s)
        return now_ms + granted_ms

    def acknowledge(self, event_id: str, *, was_right: bool | None = None) -> bool:
        """Take note that somebody looks after this alarm; it makes no sound any more."""
        if was_right:
            self.on_confirmed(event_id)
        alarm = self._alarms.get(event_id)
        if alarm is not None:
            self._alarms[event_id] = replace(alarm, is_acknowledged=True)
        return alarm is not None

    def nobody_reached(self, *, priority: str, for_s: float) -> None:
        """Have it alarmed that the cloud reaches nobody; 0 s: it does again."""
        self.on_unreached(Priority(priority), for_s)

    def identify(self, seconds: float) -> None:
        """Let light and sound show which gateway this is.

        Raises
        ------
        DeviceError
            There is neither.
        """
        if not self._can_identify:
            raise DeviceError(f"this gateway has no light or sound to show itself with for {seconds:.0f} s")
        self._identify_until_s = self._clock.monotonic_s() + seconds

    # --- What stands ------------------------------------------------------------------------

    @property
    def standing(self) -> tuple[StandingAlarm, ...]:
        """Everything that stands and is told, whether it is signalled here or not; the most urgent first."""
        alarms = self._alarms.values()
        told = [alarm for alarm in alarms if not any(_covers(one, alarm) for one in alarms)]
        return tuple(sorted(told, key=_order))

    @property
    def is_identifying(self) -> bool:
        """Whether somebody wants to know which gateway this is."""
        return self._clock.monotonic_s() < self._identify_until_s

    def lit(self) -> StandingAlarm | None:
        """Return the most urgent alarm to be shown here; being seen to does not change that."""
        return next((alarm for alarm in self.standing if self._is_signalled(alarm)), None)

    def sounding(self) -> StandingAlarm | None:
        """Return the most urgent alarm to be heard here."""
        now_s = self._clock.monotonic_s()
        return next(
            (alarm for alarm in self.standing if self._is_signalled(alarm) and not alarm.is_quiet(now_s)),
            None,
        )

    def is_quiet(self, alarm: StandingAlarm) -> bool:
        """Tell whether somebody has seen to its sound."""
        return alarm.is_quiet(self._clock.monotonic_s())

    def _is_signalled(self, alarm: StandingAlarm) -> bool:
        return alarm.family is Family.TECHNICAL or self._policy is SignalPolicy.ALWAYS or bool(self._muting)


def _covers(one: StandingAlarm, other: StandingAlarm) -> bool:
    """Tell whether `other` is not told beside `one`."""
    if one.device != other.device or one.family is not other.family:
        return False
    if one.family is Family.PHYSIOLOGICAL:
        known = EVENT_ALARMS.get(one.condition)
        return known is not None and other.condition in known.covers
    is_as_urgent = _RANKS.index(one.priority) <= _RANKS.index(other.priority)
    return is_as_urgent and other.condition in ALARMS[AlarmKey(one.condition)].covers


def _order(alarm: StandingAlarm) -> tuple[int, bool, int]:
    """Return the place in line: by priority, people before equipment, the newest first."""
    return (_RANKS.index(alarm.priority), alarm.family is Family.TECHNICAL, -alarm.since_ms)
