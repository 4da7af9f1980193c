"""A person takes an alert on: by name, with a reason, and for good."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

import msgspec
import structlog

from cloud.alerts.judging.lifecycle import Trigger, advance
from cloud.alerts.judging.state import Episode, PatientState, decode_state, encode_state
from cloud.ports import (
    Alert,
    AlertReader,
    AlertState,
    AlertStateStore,
    OvertakenError,
    Permissions,
    Person,
    Remembered,
    Scope,
)
from vitals.errors import AccessDeniedError

__all__ = ["AcknowledgeReason", "AlertService"]

_TRIES: Final = 20
"""How often a word is given anew because the evaluator, which never rests, changed the state meanwhile."""
_log = structlog.get_logger()


class AcknowledgeReason(StrEnum):
    """What the person found; the share of REAL among them is what an alarm is worth."""

    REAL = "real"
    FALSE_ALARM = "false-alarm"
    KNOWN = "known"
    HANDLED = "handled"

    @property
    def was_right(self) -> bool:
        """Whether there was something to alarm of."""
        return self is not AcknowledgeReason.FALSE_ALARM


@dataclass(slots=True, kw_only=True)
class AlertService:
    """Acknowledges alerts, in whichever process: what the evaluator changed meanwhile is read again.

    `on_acknowledged` is told of an episode that goes on, and must not raise.
    """

    store: AlertStateStore
    reader: AlertReader
    permissions: Permissions
    on_acknowledged: Callable[[Episode, Person, AcknowledgeReason], None] = lambda *_: None

    def acknowledge(
        self, alert_id: str, person: Person, reason: AcknowledgeReason, now_ms: int
    ) -> Alert | None:
        """Acknowledge an alert and return it as it is now; None if there is no such alert.

        The first to acknowledge is the one on record; an alert that is over takes a reason, too.

        Raises
        ------
        AccessDeniedError
            If alerts of the patient are not open to the person.
        OvertakenError
            If the evaluator changed the state every time.
        """
        alert = self.reader.alert(alert_id)
        if alert is None:
            return None
        if not self.permissions.may_see(person, alert.patient_id, Scope.ALERTS, now_ms):
            raise AccessDeniedError("this alert is not yours to see: ask the patient for access")
        for _ in range(_TRIES):
            before = self.store.load(alert.patient_id)
            alert = self.reader.alert(alert_id)  # after the state: a change in between is noticed
            if alert is None or alert.acknowledged_ms is not None:
                return alert
            try:
                return self._acknowledge(alert, before, person, reason, now_ms)
            except OvertakenError:
                _log.info("alert.acknowledged_anew", alert=alert_id)
        raise OvertakenError("the alert changes too fast to be acknowledged: try again")

    def _acknowledge(
        self, alert: Alert, before: Remembered, person: Person, reason: AcknowledgeReason, now_ms: int
    ) -> Alert:
        state = decode_state(before.state) if before.state else PatientState(patient_id=alert.patient_id)
        episode = next((one for one in state.episodes if one.alert and one.alert.id == alert.id), None)
        life = advance(episode.life if episode else alert.state, Trigger.ACKNOWLEDGE)
        is_cleared = life is AlertState.RESOLVED and alert.resolved_ms is None
        taken = replace(
            alert,
            state=life or alert.state,
            acknowledged_ms=now_ms,
            acknowledged_by=person.id,
            acknowledged_reason=reason.value,
            resolved_ms=now_ms if is_cleared else alert.resolved_ms,
        )
        resolved = (*state.resolved, taken.id) if is_cleared else state.resolved
        after = msgspec.structs.replace(state, episodes=_with(state.episodes, taken), resolved=resolved)
        self.store.commit(before, encode_state(after), (taken,))
        _log.info("alert.acknowledged", alert=alert.id, person=person.id, reason=reason.value)
        if episode is not None:
            self.on_acknowledged(episode, person, reason)
        return taken


def _with(episodes: tuple[Episode, ...], taken: Alert) -> tuple[Episode, ...]:
    """Return the episodes with the alert as it is now; one that is over is no longer among them."""
    return tuple(
        msgspec.structs.replace(one, alert=taken) if one.alert and one.alert.id == taken.id else one
        for one in episodes
        if not (one.alert and one.alert.id == taken.id and taken.state is AlertState.RESOLVED)
    )
