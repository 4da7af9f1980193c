"""Glucose beyond what its meter or sensor can measure: there is no number to judge, so it is an event.

"LO" and "HI" are the most dangerous readings there are, and a gap would say that nothing is known.
"""

from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from edge.readings import Beyond, Reading, Value
from vitals.records import HealthEvent, Phase

__all__ = ["CONDITIONS", "BeyondRange"]

CONDITIONS: Final = MappingProxyType(
    {Beyond.BELOW: "glucose-below-range", Beyond.ABOVE: "glucose-above-range"}
)
"""What the event is called, by the side on which there is no number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Episode:
    event_id: str
    t_ms: int


class BeyondRange:
    """Follows one source: an episode lasts until a number that was measured after it began."""

    def __init__(self, *, device: str, new_id: Callable[[], str]) -> None:
        self._device = device
        self._new_id = new_id
        self._standing: dict[Beyond, _Episode] = {}

    def take(self, reading: Reading, *, t_ms: int, noticed_ms: int) -> list[HealthEvent]:
        """Take a reading true at `t_ms`, in whatever order they come; return what begins or ends with it."""
        if reading.beyond is None and not any(isinstance(told, Value) for told in reading.entries):
            return []  # says neither
        over = {
            side: episode
            for side, episode in self._standing.items()
            if side is not reading.beyond and t_ms > episode.t_ms
        }
        events = []
        for side, episode in over.items():
            del self._standing[side]
            events.append(self._event(side, Phase.END, episode.event_id, t_ms, noticed_ms))
        if reading.beyond is not None and reading.beyond not in self._standing:
            episode = self._standing[reading.beyond] = _Episode(event_id=self._new_id(), t_ms=t_ms)
            events.append(self._event(reading.beyond, Phase.ONSET, episode.event_id, t_ms, noticed_ms))
        return events

    def _event(self, side: Beyond, phase: Phase, event_id: str, t_ms: int, noticed_ms: int) -> HealthEvent:
        return HealthEvent(
            event_id=event_id,
            device=self._device,
            condition=CONDITIONS[side],
            phase=phase,
            t_ms=t_ms,
            noticed_ms=noticed_ms,
        )
