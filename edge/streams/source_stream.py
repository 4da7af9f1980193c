"""A characteristic that keeps telling: what of each of its kinds is missing, and why."""

import math
from collections.abc import Mapping
from typing import Final

from edge.clock import Stamp
from edge.readings import Missing, Reading, Source, Value
from edge.streams.regularity import Lapse, Regularity
from edge.streams.scalar_stream import ScalarStream
from vitals.records import Gap, GapReason

__all__ = ["SourceStream"]

_PERIOD_S: Final = 1.0
"""What the services ask of heart rate, oximeter and steps alike: about one notification a second."""


class SourceStream:
    """Follows one characteristic; each call returns the gaps it gave rise to."""

    def __init__(self, *, device: str, source: Source, safe_until_ms: Mapping[str, int]) -> None:
        self._streams = {
            kind: ScalarStream(device=device, kind=kind, safe_until_ms=safe_until_ms.get(kind))
            for kind in source.kinds
        }
        self._first = self._streams[source.kinds[0]]
        self._regularity = Regularity(period_s=_PERIOD_S)
        self._latest = Stamp(wall_ms=0, monotonic_s=0.0)

    def on_reading(self, reading: Reading, received: Stamp) -> list[Gap]:
        """Take note of what came and what did not."""
        gaps = self._arrived(received)
        for kind in dict.fromkeys(told.kind for told in reading.entries if isinstance(told, Value)):
            gaps += self._streams[kind].on_value(received)
        for told in reading.entries:
            if isinstance(told, Missing) and told.gap and self._is_expected(told.kind):
                gaps += self._streams[told.kind].on_missing(told.gap, received)
        return gaps

    def on_unreadable(self, received: Stamp) -> list[Gap]:
        """Take note that a value could not be read: nobody knows of which kinds it was."""
        gaps = self._arrived(received)
        for kind, stream in self._streams.items():
            if self._is_expected(kind):
                gaps += stream.on_missing(GapReason.FRAME_UNREADABLE, received)
        return gaps

    def interrupt(self, reason: GapReason, now: Stamp) -> list[Gap]:
        """Take note that nothing can come for now."""
        gaps = self._lapsed(self._regularity.end(), now)
        return gaps + [gap for stream in self._streams.values() for gap in stream.interrupt(reason, now)]

    def tick(self, now: Stamp) -> list[Gap]:
        """State what has been missing for long."""
        return [gap for stream in self._streams.values() for gap in stream.tick(now)]

    def flush(self, now: Stamp) -> list[Gap]:
        """State what is known to be missing: the last call before a stop."""
        gaps = self._lapsed(self._regularity.end(), now)
        return gaps + [gap for stream in self._streams.values() for gap in stream.flush(now)]

    def safe_until_ms(self) -> dict[str, int]:
        """Return by kind until when all is in the records returned so far, by wall time."""
        sure_s = self._regularity.sure_until_s
        sure_ms = math.inf if sure_s is None else self._latest.wall_ms_at(sure_s)
        safe = {kind: stream.safe_until_ms for kind, stream in self._streams.items()}
        return {kind: round(min(t_ms, sure_ms)) for kind, t_ms in safe.items() if t_ms is not None}

    def _arrived(self, received: Stamp) -> list[Gap]:
        self._latest = received
        return self._lapsed(self._regularity.observe(received.monotonic_s), received)

    def _is_expected(self, kind: str) -> bool:
        """Tell whether a kind is missed: what it is there for always, and what else it ever told."""
        return self._streams[kind] is self._first or self._streams[kind].was_told

    def _lapsed(self, lapse: Lapse | None, now: Stamp) -> list[Gap]:
        if lapse is None:
            return []
        return [
            stream.lapse(lapse.from_s, lapse.to_s, lapse.missed, now)
            for stream in self._streams.values()
            if stream.was_told
        ]
