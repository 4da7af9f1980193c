"""What the gateway notices about itself: what it counts, and which of its own alarms stand."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from edge.alarms.local_alarm import LocalAlarms
from edge.counters import Counters

__all__ = ["GatewayHealth"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayHealth:
    """One for a gateway; every part adds to it, or lets its own counters be asked."""

    counters: Counters = field(default_factory=Counter)
    alarms: LocalAlarms = field(default_factory=LocalAlarms)
    sources: list[Callable[[], Mapping[str, int]]] = field(default_factory=list)

    def counted(self) -> dict[str, int]:
        """Return every counter by event name, and a 1 for each alarm that stands."""
        elsewhere = {event: number for source in self.sources for event, number in source().items()}
        standing = {f"alarm.{key}": 1 for key in self.alarms.standing}
        return {**self.counters, **elsewhere, **standing}
