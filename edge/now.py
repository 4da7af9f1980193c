"""How everything stands at one moment: what the page, the status file and the service manager are told."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from edge.alarms.board import WearableNow
from edge.alarms.host_watch import HostReading
from edge.alarms.standing_alarms import StandingAlarm
from edge.ports import Backlog
from edge.sending.way import Way
from vitals.wire.ledger import Witnessed

__all__ = ["Now"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Now:
    """One moment; times are of the gateway's wall clock, durations of real seconds."""

    gateway_id: str
    t_ms: int
    uptime_s: int = 0
    is_link_up: bool = False
    way: Way | None = None
    """By what records go up; `None`: they wait."""
    heard_s_ago: float | None = None
    """Since when the cloud has acknowledged nothing; `None`: not once since the start."""
    backlog: Backlog = field(default_factory=Backlog)
    reading: HostReading = field(default_factory=HostReading)
    alarms: tuple[StandingAlarm, ...] = ()
    """The most urgent first."""
    quiet: frozenset[str] = frozenset()
    """Keys of the alarms whose sound somebody has seen to."""
    ledger: Witnessed | None = None
    """What this gateway keeps of the cloud's ledger; `None`: nothing yet."""
    wearables: tuple[WearableNow, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    """What the settings call a device."""

    def name_of(self, device: str) -> str:
        """Return what people call a device, or its id."""
        return self.names.get(device, device)

    def in_one_line(self) -> str:
        """Return the line a service manager shows."""
        link = "the cloud is reached" if self.is_link_up else "the cloud is not reached"
        link += " by HTTP" if self.is_link_up and self.way is Way.HTTP else ""
        alarms = ", ".join(alarm.title.lower() for alarm in self.alarms) or "no alarm"
        return f"{self.gateway_id}: {link}, {self.backlog.records} records wait, {alarms}"
