"""A recorded heart at the pace the body asks for: its own beats, its silences stretched or shortened.

Around each R peak time runs as recorded, so that a QRS keeps its width; the rest of an interval gives way, as
diastole does. At the pace of the recording it is the recording, sample for sample.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import count
from math import inf
from typing import Final

import numpy as np
from numpy.typing import NDArray

from firmware_sim.recordings import Beat, Recording, resample
from firmware_sim.seams import seam

__all__ = ["PacedRecording", "recorded_rate_bpm"]


def recorded_rate_bpm(recording: Recording) -> float | None:
    """Return the mean heart rate of a recording, where it has one."""
    if len(recording.beats) < _FEWEST_BEATS:
        return None
    return 60.0 * (len(recording.beats) - 1) / (recording.beats[-1].at_s - recording.beats[0].at_s)


class PacedRecording:
    """Plays a recording, once or for ever; `pace` says how many times as fast it beats at a second."""

    is_recorded = True

    def __init__(self, recording: Recording, *, pace: Callable[[float], float], loop: bool = True) -> None:
        self._recording = recording
        self._pace = pace
        self._loop_s = _loop_s(recording) if loop else None
        self._recorded = _unrolled(recording, self._loop_s)
        self._at_s: list[float] = []
        self._beats: list[Beat] = []
        self._knots_lived_s, self._knots_recorded_s = [0.0], [0.0]
        self._last_recorded_s = 0.0
        self.qrs_mv = _qrs_mv(recording)
        self.ends_s = inf
        self._advance()
        if not loop:
            while self._advance():
                pass
            self.ends_s = self._knots_lived_s[-1] + recording.duration_s - self._knots_recorded_s[-1]

    def beats_between(self, from_s: float, to_s: float) -> tuple[Beat, ...]:
        """Return the beats from one second until another."""
        self._live_until(to_s)
        return tuple(self._beats[bisect_left(self._at_s, from_s) : bisect_left(self._at_s, to_s)])

    def ecg_mv(self, t_s: NDArray[np.float64], rate_hz: int) -> NDArray[np.float64]:
        """Return the ECG at each second of `(n,)`, which rise, fit to be sampled at `rate_hz`: mV."""
        self._live_until(float(t_s[-1]))
        ecg_mv = _oversampled_mv(self._recording, rate_hz, self._loop_s)
        place = self._recorded_s(t_s) * (_OVERSAMPLING * rate_hz)
        below = np.floor(place + _ROUNDING)
        share = np.maximum(place - below, 0.0)
        index = np.clip(below.astype(np.int64), 0, len(ecg_mv) - 2)
        ecg: NDArray[np.float64] = (1.0 - share) * ecg_mv[index] + share * ecg_mv[index + 1]
        return ecg

    def _recorded_s(self, t_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return which second of the recording is played at each lived one."""
        first = max(bisect_left(self._knots_lived_s, float(t_s[0])) - 1, 0)
        last = bisect_left(self._knots_lived_s, float(t_s[-1])) + 1
        lived_s, recorded_s = self._knots_lived_s[first:last], self._knots_recorded_s[first:last]
        unrolled_s = np.interp(t_s, lived_s, recorded_s) + np.maximum(t_s - lived_s[-1], 0.0)
        if self._loop_s is None:
            return unrolled_s
        start_s, stop_s = self._loop_s
        looped_s = start_s + np.mod(unrolled_s - start_s, stop_s - start_s)
        return np.where(unrolled_s < stop_s, unrolled_s, looped_s)

    def _live_until(self, to_s: float) -> None:
        while self._knots_lived_s[-1] <= to_s and self._advance():
            pass

    def _advance(self) -> bool:
        """Take the next recorded beat to the time the body gives it; tell whether there was one."""
        beat = next(self._recorded, None)
        if beat is None:
            return False
        if not self._at_s:
            self._take(beat, beat.at_s)
            return True
        last_lived_s, recorded_s = self._at_s[-1], beat.at_s - self._last_recorded_s
        lived_s = max(recorded_s / self._pace(last_lived_s), min(recorded_s, _SHORTEST_RR_S))
        fixed_s = min(_AROUND_R_S, _AROUND_R_SHARE * min(recorded_s, lived_s))
        self._knot(last_lived_s + fixed_s, self._last_recorded_s + fixed_s)
        self._knot(last_lived_s + lived_s - fixed_s, beat.at_s - fixed_s)
        self._take(beat, last_lived_s + lived_s)
        return True

    def _take(self, beat: Beat, lived_s: float) -> None:
        self._knot(lived_s, beat.at_s)
        self._last_recorded_s = beat.at_s
        self._at_s.append(lived_s)
        self._beats.append(Beat(at_s=lived_s, symbol=beat.symbol))

    def _knot(self, lived_s: float, recorded_s: float) -> None:
        self._knots_lived_s.append(lived_s)
        self._knots_recorded_s.append(recorded_s)


