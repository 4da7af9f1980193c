"""A `cloud.alerts.judging.surroundings.GatewayPresence` from two dicts."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(slots=True)
class FakeGatewayPresence:
    heard_ms: dict[str, int] = field(default_factory=dict)
    connected: dict[str, bool] = field(default_factory=dict)
    alarming: dict[str, frozenset[str]] = field(default_factory=dict)
    taking_in: bool = True

    def heard_ms_by_gateway(self) -> Mapping[str, int]:
        return dict(self.heard_ms)

    def online(self, gateway: str) -> bool | None:
        return self.connected.get(gateway)

    def alarms(self, gateway: str) -> frozenset[str]:
        return self.alarming.get(gateway, frozenset())

    def is_taking_in(self) -> bool:
        return self.taking_in
