"""An episode as it is told: one name from its onset to its end."""

from collections.abc import Callable
from dataclasses import dataclass

from vitals.records import Evidence, HealthEvent, Phase

__all__ = ["Episode", "Told"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What is said of a turn: when it came, when the samples arrived that showed it, how good they were."""

    t_ms: int
    noticed_ms: int
    quality: float | None = None
    evidence: Evidence | None = None


@dataclass(slots=True, kw_only=True)
class Episode:
    """Whether one condition of one device stands, and under which name."""

    device: str
    condition: str
    new_id: Callable[[], str]
    event_id: str | None = None

    @property
    def stands(self) -> bool:
        """Whether it was told to begin, and not to end."""
        return self.event_id is not None

    def begin(self, told: Told) -> HealthEvent:
        """Tell that it begins."""
        self.event_id = self.new_id()
        return self._event(self.event_id, Phase.ONSET, told)

    def end(self, told: Told) -> list[HealthEvent]:
        """Tell that it ends; nothing, if it does not stand."""
        event_id, self.event_id = self.event_id, None
        return [] if event_id is None else [self._event(event_id, Phase.END, told)]

    def _event(self, event_id: str, phase: Phase, told: Told) -> HealthEvent:
        return HealthEvent(
            event_id=event_id,
            device=self.device,
            condition=self.condition,
            phase=phase,
            t_ms=told.t_ms,
            noticed_ms=told.noticed_ms,
            signal_quality=told.quality,
            evidence=told.evidence,
        )
