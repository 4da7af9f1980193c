"""A heart as a wearable meets it: samples and beats in order, for as long as somebody reads."""

from collections import Counter
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from firmware_sim.recordings import Beat, Recording

__all__ = ["HeartSegment", "HeartSource", "RecordedHeart", "SensorOff"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HeartSegment:
    """The next stretch of a heart: `ecg_mv` is `(n,) float64`, mV; indices count from the source's start."""

    start: int
    ecg_mv: NDArray[np.float64]
    beats: tuple[Beat, ...]
    contact: bool = True

    @property
    def stop(self) -> int:
        """Return the index of the sample after the last one."""
        return self.start + len(self.ecg_mv)


class HeartSource(Protocol):
    """Something that beats: recorded or generated."""

    @property
    def rate_hz(self) -> int:
        """Samples a second."""
        ...

    def read(self, count: int) -> HeartSegment:
        """Return the next `count` samples; fewer, down to none, once the source has ended."""
        ...


class RecordedHeart:
    """Plays a recording from its start: once, or for ever with a seam that no beat detector notices.

    The loop runs between two usual beats of like shape and surroundings. It joins before their P waves,
    where the heart is silent, and blends the last tenth of a second so that the baseline does not jump.
    """

    def __init__(self, recording: Recording, *, loop: bool = True) -> None:
        self._recording = recording
        self._loop_start, self._loop_stop = _seam(recording) if loop else (0, len(recording.ecg_mv))
        self._ecg_mv = _blended(recording, self._loop_start, self._loop_stop) if loop else recording.ecg_mv
        self._loops = loop
        self._position = 0
        self._played = 0

    @property
    def rate_hz(self) -> int:
        """Samples a second."""
        return self._recording.rate_hz

    def read(self, count: int) -> HeartSegment:
        """Return the next samples and the beats among them."""
        start, chunks, beats = self._played, [np.empty(0)], list[Beat]()
        while count > 0:
            if self._position == self._loop_stop:
                if not self._loops:
                    break
                self._position = self._loop_start
            stop = min(self._position + count, self._loop_stop)
            chunks.append(self._ecg_mv[self._position : stop])
            beats += self._beats_between(self._position, stop)
            count -= stop - self._position
            self._played += stop - self._position
            self._position = stop
        return HeartSegment(start=start, ecg_mv=np.concatenate(chunks), beats=tuple(beats))

    def _beats_between(self, start: int, stop: int) -> list[Beat]:
        shift_s = (self._played - start) / self.rate_hz
        return [
            replace(beat, at_s=beat.at_s + shift_s)
            for beat in self._recording.beats
            if start <= beat.sample(self.rate_hz) < stop
        ]


class SensorOff:
    """Another heart whose strap comes loose at `from_s`: from then on a flat line, no beats, no contact."""

    def __init__(self, heart: HeartSource, *, from_s: float) -> None:
        self._heart = heart
        self._from = round(from_s * heart.rate_hz)

    @property
    def rate_hz(self) -> int:
        """Samples a second."""
        return self._heart.rate_hz

    def read(self, count: int) -> HeartSegment:
        """Return the next samples, none of them the heart's once contact is lost."""
        segment = self._heart.read(count)
        if segment.stop <= self._from:
            return segment
        on_skin = np.arange(segment.start, segment.stop) < self._from
        return HeartSegment(
            start=segment.start,
            ecg_mv=np.where(on_skin, segment.ecg_mv, 0.0),
            beats=tuple(beat for beat in segment.beats if beat.sample(self.rate_hz) < self._from),
            contact=False,
        )


_BEFORE_R_S: Final = 0.3
_BEFORE_R_SHARE: Final = 0.4
"""The seam lies this long before an R peak, or this share of the usual interval in a fast heart."""
_BLEND_S: Final = 0.1
_LIKENESS_S: Final = 0.6
_SHORTEST_RR_SHARE: Final = 0.8
_CANDIDATES: Final = 40
_FEWEST_BEATS: Final = 4


def _seam(recording: Recording) -> tuple[int, int]:
    """Return where the loop starts and stops: ahead of the two most alike beats near the recording's ends."""
    candidates = _quiet_beats(recording)
    half = len(candidates) // 2
    early, late = candidates[:half][:_CANDIDATES], candidates[half:][-_CANDIDATES:]
    if not early or not late:
        return min(round(_BLEND_S * recording.rate_hz), len(recording.ecg_mv)), len(recording.ecg_mv)
    first, last = min(
        ((i, j) for i in early for j in late),
        key=lambda pair: _unlikeness(recording.ecg_mv, recording.rate_hz, *pair),
    )
    before = round(min(_BEFORE_R_S, _BEFORE_R_SHARE * _usual_rr_s(recording)) * recording.rate_hz)
    return first - before, last - before


def _quiet_beats(recording: Recording) -> list[int]:
    """Return the samples of the R peaks that follow their like after a pause as long as usual."""
    if len(recording.beats) < _FEWEST_BEATS:
        return []
    usual_symbol = Counter(beat.symbol for beat in recording.beats).most_common(1)[0][0]
    shortest_s = _SHORTEST_RR_SHARE * _usual_rr_s(recording)
    reach = round(_LIKENESS_S * recording.rate_hz)
    last = len(recording.ecg_mv) - reach
    samples = (
        beat.sample(recording.rate_hz)
        for previous, beat in pairwise(recording.beats)
        if previous.symbol == beat.symbol == usual_symbol and beat.at_s - previous.at_s >= shortest_s
    )
    return [sample for sample in samples if reach <= sample <= last]


def _usual_rr_s(recording: Recording) -> float:
    return median(later.at_s - earlier.at_s for earlier, later in pairwise(recording.beats))


def _unlikeness(ecg_mv: NDArray[np.float64], rate_hz: int, first: int, last: int) -> float:
    reach = round(_LIKENESS_S * rate_hz)
    difference = ecg_mv[first - reach : first + reach] - ecg_mv[last - reach : last + reach]
    return float(np.sqrt(np.mean(difference**2)))


def _blended(recording: Recording, loop_start: int, loop_stop: int) -> NDArray[np.float64]:
    """Lead the samples before the seam over into those that precede the loop's start."""
    ecg_mv = recording.ecg_mv[:loop_stop].copy()
    length = min(round(_BLEND_S * recording.rate_hz), loop_start)
    weight = np.linspace(0.0, 1.0, length, endpoint=False)
    ahead = recording.ecg_mv[loop_start - length : loop_start]
    ecg_mv[loop_stop - length :] = (1.0 - weight) * ecg_mv[loop_stop - length :] + weight * ahead
    return ecg_mv
