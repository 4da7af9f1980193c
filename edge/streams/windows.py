"""Stretches of a signal: a ring of ECG to judge from, and strips of any lead to send."""

from collections import deque
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vitals.records import Waveform

__all__ = ["EcgRing", "Stretch", "StripCutter"]

STRIP_S: Final = 1.0
_LARGEST: Final = 32_767


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stretch:
    """``(n,) float64`` in mV, the places of its R peaks, and the place in the stream where it stops."""

    ecg_mv: NDArray[np.float64]
    r_peaks: list[int]
    stop: int


class EcgRing:
    """The last seconds of one unbroken lead; `end` counts the samples ever pushed."""

    def __init__(self, *, rate_hz: float, capacity_s: float) -> None:
        self.rate_hz = rate_hz
        self.end = 0
        self._capacity = round(capacity_s * rate_hz)
        self._ecg_mv: NDArray[np.float64] = np.empty(0)
        self._r_peaks: deque[int] = deque()

    def push(self, ecg_mv: NDArray[np.float64]) -> None:
        """Take the next ``(n,)`` samples in mV."""
        self._ecg_mv = np.concatenate([self._ecg_mv, ecg_mv])[-self._capacity :]
        self.end += len(ecg_mv)
        while self._r_peaks and self._r_peaks[0] < self.start:
            self._r_peaks.popleft()

    def mark(self, r_peaks: list[int]) -> None:
        """Remember R peaks by their place since the start; the detector tells them late, but in order."""
        self._r_peaks.extend(r_peaks)

    @property
    def r_peaks(self) -> list[int]:
        """Places of the R peaks still held, rising."""
        return list(self._r_peaks)

    @property
    def start(self) -> int:
        """Place of the oldest sample still held."""
        return self.end - len(self._ecg_mv)

    def last(self, length: int, *, before: int = 0) -> Stretch:
        """Return the last `length` samples but the newest `before`; the ring must hold so many."""
        stop = self.end - before
        first = stop - length
        ecg_mv = self._ecg_mv[first - self.start : stop - self.start]
        return Stretch(
            ecg_mv=ecg_mv, r_peaks=[peak - first for peak in self._r_peaks if first <= peak < stop], stop=stop
        )


class StripCutter:
    """Cuts one unbroken lead, in counts, into `Waveform` records of `STRIP_S` seconds.

    A count is `per_count` of the kind's unit.
    """

    def __init__(
        self, *, device: str, rate_hz: float, per_count: float, kind: str = "ecg", lead: str = ""
    ) -> None:
        self._device = device
        self._kind = kind
        self._lead = lead
        self._rate_hz = rate_hz
        self._per_count = per_count
        self._length = max(1, round(STRIP_S * rate_hz))
        self._counts: list[int] = []
        self._t0_ms = 0.0

    def push(self, counts: tuple[int, ...], t0_ms: float) -> list[Waveform]:
        """Take the next samples, the first of them taken at `t0_ms`; return the strips they complete."""
        strips = []
        for count in counts:
            if not self._counts:
                self._t0_ms = t0_ms
            self._counts.append(count)
            t0_ms += 1000.0 / self._rate_hz
            if len(self._counts) == self._length:
                strips += self.flush()
        return strips

    def flush(self) -> list[Waveform]:
        """Return what has gathered since the last strip, however short: as before a gap."""
        if not self._counts:
            return []
        counts, self._counts = np.array(self._counts, dtype=np.int64), []
        scaled, step, middle = _within_int16(counts)
        return [
            Waveform(
                device=self._device,
                kind=self._kind,
                t0_ms=max(0, round(self._t0_ms)),
                rate_hz=self._rate_hz,
                samples=scaled.astype("<i2").tobytes(),
                scale=self._per_count * step,
                offset=self._per_count * middle,
                lead=self._lead,
            )
        ]


def _within_int16(counts: NDArray[np.int64]) -> tuple[NDArray[np.int64], int, int]:
    """Fit 24-bit counts into 16: as they are if they can be, else about their middle, else coarser too."""
    low, high = int(counts.min()), int(counts.max())
    if max(-low, high) <= _LARGEST:
        return counts, 1, 0
    middle = (low + high) // 2
    step = max(1, -(-(high - middle) // _LARGEST))
    return np.rint((counts - middle) / step).astype(np.int64), step, middle
