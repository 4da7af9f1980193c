"""Find R peaks in an ECG as it streams in: causal, with state, the same whatever the chunks.

The chain is that of Pan and Tompkins (IEEE TBME 1985;32:230-236) with the decision rules of Hamilton
(Computers in Cardiology 2002;29:101-104): band-pass, slope, short moving average; each local maximum is a
beat or noise by its strength; a peak soon after a beat and weaker is its T wave; a silence of 1.5 usual
intervals is searched again with a lower threshold. The filters are windowed-sinc FIRs of constant delay, so
a beat's place does not depend on its shape.

Two things differ from theirs, for the sake of ventricular and aberrant beats among narrow ones. Strength is
the geometric mean of slope and height, for such a beat is slow but tall. And the threshold lies between the
middle of the last noise peaks and the lower quartile of the last beats, not their middle: two weak
beats in eight are enough to be reckoned with.
"""

from collections import deque
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vitals.errors import ValidationError

__all__ = ["DECISION_LATENCY_S", "SEARCH_BACK_LATENCY_S", "RPeakDetector"]

DECISION_LATENCY_S: Final = 0.75
"""A beat above the threshold is told within this long of its apex, once the first two seconds are learnt."""
SEARCH_BACK_LATENCY_S: Final = 4.0
"""A faint beat found by searching back, or one of the first two seconds, is told within this long."""

_RATE_RANGE_HZ: Final = (125.0, 360.0)
_HOP_S: Final = 0.1
_LEARNING_S: Final = 2.0
_BAND_HZ: Final = (6.0, 20.0)
_FILTER_S: Final = 0.3
_ENERGY_S: Final = 0.1
_REFRACTORY_S: Final = 0.2
_T_WAVE_S: Final = 0.36
_T_WAVE_SHARE: Final = 0.6
_APEX_S: Final = 0.1
_APEX_REFINED_S: Final = 0.03
_HALF_QRS_S: Final = 0.12
_MAINS_CYCLE_S: Final = 0.02
_SEARCH_BACK_RR: Final = 1.5
_SEARCH_BACK_SHARE: Final = 0.4
_LONGEST_RR_S: Final = 1.6
_SILENCE_S: Final = 3.0
_THRESHOLD: Final = 0.4
_FAINTEST: Final = (1.8 * 0.15) ** 0.5
"""What a QRS of 0.15 mV, 0.1 s and 1.8 mV/s reaches: ANSI/AAMI EC13 asks that nothing smaller be counted.

Weaker peaks are no beats, yet noise: a threshold that overlooked them would lie too high for small leads.
"""
_HISTORY: Final = 8


class _Peak(NamedTuple):
    """A local maximum of the slope: where it is, where its apex lies, and how strong it is.

    ``strength`` is the root of slope times height, in mV over the root of a second.
    """

    at: int
    apex: int
    strength: float


