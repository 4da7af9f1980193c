"""What the gateway notices about itself: what it counts, and which of its own alarms stand."""

from dataclasses import dataclass, field

from edge.counters import Counters
from edge.local_alarm import LocalAlarms

__all__ = ["GatewayHealth"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayHealth:
    """One for a gateway; every part adds to it."""

    counters: Counters = field(default_factory=Counters)
    alarms: LocalAlarms = field(default_factory=LocalAlarms)

    def counted(self) -> dict[str, int]:
        """Return every counter, and a 1 for each alarm that stands."""
        return {**self.counters, **{f"alarm.{key}": 1 for key in self.alarms.standing}}
