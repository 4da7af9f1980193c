"""A heart as a wearable meets it: samples and beats in order, for as long as somebody reads."""

from dataclasses import dataclass, replace
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from firmware_sim.recordings import Beat, Recording
from firmware_sim.seams import seam

__all__ = ["HeartSegment", "HeartSource", "RecordedHeart"]


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
        self._loop_start, self._loop_stop = seam(recording) if loop else (0, len(recording.ecg_mv))
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


_BLEND_S: Final = 0.1


def _blended(recording: Recording, loop_start: int, loop_stop: int) -> NDArray[np.float64]:
    """Lead the samples before the seam over into those that precede the loop's start."""
    ecg_mv = recording.ecg_mv[:loop_stop].copy()
    length = min(round(_BLEND_S * recording.rate_hz), loop_start)
    weight = np.linspace(0.0, 1.0, length, endpoint=False)
    ahead = recording.ecg_mv[loop_start - length : loop_start]
    ecg_mv[loop_stop - length :] = (1.0 - weight) * ecg_mv[loop_stop - length :] + weight * ahead
    return ecg_mv
