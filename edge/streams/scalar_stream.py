"""One kind of value that a wearable keeps telling: whatever is missing of it is stated as a gap.

A gap reaches from the last value before it to the first after it. Values that are told to be missing,
one by one, are counted and stated together.
"""

from dataclasses import dataclass
from typing import Final

from edge.clock import Stamp
from vitals.records import Gap, GapReason

__all__ = ["ScalarStream"]

_STATE_AFTER_S: Final = 300.0
"""How long values may be missing one by one before it is said that they are."""


@dataclass(slots=True, kw_only=True)
class _Break:
    """What is missing since the last value; `missed` `None`: nobody can count it."""

    reason: GapReason
    until_s: float | None = None
    """Of values told to be missing, when the last of them was."""
    missed: int | None = None


class ScalarStream:
    """Follows one kind; each call returns the gaps it puts an end to.

    `safe_until_ms` is the last value that an earlier life of the gateway kept, by wall time.
    """

    def __init__(self, *, device: str, kind: str, safe_until_ms: int | None = None) -> None:
        self.kind = kind
        self.safe_until_ms = safe_until_ms
        self._device = device
        self._seen_s: float | None = None
        """Until when all is accounted for, by the clock that never jumps; `None` before the first value."""
        self._break = None if safe_until_ms is None else _Break(reason=GapReason.GATEWAY_DOWN)

    @property
    def was_told(self) -> bool:
        """Whether the wearable ever told a value of this kind."""
        return self.safe_until_ms is not None

    def on_value(self, received: Stamp) -> list[Gap]:
        """Take note that a value came."""
        gaps = self._end(received.monotonic_s, received)
        self._account(received.monotonic_s, received)
        return gaps

    def on_missing(self, reason: GapReason, received: Stamp) -> list[Gap]:
        """Take note that there should have been a value just now."""
        gaps = []
        if self._break is None or self._break.reason is not reason or self._break.until_s is None:
            gaps = self._end(received.monotonic_s, received)
            if gaps or self._seen_s is None:
                self._account(received.monotonic_s, received)
            self._break = _Break(reason=reason, missed=0)
        self._break.until_s = received.monotonic_s
        self._break.missed = (self._break.missed or 0) + 1
        return gaps

    def interrupt(self, reason: GapReason, now: Stamp) -> list[Gap]:
        """Take note that no value can come for now; an earlier interruption still stands."""
        if self._seen_s is None or (self._break and self._break.until_s is None):
            return []
        gaps = self._state(now)
        self._break = _Break(reason=reason)
        return gaps

    def tick(self, now: Stamp) -> list[Gap]:
        """State what has been missing one by one for long, before it has an end."""
        is_due = self._seen_s is not None and now.monotonic_s - self._seen_s >= _STATE_AFTER_S
        return self._state(now) if is_due else []

    def flush(self, now: Stamp) -> list[Gap]:
        """State what is known to be missing: the last call before a stop."""
        return self._state(now)

    def lapse(self, from_s: float, to_s: float, missed: int, now: Stamp) -> Gap:
        """State values that never came while all seemed well."""
        return self._gap(now.wall_ms_at(from_s), now.wall_ms_at(to_s), GapReason.FRAMES_MISSED, missed)

    def _state(self, now: Stamp) -> list[Gap]:
        """State values told to be missing, up to the last of them."""
        if self._break is None or self._break.until_s is None:
            return []
        until_s = self._break.until_s
        gaps = self._end(until_s, now)
        self._account(until_s, now)
        return gaps

    def _end(self, until_s: float, now: Stamp) -> list[Gap]:
        found, self._break = self._break, None
        to_ms = now.wall_ms_at(until_s)
        if found is None:
            return []
        from_ms = self.safe_until_ms if self._seen_s is None else now.wall_ms_at(self._seen_s)
        return [] if from_ms is None else [self._gap(from_ms, to_ms, found.reason, found.missed)]

    def _account(self, until_s: float, now: Stamp) -> None:
        self._seen_s, self.safe_until_ms = until_s, now.wall_ms_at(until_s)

    def _gap(self, from_ms: int, to_ms: int, reason: GapReason, missed: int | None) -> Gap:
        return Gap(
            device=self._device,
            kind=self.kind,
            from_ms=min(from_ms, to_ms),
            to_ms=to_ms,
            reason=reason,
            missed=missed,
        )
