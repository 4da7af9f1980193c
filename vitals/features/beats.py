"""Each heart beat of one lead as the beat model takes it and a person is shown it, while the ECG streams in.

A beat is told once two more have followed it, or five seconds without them have gone by. Everything is held
against the patient's own usual beat and intervals, which are learnt without labels and outlive gaps.
"""

from collections import deque
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vitals.errors import ValidationError
from vitals.features.beat_cutting import BeatCutter, BeatFault
from vitals.features.beat_measures import Shape, expected_tail, shape_of
from vitals.features.beat_tensors import BEAT_INPUTS, Habit, Known, tensors_of
from vitals.features.beat_timing import LONGEST_INTERVAL_S, Timing, TimingHistory
from vitals.features.own_beats import OwnBeats

__all__ = ["BEAT_FEATURE_VERSION", "BEAT_INPUTS", "BeatFeatures", "BeatStream", "BeatWindow"]

BEAT_FEATURE_VERSION: Final = 1
"""Rises with every change to the inputs; a model states the version it was trained on."""

BEAT_LATENCY_BEATS: Final = 2
_PATIENCE_S: Final = 5.0
_HISTORY: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class BeatFeatures:
    """What a person is shown of a beat."""

    rr_before_ms: float
    rr_after_ms: float
    prematurity_pct: float
    """How much earlier than the local median it came; negative where it came late."""
    compensatory_pause_pct: float
    """How much longer than the local median the interval after it is."""
    qrs_width_ms: float
    usual_qrs_width_ms: float
    likeness_to_usual: float
    """Correlation of its QRS with that of the patient's median beat."""
    p_wave_share: float
    """Factor of the usual P wave found before it: 1 as usual, 0 none."""
    p_wave_likeness: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BeatWindow:
    """One beat: R at sample ``at`` since the start or restart; the tensors and the features of it."""

    at: int
    fault: BeatFault | None
    """Why its shape cannot be judged; then there are no inputs and no features."""
    inputs: dict[str, NDArray[np.float32]]
    features: BeatFeatures | None
    beat_mv: tuple[float, ...]
    """``(90,)`` mV at 100 Hz, R at 0.45 s; empty with a fault."""
    median_mv: tuple[float, ...]


class BeatStream:
    """The beats of one lead in mV at 125 to 360 Hz; ``at`` counts samples since the start or last restart."""

    def __init__(self, rate_hz: float) -> None:
        self._cutter = BeatCutter(rate_hz=rate_hz)
        self._own = OwnBeats()
        self._timings = TimingHistory()
        self._habit = Habit()
        self.rate_hz = rate_hz
        self.restart()

    def restart(self) -> None:
        """Begin anew at sample 0, as after a gap; what is known of the patient stays."""
        self._cutter.reset()
        self._waiting: deque[int] = deque()
        self._last_at: int | None = None
        self._before: Known | None = None
        self._known: deque[Known] = deque(maxlen=_HISTORY + 1)

    def push(self, ecg_mv: NDArray[np.floating], r_peaks: list[int]) -> list[BeatWindow]:
        """Take the next ``(n,)`` samples in mV and the R peaks found meanwhile; return the beats now told.

        A peak told more than two seconds after its place may be too late to be known to those before it.

        Raises
        ------
        ValidationError
            The samples are not one finite row, or the peaks do not rise or lie in what has not come yet.
            Nothing was taken: ``restart`` if they are left out.
        """
        self._check(ecg_mv, r_peaks)
        self._cutter.push(ecg_mv)
        self._waiting.extend(r_peaks)
        told = []
        while self._waiting and self._is_due():
            told.append(self._tell(self._waiting.popleft()))
        return told

    def _check(self, ecg_mv: NDArray[np.floating], r_peaks: list[int]) -> None:
        last = self._waiting[-1] if self._waiting else self._last_at
        row = [-1 if last is None else last, *r_peaks]
        end = self._cutter.end + len(ecg_mv)
        if any(second <= first for first, second in pairwise(row)) or row[-1] >= end:
            raise ValidationError("R peaks must rise and lie in the samples pushed: restart the stream")

    def _is_due(self) -> bool:
        first = self._waiting[0]
        waited_out = self._cutter.end - first > _PATIENCE_S * self.rate_hz
        return self._cutter.is_complete(first) and (len(self._waiting) > BEAT_LATENCY_BEATS or waited_out)

    def _tell(self, at: int) -> BeatWindow:
        before_s = None if self._last_at is None else (at - self._last_at) / self.rate_hz
        after_s, next_s = self._following(at)
        timing = self._timings.take(before_s, after_s, next_s)
        self._last_at = at
        cut = self._cutter.cut(at)
        if isinstance(cut, BeatFault):
            self._before = None
            return BeatWindow(at=at, fault=cut, inputs={}, features=None, beat_mv=(), median_mv=())
        ratio = float(np.log(timing.before_s / timing.usual_s))
        placed = self._own.place(cut, log_rr_share=ratio, is_timely=timing.is_timely)
        tail = expected_tail(self._before.mean_mv if self._before else None, timing.before_s)
        shape = shape_of(placed, tail, self._before.beat_mv if self._before else None)
        known = Known(timing=timing, shape=shape, beat_mv=placed.beat_mv, mean_mv=placed.family.mean_mv)
        self._known.append(known)
        self._before = known
        inputs = tensors_of(list(self._known), placed.beat_mv, placed.median.beat_mv, tail, self._habit)
        self._habit.learn(known)
        return BeatWindow(
            at=at,
            fault=None,
            inputs=inputs,
            features=_features(timing, shape),
            beat_mv=_rounded(placed.beat_mv),
            median_mv=_rounded(placed.median.beat_mv),
        )

    def _following(self, at: int) -> tuple[float, float]:
        """Return the two intervals after a beat in s; one that did not end in time counts as the longest."""
        places = [at, *list(self._waiting)[:BEAT_LATENCY_BEATS]]
        intervals_s = [float(interval) / self.rate_hz for interval in np.diff(places)]
        after_s, next_s, *_ = [*intervals_s, LONGEST_INTERVAL_S, LONGEST_INTERVAL_S]
        return after_s, next_s


def _features(timing: Timing, shape: Shape) -> BeatFeatures:
    return BeatFeatures(
        rr_before_ms=round(1000 * timing.before_s, 1),
        rr_after_ms=round(1000 * timing.after_s, 1),
        prematurity_pct=round(100 * (1 - timing.before_s / timing.local_s), 1),
        compensatory_pause_pct=round(100 * (timing.after_s / timing.local_s - 1), 1),
        qrs_width_ms=shape.qrs_width_ms,
        usual_qrs_width_ms=shape.median_qrs_width_ms,
        likeness_to_usual=round(shape.qrs_likeness, 3),
        p_wave_share=round(shape.p_share, 2),
        p_wave_likeness=round(shape.p_likeness, 3),
    )


def _rounded(values_mv: NDArray[np.float64]) -> tuple[float, ...]:
    return tuple(np.round(values_mv, 3).tolist())
