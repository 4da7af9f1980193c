"""What is usual for one person: by quantity and hour of their day, and how their last night was."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from zoneinfo import ZoneInfo

from cloud.early_warning.local_time import LocalTime
from vitals.features.baseline import Usual
from vitals.scores.night_signal import Night

__all__ = ["NO_HABITS", "Habits"]

_GREENWICH: Final = LocalTime(zone=ZoneInfo("UTC"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """As learnt so far: `by_hour` has 24 entries a quantity, None where it is not known yet.

    `night` is the newest night that is over, if it was measured and can be judged; `local` where they live.
    """

    by_hour: Mapping[str, Sequence[Usual | None]] = field(default_factory=dict)
    night: Night | None = None
    local: LocalTime = _GREENWICH

    def hour(self, t_ms: int) -> int:
        """Return the hour of their day."""
        return self.local.at(t_ms).hour

    def usual(self, quantity: str, hour: int) -> Usual | None:
        """Return what is usual at an hour; None while it is not known."""
        hours = self.by_hour.get(quantity)
        return None if hours is None else hours[hour]


NO_HABITS: Final = Habits()
