"""A `cloud.ports.AlertReader` that also takes acknowledgements, in memory."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from cloud.alerts.acknowledge import AcknowledgeReason
from cloud.ports import Alert, AlertState, HandOff, Person


@dataclass(slots=True)
class FakeAlertReader:
    alerts: dict[str, Alert] = field(default_factory=dict)
    hand_offs: list[HandOff] = field(default_factory=list)

    def alert(self, alert_id: str) -> Alert | None:
        return self.alerts.get(alert_id)

    def alerts_of(self, patient_id: str, *, open_only: bool, limit: int) -> Sequence[Alert]:
        found = [
            each
            for each in self.alerts.values()
            if each.patient_id == patient_id and not (open_only and each.state is AlertState.RESOLVED)
        ]
        return sorted(found, key=lambda each: -each.raised_ms)[:limit]

    def open_of_each(self, patient_ids: Collection[str]) -> Mapping[str, Sequence[Alert]]:
        found = {
            each: [
                one
                for one in self.alerts_of(each, open_only=True, limit=len(self.alerts))
                if one.state is not AlertState.PENDING
            ]
            for each in patient_ids
        }
        return {each: alerts for each, alerts in found.items() if alerts}

    def hand_offs_of(self, alert_id: str) -> Sequence[HandOff]:
        return [each for each in self.hand_offs if each.alert_id == alert_id]

    def hand_offs_of_each(self, alert_ids: Collection[str]) -> Mapping[str, Sequence[HandOff]]:
        return {each: self.hand_offs_of(each) for each in alert_ids}

    def newest_hand_offs(self, limit: int) -> Mapping[int, HandOff]:
        return dict([*enumerate(self.hand_offs, start=1)][-limit:])

    def acknowledge(
        self, alert_id: str, person: Person, reason: AcknowledgeReason, now_ms: int
    ) -> Alert | None:
        alert = self.alerts.get(alert_id)
        if alert is None or alert.acknowledged_ms is not None:
            return alert
        self.alerts[alert_id] = replace(
            alert,
            state=AlertState.ACKNOWLEDGED if alert.state is AlertState.ACTIVE else alert.state,
            acknowledged_ms=now_ms,
            acknowledged_by=person.id,
            acknowledged_reason=reason.value,
        )
        return self.alerts[alert_id]
