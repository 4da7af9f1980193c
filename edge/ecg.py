"""One device's ECG: frames in; strips, gaps, quality and health events out.

An unbroken stretch has its own strips and its own analysis; a gap begins a new one, because nothing
that looks across missing samples can be believed. Sample times come from the wearable.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import structlog

from edge.analysis import RATES_HZ, EcgAnalysis
from edge.clock import Stamp, WearableClock
from edge.continuity import Continuity, Follows, continuity, end_us
from edge.rhythm import RhythmJudge, RhythmWatch
from edge.windows import StripCutter
from vitals.gatt.signal_stream import SignalFrame
from vitals.records import AnyRecord, Gap, GapReason, Waveform

__all__ = ["EcgStream"]

_log = structlog.get_logger()

_STALE_S: Final = 2.0


@dataclass(slots=True, kw_only=True)
class _Stretch:
    """What looks at one unbroken run of samples."""

    strips: StripCutter
    analysis: EcgAnalysis | None


class EcgStream:
    """Follows one device's ECG through losses, reconnections and restarts."""

    def __init__(self, *, device: str, judge: RhythmJudge, safe_until_ms: int | None = None) -> None:
        self._device = device
        self._counters = judge.health.counters
        self._rhythm = RhythmWatch(device=device, judge=judge)
        self._clock = WearableClock()
        self._last: SignalFrame | None = None
        self._stretch: _Stretch | None = None
        self._received = Stamp(wall_ms=0, monotonic_s=0.0)
        self._seen_until_s = 0.0
        """Until when samples were seen since the start, by the clock that never jumps."""
        self.safe_until_ms = safe_until_ms
        """Until when samples are in records already returned, by wall time; `None` before the first ever."""
        self._break: GapReason | None = GapReason.GATEWAY_DOWN

    def on_frame(self, frame: SignalFrame, received: Stamp) -> list[AnyRecord]:
        """Take the next frame as it came."""
        found = continuity(
            self._last,
            frame,
            elapsed_s=received.monotonic_s - self._received.monotonic_s,
            is_new_link=self._stretch is None,
        )
        if found.follows is Follows.REPEATED:
            self._counters["ecg.frame_repeated"] += 1
            return []
        if found.follows is Follows.STARTED_ANEW:
            self._clock = WearableClock()
        self._clock.observe(end_us(frame) / 1e6, received)
        t0_ms = self._clock.wall_ms(frame.timestamp_us / 1e6, received)
        records = self._across(found, frame, received)
        stretch = self._stretch or self._begin(frame)
        self._last, self._received, self._break = frame, received, None
        self._seen_until_s = end_us(frame) / 1e6 + self._clock.offset_s
        self._counters["ecg.samples"] += frame.length
        records += self._sent(stretch.strips.push(frame.channels[0], t0_ms))
        return [*records, *self._judged(stretch, frame, received)]

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
        return self._sent(self._stretch.strips.flush()) if self._stretch else []

    def heart_rate_per_min(self) -> float | None:
        """Return the rate of the last beats, to hold the wearable's own against; `None` if not known."""
        analysis = self._stretch.analysis if self._stretch else None
        return analysis.heart_rate_per_min() if analysis else None

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
        self._counters[f"ecg.gap.{reason}"] += 1
        gap = Gap(
            device=self._device,
            kind="ecg",
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
            strips=StripCutter(device=self._device, rate_hz=rate_hz, resolution_nv=frame.resolution),
            analysis=self._analysis(rate_hz),
        )
        return self._stretch

    def _analysis(self, rate_hz: float) -> EcgAnalysis | None:
        low_hz, high_hz = RATES_HZ
        can_judge = low_hz <= rate_hz <= high_hz
        return EcgAnalysis(device=self._device, rate_hz=rate_hz, rhythm=self._rhythm) if can_judge else None

    def _judged(self, stretch: _Stretch, frame: SignalFrame, received: Stamp) -> list[AnyRecord]:
        """Let no mistake in judging cost the samples that were judged: log it whole and begin anew."""
        try:
            return self._analysed(stretch.analysis, frame, received) if stretch.analysis else []
        except Exception:  # noqa: BLE001 - whatever a library or we ourselves get wrong
            self._counters["ecg.analysis_failed"] += 1
            _log.exception("ecg.analysis_failed", device=self._device)
            stretch.analysis = self._analysis(float(frame.rate_hz))
            return []

    def _analysed(self, analysis: EcgAnalysis, frame: SignalFrame, received: Stamp) -> list[AnyRecord]:
        begin = analysis.end

        def wall_ms(place: int) -> int:
            device_s = frame.timestamp_us / 1e6 + (place - begin) / frame.rate_hz
            return self._clock.wall_ms(device_s, received)

        ecg_mv = np.array(frame.values[0])
        return analysis.push(ecg_mv, wall_ms=wall_ms, noticed_ms=received.wall_ms)