class RPeakDetector:
    """R peaks of one lead in mV at 125 to 360 Hz; indices count samples since the start or the last reset."""

    def __init__(self, *, rate_hz: float) -> None:
        low_hz, high_hz = _RATE_RANGE_HZ
        if not low_hz <= rate_hz <= high_hz:
            raise ValidationError(
                f"beats are not searched for at {rate_hz} Hz: resample to {low_hz:.0f}-{high_hz:.0f} Hz"
            )
        self.rate_hz = rate_hz
        self._band = _band_pass(rate_hz)
        self._mean_length = round(_ENERGY_S * rate_hz) | 1
        cycle = round(rate_hz * _MAINS_CYCLE_S) | 1
        self._without_mains = np.full(cycle, 1 / cycle)
        self._band_delay = len(self._band) // 2
        self._delay = self._band_delay + self._mean_length // 2 + 1
        self._hop, self._guard = round(_HOP_S * rate_hz), round(_REFRACTORY_S * rate_hz)
        self._frame_length = 2 * self._delay + 2 * self._guard + self._hop
        self.reset()

    def reset(self) -> None:
        """Forget everything, as after a gap: the next sample has index 0."""
        self._pending: NDArray[np.float64] = np.empty(0)
        self._frame: NDArray[np.float64] = np.empty(0)
        self._seen = 0
        self._learnt = False
        self._undecided: list[_Peak] = []
        self._passed_over: list[_Peak] = []
        self._signal: deque[float] = deque(maxlen=_HISTORY)
        self._noise: deque[float] = deque(maxlen=_HISTORY)
        self._rr: deque[int] = deque(maxlen=_HISTORY)
        self._last: _Peak | None = None
        self._quiet_since = 0

    def push(self, ecg_mv: NDArray[np.floating]) -> list[int]:
        """Take the next ``(n,)`` samples in mV; return the apexes confirmed by them, in rising order.

        Raises
        ------
        ValidationError
            The samples are not one finite row. Nothing was taken: ``reset`` if they are left out.
        """
        samples = np.asarray(ecg_mv, dtype=np.float64)
        if samples.ndim != 1 or not np.isfinite(samples).all():
            raise ValidationError(
                "an ECG chunk must be one row of finite samples: treat the rest as a gap and reset"
            )
        self._pending = np.concatenate([self._pending, samples])
        apexes: list[int] = []
        while len(self._pending) >= self._hop:
            hop, self._pending = self._pending[: self._hop], self._pending[self._hop :]
            apexes += self._advance(hop)
        return apexes

    def _advance(self, hop: NDArray[np.float64]) -> list[int]:
        """One hop of fixed length, so that the arithmetic never depends on how the stream was chunked."""
        if not len(self._frame):
            self._frame = np.full(self._frame_length, hop[0])
        self._frame = np.concatenate([self._frame[self._hop :], hop])
        self._seen += self._hop
        self._undecided += self._peaks_of_frame()
        decided_to = self._seen - self._delay - self._guard
        if not self._learnt:
            if decided_to < _LEARNING_S * self.rate_hz:
                return []
            self._learn()
        apexes = [peak.apex for peak in self._undecided if self._is_beat(peak)]
        self._undecided = []
        return apexes + self._search_back(decided_to)

    def _learn(self) -> None:
        self._learnt = True
        self._signal.append(max((peak.strength for peak in self._undecided), default=0.0))

    def _peaks_of_frame(self) -> list[_Peak]:
        """Maxima of the slope over +-200 ms, among the samples that just became decidable."""
        band = np.convolve(self._frame, self._band, mode="valid")
        steepness = np.abs(np.diff(band)) * self.rate_hz
        sums = np.cumsum(np.concatenate([[0.0], steepness]))
        slope = (sums[self._mean_length :] - sums[: -self._mean_length]) / self._mean_length
        maxima = self._guard + np.flatnonzero(
            _is_maximum(slope[self._guard - 1 : self._guard + self._hop + 1])
        )
        peaks = [
            self._peak(int(j) + self._delay, float(slope[j]), band)
            for j in maxima
            if int(np.argmax(slope[j - self._guard : j + self._guard + 1])) == self._guard
        ]
        return [peak for peak in peaks if peak.apex >= 0]

    def _peak(self, at: int, slope: float, band: NDArray[np.float64]) -> _Peak:
        apex, reach = self._apex_near(at, band), round(_HALF_QRS_S * self.rate_hz)
        near = self._frame[apex - reach : apex + reach + 1]
        height = float(np.ptp(np.convolve(near, self._without_mains, mode="valid")))
        frame_start = self._seen - self._frame_length
        return _Peak(frame_start + at, frame_start + apex, (slope * height) ** 0.5)

    def _apex_near(self, at: int, band: NDArray[np.float64]) -> int:
        """Place of the greatest deflection, up or down: first in the band, then in the samples."""
        reach, fine = round(_APEX_S * self.rate_hz), round(_APEX_REFINED_S * self.rate_hz)
        low = at - self._band_delay - reach
        coarse = low + int(np.argmax(np.abs(band[low : low + 2 * reach + 1])))
        sign = np.sign(band[coarse])
        start = coarse + self._band_delay - fine
        return start + int(np.argmax(sign * self._frame[start : start + 2 * fine + 1]))

    def _threshold(self) -> float:
        signal = sorted(self._signal)[len(self._signal) // 4]
        noise = float(np.median(self._noise)) if self._noise else 0.0
        return max(noise + _THRESHOLD * (signal - noise), _FAINTEST)

    def _is_beat(self, peak: _Peak) -> bool:
        if self._last is not None:
            after = peak.apex - self._last.apex
            if after < self._guard:
                return False
            if after < _T_WAVE_S * self.rate_hz and peak.strength < _T_WAVE_SHARE * self._last.strength:
                self._noise.append(peak.strength)
                return False
        if peak.strength < self._threshold():
            self._noise.append(peak.strength)
            self._passed_over.append(peak)
            return False
        self._accept(peak)
        return True

    def _accept(self, peak: _Peak) -> None:
        if self._last is not None:
            self._rr.append(peak.apex - self._last.apex)
        self._signal.append(peak.strength)
        self._last, self._quiet_since = peak, peak.at
        self._passed_over = [later for later in self._passed_over if later.at > peak.at]

    def _search_back(self, decided_to: int) -> list[int]:
        """Look again at the peaks passed over since the last beat, once the silence is suspiciously long."""
        usual = min(float(np.median(self._rr)) if self._rr else self.rate_hz, _LONGEST_RR_S * self.rate_hz)
        apexes: list[int] = []
        while self._last is not None and decided_to - self._last.at > _SEARCH_BACK_RR * usual:
            since, floor = (
                self._last.apex + _T_WAVE_S * self.rate_hz,
                max(_SEARCH_BACK_SHARE * self._threshold(), _FAINTEST),
            )
            found = [peak for peak in self._passed_over if peak.apex >= since and peak.strength >= floor]
            if not found:
                break
            best = max(found, key=lambda peak: peak.strength)
            self._accept(best)
            apexes.append(best.apex)
        if decided_to - self._quiet_since > _SILENCE_S * self.rate_hz:
            self._expect_fainter_beats(decided_to)
        return apexes

    def _expect_fainter_beats(self, decided_to: int) -> None:
        """Halve what a beat is expected to be: an artefact or a shifted electrode must not deafen it."""
        self._signal = deque((level / 2 for level in self._signal), maxlen=_HISTORY)
        self._noise = deque((level / 2 for level in self._noise), maxlen=_HISTORY)
        self._quiet_since = decided_to
        self._passed_over = [
            peak for peak in self._passed_over if peak.at > decided_to - _SILENCE_S * self.rate_hz
        ]


def _is_maximum(slope: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which inner samples top both neighbours."""
    inner = slope[1:-1]
    return (inner > slope[:-2]) & (inner >= slope[2:])


def _band_pass(rate_hz: float) -> NDArray[np.float64]:
    """Windowed-sinc band-pass of odd length and linear phase, without gain at 0 Hz."""
    half = round(_FILTER_S * rate_hz / 2)
    t_s = np.arange(-half, half + 1) / rate_hz
    low_pass = [2 * edge_hz / rate_hz * np.sinc(2 * edge_hz * t_s) for edge_hz in _BAND_HZ]
    taps: NDArray[np.float64] = (low_pass[1] - low_pass[0]) * np.hamming(2 * half + 1)
    taps -= taps.mean()
    return taps
