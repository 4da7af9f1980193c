"""Which episodes of one heart stand, so that none stands for ever that a gateway began and forgot.

What follows an episode lives in memory. After a restart nothing would ever tell its end, and in the service
an episode that stands holds back what it explains: a slow heart, say, behind an asystole of last week. So the
first sign of life of the wearable ends what an earlier life of the gateway left; what still holds is told
anew within seconds. Asystole is told only of a heart that was seen to beat, so it ends only once beats are
seen: one that stood still all along would not be told again. A fall is not of these, and goes on: nobody gets
up because a gateway restarts.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from edge.clock import Stamp
from edge.judging.condition import CONDITIONS
from edge.rhythm.beats import TACHYCARDIA
from edge.rhythm.fibrillation import FIBRILLATION
from edge.rhythm.pauses import ASYSTOLE, PAUSE
from edge.rhythm.rates import RATE_LIMITS
from vitals.records import AnyRecord, HealthEvent, Phase

__all__ = ["HEART_CONDITIONS", "StandingEpisodes"]

HEART_CONDITIONS: Final = frozenset(
    {
        ASYSTOLE,
        FIBRILLATION,
        PAUSE,
        TACHYCARDIA,
        *(row.name for row in CONDITIONS),
        *(limit.name for limit in RATE_LIMITS),
    }
)


class StandingEpisodes:
    """Follows what is told of one device; begins with what stood by condition when the gateway ended."""

    def __init__(self, *, device: str, before: Mapping[str, str]) -> None:
        self._device = device
        self._left = {name: event_id for name, event_id in before.items() if name in HEART_CONDITIONS}
        self._standing: dict[str, str] = {}

    def left_behind(self, received: Stamp, *, is_beating: bool) -> list[HealthEvent]:
        """End, once, what an earlier life of the gateway began; asystole once the heart is seen to beat."""
        left = {name: event_id for name, event_id in self._left.items() if is_beating or name != ASYSTOLE}
        self._left = {name: event_id for name, event_id in self._left.items() if name not in left}
        return [
            HealthEvent(
                event_id=event_id,
                device=self._device,
                condition=condition,
                phase=Phase.END,
                t_ms=received.wall_ms,
                noticed_ms=received.wall_ms,
            )
            for condition, event_id in left.items()
        ]

    def note(self, records: Iterable[AnyRecord]) -> None:
        """Take note of what begins and ends in records that are about to be told."""
        for record in records:
            if not isinstance(record, HealthEvent) or record.condition not in HEART_CONDITIONS:
                continue
            if record.phase is Phase.ONSET:
                self._standing[record.condition] = record.event_id
            elif self._standing.get(record.condition) == record.event_id:
                del self._standing[record.condition]

    def by_condition(self) -> dict[str, str]:
        """Return the event id of each episode that was told to begin, and not to end."""
        return self._left | self._standing
