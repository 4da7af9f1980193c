"""One device's acceleration, looked at for falls while it comes."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

import numpy as np
import structlog

from edge.clock import Stamp
from edge.falls.analysis import RATES_HZ, FallAnalysis
from edge.falls.course import FallCourse
from edge.judging.judge import Judge
from vitals.features.acceleration import RestingGravity
from vitals.gatt.signal_stream import SignalFrame
from vitals.records import AnyRecord

__all__ = ["Falls"]

_log = structlog.get_logger()

_SILENT_S: Final = 3.0


class Falls:
    """Watches a device's acceleration; a fall outlives gaps in the signal."""

    def __init__(
        self, *, device: str, judge: Judge, standing: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        """Begin with the event ids of what stood, by condition, when the gateway ended."""
        self._device = device
        self._judge = judge
        self._course = FallCourse(device=device, new_id=judge.new_id, before=standing)
        self._gravity = RestingGravity()
        self._watch: _FallWatch | None = None
        self._untold: list[AnyRecord] = []

    def standing(self) -> dict[str, str]:
        """Return by condition the event id of the fall, and of the long lie, that stands."""
        return self._course.standing()

    def tick(self, now: Stamp) -> list[AnyRecord]:
        """Judge what waits by time alone, once no samples come: a fall may have ended them."""
        untold, self._untold = self._untold, []
        return [*untold, *(self._watch.tick(now) if self._watch else []), *self._course.tick(now)]

    def flush(self) -> list[AnyRecord]:
        """Judge the blows that still wait: the last call before a stop."""
        untold, self._untold = self._untold, []
        return untold + (self._watch.end() if self._watch else [])

    def watch(self, rate_hz: float) -> "_FallWatch | None":
        """Return what watches the next unbroken stretch; what the last one left open is judged now."""
        low_hz, high_hz = RATES_HZ
        if self._watch is not None:
            self._untold += self._watch.end()
        self._watch = None
        if low_hz <= rate_hz <= high_hz:
            self._watch = _FallWatch(
                device=self._device,
                judge=self._judge,
                analysis_of=lambda: FallAnalysis(
                    rate_hz=rate_hz, judge=self._judge, course=self._course, gravity=self._gravity
                ),
            )
        else:
            self._judge.health.counters["fall.rate_unfit"] += 1
        return self._watch


class _FallWatch:
    """Looks at one unbroken stretch."""

    def __init__(self, *, device: str, judge: Judge, analysis_of: Callable[[], FallAnalysis]) -> None:
        self._device = device
        self._counters = judge.health.counters
        self._analysis_of = analysis_of
        self._analysis = analysis_of()
        self._received: Stamp | None = None

    def push(self, frame: SignalFrame, *, wall_ms: Callable[[int], int], received: Stamp) -> list[AnyRecord]:
        """Look at the next samples."""
        self._received = received
        return self._unharmed(
            lambda: self._analysis.push(np.array(frame.values).T, wall_ms=wall_ms, received=received)
        )

    def tick(self, now: Stamp) -> list[AnyRecord]:
        """Judge what waits, if nothing has come for long enough."""
        if self._received is None or now.monotonic_s - self._received.monotonic_s < _SILENT_S:
            return []
        return self.end()

    def end(self) -> list[AnyRecord]:
        """Judge what waits by what was heard: more will not come."""
        self._received = None
        return self._unharmed(self._analysis.flush)

    def _unharmed(self, look: Callable[[], list[AnyRecord]]) -> list[AnyRecord]:
        """Let no mistake in judging cost the samples that were judged: log it whole and begin anew."""
        try:
            return look()
        except Exception:  # noqa: BLE001 - whatever a library or we ourselves get wrong
            self._counters["fall.analysis_failed"] += 1
            _log.exception("fall.analysis_failed", device=self._device)
            self._analysis = self._analysis_of()
            return []
