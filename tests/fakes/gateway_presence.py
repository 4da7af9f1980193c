"""A `cloud.alerts.watchdog.GatewayPresence` from two dicts."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class FakeGatewayPresence:
    heard_ms: dict[str, int] = field(default_factory=dict)
    connected: dict[str, bool] = field(default_factory=dict)

    def last_heard_ms(self, gateway: str) -> int | None:
        return self.heard_ms.get(gateway)

    def online(self, gateway: str) -> bool | None:
        return self.connected.get(gateway)
