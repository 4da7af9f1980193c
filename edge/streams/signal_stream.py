"""One signal of one wearable: frames in; strips and gaps out, and whoever watches it told of each frame.

An unbroken stretch has its own strips and its own watch; a gap begins a new one, because nothing
that looks across missing samples can be believed. Sample times come from the wearable.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from edge.clock import Stamp, WearableClock
from edge.counters import Counters
from edge.streams.continuity import Continuity, Follows, continuity, end_us
from edge.streams.windows import StripCutter
from vitals.gatt.signal_stream import SignalFrame
from vitals.gatt.signals import SIGNALS, Signal
from vitals.records import AnyRecord, Gap, GapReason, Waveform

__all__ = ["KIND_OF", "SignalStream", "SignalWatch"]

KIND_OF: Final = {Signal.ECG: "ecg", Signal.PPG: "ppg", Signal.ACCELERATION: "acceleration"}
"""What a strip of each signal is a strip of."""

_STALE_S: Final = 2.0


class SignalWatch(Protocol):
    """Looks at one unbroken stretch of a signal."""

    def push(self, frame: SignalFrame, *, wall_ms: Callable[[int], int], received: Stamp) -> list[AnyRecord]:
        """Take the next frame; `wall_ms` gives the time of a sample by its place in it, or before it."""
        ...


@dataclass(slots=True, kw_only=True)
class _Stretch:
    """What becomes of one unbroken run of samples."""

    cutters: tuple[StripCutter, ...]
    watches: tuple[SignalWatch, ...]


class SignalStream:
    """Follows one signal through losses, reconnections and restarts.

    `watch_of` is asked for a watch of each stretch, by its rate in Hz.
    """

    def __init__(
        self,
        *,
        device: str,
        signal: Signal,
        counters: Counters,
        safe_until_ms: int | None = None,
        watch_of: Callable[[float], SignalWatch | None] = lambda _rate_hz: None,
    ) -> None:
        self.kind = KIND_OF[signal]
        self._device = device
        self._shape = SIGNALS[signal]
        self._counters = counters
        self._watches_of = [watch_of]
        self._clock = WearableClock()
        self._last: SignalFrame | None = None
        self._stretch: _Stretch | None = None
        self._received = Stamp(wall_ms=0, monotonic_s=0.0)
        self._seen_until_s = 0.0
        """Until when samples were seen since the start, by the clock that never jumps."""
        self.safe_until_ms = safe_until_ms
        """Until when samples are in records already returned, by wall time; `None` before the first ever."""
        self._break: GapReason | None = GapReason.GATEWAY_DOWN

    def watched_by(self, watch_of: Callable[[float], SignalWatch | None]) -> None:
        """Let another be asked for a watch of each stretch from the next on."""
        self._watches_of.append(watch_of)

    @property
    def is_unbroken(self) -> bool:
        """Whether the next frame may continue the stretch."""
        return self._stretch is not None

    @property
    def drift_ppm(self) -> float | None:
        """How much faster the wearable's clock runs than ours; `None` before it can be told."""
        return self._clock.drift_ppm

    def on_frame(self, frame: SignalFrame, received: Stamp) -> list[AnyRecord]:
        """Take the next frame as it came."""
        found = continuity(
            self._last,
            frame,
            elapsed_s=received.monotonic_s - self._received.monotonic_s,
            is_new_link=self._stretch is None,
        )
        if found.follows is Follows.REPEATED:
            self._counters[f"{self.kind}.frame_repeated"] += 1
            return []
        if found.follows is Follows.STARTED_ANEW:
            self._clock = WearableClock()
        self._clock.observe(end_us(frame) / 1e6, received)
        records = self._across(found, frame, received)
        stretch = self._stretch or self._begin(frame)
        self._last, self._received, self._break = frame, received, None
        self._seen_until_s = end_us(frame) / 1e6 + self._clock.offset_s
        self._counters[f"{self.kind}.samples"] += frame.length
        records += self._cut(stretch, frame, received)
        return [*records, *self._watched(stretch, frame, received)]

    def on_unreadable(self) -> None:
        """Remember that a frame could not be read: the next one shows what was in it."""
        self._break = self._break or GapReason.FRAME_UNREADABLE

    def interrupt(self, reason: GapReason) -> list[AnyRecord]:
        """End the stretch, as when the link is gone; the gap is stated once it has an end."""
        records = self.flush()
        self._stretch = None
        if self._break in {None, GapReason.FRAME_UNREADABLE}:  # else an earlier cause still stands
            self._break = reason
        return records

    def tick(self, now: Stamp) -> list[AnyRecord]:
        """Send on what waits for more, once it has waited long enough."""
        return self.flush() if now.monotonic_s - self._received.monotonic_s > _STALE_S else []

    def flush(self) -> list[AnyRecord]:
        """Send on what waits for more."""
        if self._stretch is None:
            return []
        return self._sent([strip for cutter in self._stretch.cutters for strip in cutter.flush()])

    def _cut(self, stretch: _Stretch, frame: SignalFrame, received: Stamp) -> list[AnyRecord]:
        t0_ms = self._clock.wall_ms(frame.timestamp_us / 1e6, received)
        return self._sent(
            [
                strip
                for cutter, counts in zip(stretch.cutters, frame.channels, strict=True)
                for strip in cutter.push(counts, t0_ms)
            ]
        )

    def _watched(self, stretch: _Stretch, frame: SignalFrame, received: Stamp) -> list[AnyRecord]:
        def wall_ms(place: int) -> int:
            return self._clock.wall_ms(frame.timestamp_us / 1e6 + place / frame.rate_hz, received)

        return [
            record
            for watch in stretch.watches
            for record in watch.push(frame, wall_ms=wall_ms, received=received)
        ]

    def _sent(self, strips: list[Waveform]) -> list[AnyRecord]:
        if strips:
            samples = len(strips[-1].samples) // 2
            self.safe_until_ms = strips[-1].t0_ms + round(1000 * samples / strips[-1].rate_hz)
        return list(strips)

    def _across(self, found: Continuity, frame: SignalFrame, received: Stamp) -> list[AnyRecord]:
        """End the old stretch where the new frame does not continue it, and state what lies between."""
        changed = self._last is not None and (frame.rate_hz, frame.resolution) != (
            self._last.rate_hz,
            self._last.resolution,
        )
        if found.follows is Follows.NEXT and not changed:
            return []
        records = self.flush()
        self._stretch = None
        from_ms = self._seen_until_ms(received)
        if found.follows is Follows.NEXT or from_ms is None:
            return records
        to_ms = self._clock.wall_ms(frame.timestamp_us / 1e6, received)
        reason = self._break or GapReason.FRAMES_MISSED
        self._counters[f"{self.kind}.gap.{reason}"] += 1
        gap = Gap(
            device=self._device,
            kind=self.kind,
            from_ms=min(from_ms, to_ms),
            to_ms=to_ms,
            reason=reason,
            missed=found.missed,
        )
        return [*records, gap]

    def _seen_until_ms(self, now: Stamp) -> int | None:
        """Return until when samples were seen, by the wall clock as it is; `None` before the first ever."""
        return self.safe_until_ms if self._last is None else now.wall_ms_at(self._seen_until_s)

    def _begin(self, frame: SignalFrame) -> _Stretch:
        rate_hz = float(frame.rate_hz)
        self._stretch = _Stretch(
            cutters=tuple(
                StripCutter(
                    device=self._device,
                    kind=self.kind,
                    lead=lead,
                    rate_hz=rate_hz,
                    per_count=frame.resolution / self._shape.resolution_units_per_unit,
                )
                for lead in self._shape.leads
            ),
            watches=tuple(watch for watch_of in self._watches_of if (watch := watch_of(rate_hz)) is not None),
        )
        return self._stretch
