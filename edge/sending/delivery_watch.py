"""Whether what waits in the outbox gets anywhere: the gateway's own eye on the cloud and on its room."""

from typing import Final

from edge.alarms.local_alarm import AlarmKey, LocalAlarms
from edge.ports import Backlog

__all__ = ["SILENCE_S", "DeliveryWatch"]

SILENCE_S: Final = 60.0
"""How long, in real seconds, records may wait without any being acknowledged."""


class DeliveryWatch:
    """Compares each look at the backlog with the one before."""

    def __init__(self, *, alarms: LocalAlarms) -> None:
        self._alarms = alarms
        self._progress_s: float | None = None
        self.backlog = Backlog()
        """As it was at the last look."""

    def look(self, backlog: Backlog, *, now_s: float, now_ms: int) -> None:
        """Raise or clear the alarms of delivery; `now_s` is real and never jumps."""
        before, self.backlog = self.backlog, backlog
        if self._progress_s is None or not backlog.records or backlog.acknowledged != before.acknowledged:
            self._progress_s = now_s
        silent_s = now_s - self._progress_s
        self._alarms.set(
            AlarmKey.CLOUD_SILENT,
            stands=silent_s >= SILENCE_S,
            t_ms=now_ms,
            detail=f"nothing acknowledged for {silent_s:.0f} s",
        )
        self._alarms.set(
            AlarmKey.OUTBOX_FULL, stands=backlog.given_up > before.given_up, t_ms=now_ms, detail="no room"
        )
