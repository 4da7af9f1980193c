"""What an unbroken run of ECG is looked at for: beats, quality, and what each watch is for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import structlog
from numpy.typing import NDArray

from edge.counters import Counters
from edge.rhythm.look import EcgWatch, Look
from edge.rhythm.quality import QUALITY_S, settling
from edge.streams.windows import EcgRing
from vitals.features.quality import assess_ecg
from vitals.features.rhythm import RHYTHM_WINDOW_S
from vitals.features.rpeaks import RPeakDetector
from vitals.records import AnyRecord, ObservationRun

__all__ = ["RATES_HZ", "EcgAnalysis"]

_log = structlog.get_logger()

RATES_HZ: Final = (125, 360)
"""Between which rates beats can be found; another rate is stored and not judged."""

_SLACK_S: Final = 1.0
_RATE_BEATS: Final = 8


@dataclass(slots=True, kw_only=True)
class _Due:
    """A watch, and the sample it is to look at next."""

    watch: EcgWatch
    at: int
    has_failed: bool = False


class EcgAnalysis:
    """Looks at one unbroken run of samples, counted from 0."""

    def __init__(
        self, *, device: str, rate_hz: float, watches: Sequence[EcgWatch], counters: Counters
    ) -> None:
        self._device = device
        self._counters = counters
        self._detector = RPeakDetector(rate_hz=rate_hz)
        self._ring = EcgRing(rate_hz=rate_hz, capacity_s=RHYTHM_WINDOW_S + _SLACK_S)
        self._quality: float | None = None
        settled = settling(rate_hz)
        self._quality_due = round(QUALITY_S * rate_hz) + settled
        self._due = [_Due(watch=watch, at=round(watch.window_s * rate_hz) + settled) for watch in watches]
        for watch in watches:
            watch.restart(rate_hz)

    @property
    def end(self) -> int:
        """How many samples were pushed."""
        return self._ring.end

    def push(
        self, ecg_mv: NDArray[np.float64], *, wall_ms: Callable[[int], int], noticed_ms: int
    ) -> list[AnyRecord]:
        """Take the next ``(n,)`` samples in mV, stopping to judge wherever that is due, whatever n is.

        `wall_ms` gives the time of a sample by its place; `noticed_ms` is when the samples arrived.
        """
        records: list[AnyRecord] = []
        while len(ecg_mv):
            room = min(self._quality_due, *(due.at for due in self._due)) - self._ring.end
            part, ecg_mv = ecg_mv[:room], ecg_mv[room:]
            self._ring.push(part)
            self._ring.mark(self._detector.push(part))
            if self._ring.end == self._quality_due:
                records.append(self._judge_quality(wall_ms))
            look = Look(ring=self._ring, wall_ms=wall_ms, noticed_ms=noticed_ms, quality=self._quality)
            for due in self._due:
                if self._ring.end == due.at:
                    due.at += round(due.watch.hop_s * self._ring.rate_hz)
                    records += self._looked(due, look)
        return records

    def heart_rate_per_min(self) -> float | None:
        """Return the rate of the last eight intervals between beats; `None` before there are so many."""
        beats = self._ring.r_peaks[-_RATE_BEATS - 1 :]
        if len(beats) <= _RATE_BEATS:
            return None
        return 60.0 * self._ring.rate_hz * _RATE_BEATS / (beats[-1] - beats[0])

    def _looked(self, due: _Due, look: Look) -> Sequence[AnyRecord]:
        """Let no mistake of one watch, whatever it is, keep the others from looking; log it whole once."""
        try:
            return due.watch.step(look)
        except Exception:  # noqa: BLE001 - whatever a library or we ourselves get wrong
            self._counters["ecg.watch_failed"] += 1
            if not due.has_failed:
                _log.exception("ecg.watch_failed", device=self._device, watch=type(due.watch).__name__)
            due.has_failed = True
            return ()

    def _judge_quality(self, wall_ms: Callable[[int], int]) -> ObservationRun:
        ring = self._ring
        self._quality_due += round(QUALITY_S * ring.rate_hz)
        stretch = ring.last(round(QUALITY_S * ring.rate_hz), before=settling(ring.rate_hz))
        self._quality = assess_ecg(stretch.ecg_mv, ring.rate_hz, stretch.r_peaks).score
        at_ms = wall_ms(stretch.stop)
        return ObservationRun(device=self._device, kind="ecg_quality", t_ms=[at_ms], value=[self._quality])