_FEWEST_BEATS: Final = 2
_SHORTEST_RR_S: Final = 0.28
_AROUND_R_S: Final = 0.08
_AROUND_R_SHARE: Final = 0.3
_OVERSAMPLING: Final = 4
_ROUNDING: Final = 1e-6
_BLEND_S: Final = 0.1
_QRS_S: Final = 0.05
_USUAL_QRS_MV: Final = 1.0


def _loop_s(recording: Recording) -> tuple[float, float]:
    start, stop = seam(recording)
    return start / recording.rate_hz, stop / recording.rate_hz


def _unrolled(recording: Recording, loop_s: tuple[float, float] | None) -> Iterator[Beat]:
    """Yield the beats with their seconds on a tape without end."""
    if loop_s is None:
        yield from recording.beats
        return
    start_s, stop_s = loop_s
    yield from (beat for beat in recording.beats if beat.at_s < stop_s)
    looped = [beat for beat in recording.beats if start_s <= beat.at_s < stop_s]
    if not looped:
        return
    for turn in count(1):
        shift_s = turn * (stop_s - start_s)
        yield from (Beat(at_s=beat.at_s + shift_s, symbol=beat.symbol) for beat in looped)


@lru_cache(maxsize=16)
def _oversampled_mv(
    recording: Recording, rate_hz: int, loop_s: tuple[float, float] | None
) -> NDArray[np.float64]:
    """Return the recording without what `rate_hz` cannot hold, fine enough to be read between its samples."""
    fine_hz = _OVERSAMPLING * rate_hz
    at_rate = resample(recording, rate_hz)
    ecg_mv = resample(at_rate, fine_hz).ecg_mv.copy()
    ecg_mv[::_OVERSAMPLING] = at_rate.ecg_mv  # the filter between them comes within microvolts only
    if loop_s is None:
        return ecg_mv
    start, stop = (round(edge_s * fine_hz) for edge_s in loop_s)
    length = min(round(_BLEND_S * fine_hz), start)
    weight = np.linspace(0.0, 1.0, length, endpoint=False)
    ecg_mv = np.concatenate([ecg_mv[:stop], ecg_mv[start : start + 2]])
    ecg_mv[stop - length : stop] *= 1.0 - weight
    ecg_mv[stop - length : stop] += weight * ecg_mv[start - length : start]
    return ecg_mv


def _qrs_mv(recording: Recording) -> float:
    """Return the usual height of a QRS, from its deepest to its highest point."""
    reach = round(_QRS_S * recording.rate_hz)
    samples = [beat.sample(recording.rate_hz) for beat in recording.beats]
    heights = [
        float(np.ptp(recording.ecg_mv[at - reach : at + reach]))
        for at in samples
        if reach <= at <= len(recording.ecg_mv) - reach
    ]
    return float(np.median(heights)) if heights else _USUAL_QRS_MV
