"""When nobody can be told of a patient's alert, the patient's own home is: its gateways alarm there.

Only of what is about a person, and not of what can wait: whoever hears it there is asked to look after them.
What was asked is asked again while it lasts, and taken back when somebody is reached; should this process
die meanwhile, it ends by itself.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from threading import Event
from typing import Final

import structlog

from cloud.alerts.telling.batch import Held, HoldReason
from cloud.commands.issue import CommandIssuer
from cloud.ports import Alert, Directory, Family, Priority
from vitals.errors import StorageError

__all__ = ["AGAIN_S", "ALARM_S", "SINCE_S", "LastResort", "ways_failed"]

_log = structlog.get_logger(__name__)

SINCE_S: Final = 15.0
"""Channels have tried for as long as they may: so much more is against what is just being decided anew."""
ALARM_S: Final = 900
"""For how long a home alarms unless it is asked again."""
AGAIN_S: Final = 300.0
_IDLE_S: Final = 5.0
_BY: Final = "service"
_TAKEN_BACK: Final = 0
_RANKS: Final = (Priority.MEDIUM, Priority.HIGH)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What a gateway was asked to alarm of, and when."""

    priority: Priority
    at_s: float


@dataclass(slots=True, kw_only=True)
class LastResort:
    """`step` asks whom it is time to ask, `run` goes on until told; in real seconds.

    `unreached` are the alerts for which every way to people fails, of the patients evaluated here.
    """

    unreached: Callable[[], Iterable[Alert]]
    directory: Directory
    issuer: CommandIssuer
    monotonic_s: Callable[[], float]
    _since_s: dict[str, float] = field(default_factory=dict)
    _asked: dict[str, _Asked] = field(default_factory=dict)
    _failure: str | None = None
    _woken: Event = field(default_factory=Event)

    def run(self, stop: Event) -> None:
        """Step until `stop` is set; a store in trouble is tried again."""
        while not stop.is_set():
            try:
                self.step()
                self._failure = None
            except StorageError as error:
                self._failure = str(error)
                _log.error("last_resort.store_failed", error=str(error))
            except Exception:  # noqa: BLE001 - the thread outlives whatever goes wrong
                self._failure = "see the log"
                _log.exception("last_resort.step_failed")
            self._woken.wait(_IDLE_S)
            self._woken.clear()

    def wake(self) -> None:
        """Look at once."""
        self._woken.set()

    def troubles(self) -> tuple[str, ...]:
        """Return what is not well, in words."""
        return () if self._failure is None else (f"alerts: homes cannot be asked to alarm: {self._failure}",)

    def step(self) -> None:
        """Ask the gateways of whoever is unreached, and take back what was asked of others."""
        now_s = self.monotonic_s()
        wanted = self._wanted(now_s)
        for gateway, priority in wanted.items():
            if self._is_to_ask(gateway, priority, now_s):
                self._ask(gateway, priority, ALARM_S)
                self._asked[gateway] = _Asked(priority=priority, at_s=now_s)
        for gateway in self._asked.keys() - wanted.keys():
            asked = self._asked[gateway]
            if now_s - asked.at_s < ALARM_S:
                self._ask(gateway, asked.priority, _TAKEN_BACK)
            del self._asked[gateway]

    def _wanted(self, now_s: float) -> Mapping[str, Priority]:
        """Return each gateway to be asked, with the most urgent priority."""
        alerts = [one for one in self.unreached() if _calls_for_help(one)]
        self._since_s = {one.id: self._since_s.get(one.id, now_s) for one in alerts}
        lasting = [one for one in alerts if now_s - self._since_s[one.id] >= SINCE_S]
        worn = self.directory.devices_worn_by({one.patient_id for one in lasting}) if lasting else {}
        lasting.sort(key=lambda one: _RANKS.index(one.priority))
        return {
            device.gateway: one.priority
            for one in lasting
            for device in worn.get(one.patient_id, ())
            if device.gateway
        }

    def _is_to_ask(self, gateway: str, priority: Priority, now_s: float) -> bool:
        asked = self._asked.get(gateway)
        return asked is None or asked.priority is not priority or now_s - asked.at_s >= AGAIN_S

    def _ask(self, gateway: str, priority: Priority, for_s: int) -> None:
        body = {"for_s": for_s, "priority": priority.value}
        self.issuer.issue(gateway, "nobody-reached", body, by=_BY, expires_in_s=ALARM_S)
        _log.warning("last_resort.asked", gateway=gateway, priority=priority.value, for_s=for_s)


def _calls_for_help(alert: Alert) -> bool:
    return alert.family is Family.PHYSIOLOGICAL and alert.priority in _RANKS and alert.state.awaits_a_person


def ways_failed(unreached: Mapping[str, Held]) -> list[Alert]:
    """Return those for whom there are ways, and each fails; where nobody gave any, open pages are the way."""
    return [held.alert for held in unreached.values() if held.reason is HoldReason.EVERY_WAY_FAILED]
