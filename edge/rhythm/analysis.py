"""What an unbroken run of ECG is looked at for: beats, quality each few seconds, rhythm each few seconds."""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.rhythm.quality import QUALITY_S, settling
from edge.rhythm.watch import HOP_S, RhythmWatch
from edge.streams.windows import EcgRing
from vitals.features.quality import assess_ecg
from vitals.features.rhythm import RHYTHM_WINDOW_S
from vitals.features.rpeaks import RPeakDetector
from vitals.records import AnyRecord, ObservationRun

__all__ = ["RATES_HZ", "EcgAnalysis"]

RATES_HZ: Final = (125, 360)
"""Between which rates beats can be found; another rate is stored and not judged."""

_SLACK_S: Final = 1.0
_RATE_BEATS: Final = 8


class EcgAnalysis:
    """Looks at one unbroken run of samples, counted from 0."""

    def __init__(self, *, device: str, rate_hz: float, rhythm: RhythmWatch) -> None:
        self._device = device
        self._rhythm = rhythm
        self._detector = RPeakDetector(rate_hz=rate_hz)
        self._ring = EcgRing(rate_hz=rate_hz, capacity_s=RHYTHM_WINDOW_S + _SLACK_S)
        settled = settling(rate_hz)
        self._quality_due = round(QUALITY_S * rate_hz) + settled
        self._rhythm_due = round(RHYTHM_WINDOW_S * rate_hz) + settled

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
            room = min(self._quality_due, self._rhythm_due) - self._ring.end
            part, ecg_mv = ecg_mv[:room], ecg_mv[room:]
            self._ring.push(part)
            self._ring.mark(self._detector.push(part))
            if self._ring.end == self._quality_due:
                records.append(self._judge_quality(wall_ms))
            if self._ring.end == self._rhythm_due:
                self._rhythm_due += round(HOP_S * self._ring.rate_hz)
                records += self._rhythm.step(self._ring, wall_ms=wall_ms, noticed_ms=noticed_ms)
        return records

    def heart_rate_per_min(self) -> float | None:
        """Return the rate of the last eight intervals between beats; `None` before there are so many."""
        beats = self._ring.r_peaks[-_RATE_BEATS - 1 :]
        if len(beats) <= _RATE_BEATS:
            return None
        return 60.0 * self._ring.rate_hz * _RATE_BEATS / (beats[-1] - beats[0])

    def _judge_quality(self, wall_ms: Callable[[int], int]) -> ObservationRun:
        ring = self._ring
        self._quality_due += round(QUALITY_S * ring.rate_hz)
        stretch = ring.last(round(QUALITY_S * ring.rate_hz), before=settling(ring.rate_hz))
        score = assess_ecg(stretch.ecg_mv, ring.rate_hz, stretch.r_peaks).score
        at_ms = wall_ms(stretch.stop)
        return ObservationRun(device=self._device, kind="ecg_quality", t_ms=[at_ms], value=[score])
