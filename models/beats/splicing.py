"""Make up patients that the recordings lack, by parting and joining them in the quiet between two beats.

Few recordings hold many supraventricular beats, yet there are hearts in which they outnumber the sinus beats,
so that the median beat and the usual interval are theirs: stretches round early beats are joined, over and
over. And shapes change without a beat being ectopic, as when a wearer turns over or a bundle branch block
comes and goes: stretches are taken from one lead, then from another.
"""

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.beats.recordings import BeatRecording

__all__ = ["MADE_UP", "with_changing_axis", "with_many_early_beats"]

MADE_UP: Final = "~"
"""What the name of a made-up recording has in it."""

_FEWEST_EARLY: Final = 20
_BEATS: Final = 1200
_EARLY_SHARE: Final = 0.85
"""Of the stretches joined, those with early beats in them; the others are a few beats of what is usual."""
_LONGEST_RUN: Final = 6
_RUNS: Final = 0.6
"""Of those, the share with more than one in a row."""
_QUIET: Final = 0.55
"""Where between two beats they are parted, as a share of the interval: after T, before P."""
_JOINED_S: Final = 0.04
_CHANGING_S: Final = 600.0
_STEADY_BEATS: Final = (20, 120)
_USUAL_AXIS: Final = 0.6
_AXES: Final = ((1.0, 0.0), (0.0, 1.0), (0.6, 0.6), (0.6, -0.6))
"""Shares of two leads: the usual one first."""


def with_many_early_beats(recording: BeatRecording, *, seed: int) -> BeatRecording | None:
    """Return a recording in which S beats abound; ``None`` where there are too few to make one of."""
    early = np.flatnonzero(recording.labels == "S")
    if len(early) < _FEWEST_EARLY:
        return None
    random = np.random.default_rng(seed)
    usual = np.flatnonzero(recording.labels == "N")
    parts, kept, beats, end, count = [], [], [], 0, 0
    while count < _BEATS:
        pieces = (
            _run(recording.beats, early, random)
            if random.random() < _EARLY_SHARE
            else [_piece(recording.beats, int(random.choice(usual)), int(random.integers(1, 4)))]
        )
        for first, start, stop in pieces:
            inside = np.arange(first, np.searchsorted(recording.beats, stop))
            parts.append(recording.leads_mv[start:stop])
            beats.append(recording.beats[inside] - start + end)
            kept.append(inside)
            end, count = end + stop - start, count + len(inside)
    of_beat = np.concatenate(kept)
    return replace(
        recording,
        record=f"{recording.record}{MADE_UP}early",
        leads_mv=_joined(parts, round(_JOINED_S * recording.rate_hz)),
        beats=np.concatenate(beats),
        labels=recording.labels[of_beat],
        aberrated=recording.aberrated[of_beat],
        flutter=(),
    )


def with_changing_axis(recording: BeatRecording, *, seed: int) -> BeatRecording:
    """Return ten minutes of a recording as one lead whose shapes change now and then, its beats staying."""
    random = np.random.default_rng(seed)
    end = min(len(recording.leads_mv), round(_CHANGING_S * recording.rate_hz))
    kept = np.flatnonzero(recording.beats < end)
    lead_mv = np.zeros(end)
    first = 1
    start = 0
    while start < end:
        last = first + int(random.integers(*_STEADY_BEATS))
        stop = _quiet_before(recording.beats, last) if last < len(kept) else end
        mixture = _AXES[0] if random.random() < _USUAL_AXIS else _AXES[random.integers(1, len(_AXES))]
        lead_mv[start:stop] = recording.leads_mv[start:stop][:, (0, -1)] @ np.array(mixture)
        first, start = last, stop
    return replace(
        recording,
        record=f"{recording.record}{MADE_UP}axis",
        leads_mv=lead_mv[:, None],
        lead_names=recording.lead_names[:1],
        beats=recording.beats[kept],
        labels=recording.labels[kept],
        aberrated=recording.aberrated[kept],
        flutter=(),
    )


_Piece = tuple[int, int, int]
"""The first beat of a piece, the sample it starts at and the one it stops before."""


def _run(beats: NDArray[np.int64], early: NDArray[np.int64], random: np.random.Generator) -> list[_Piece]:
    """Choose a beat or two, early beats that follow each other closely, and the beat after them."""
    chosen = random.choice(early, 1 + int(random.integers(0, _LONGEST_RUN)) * int(random.random() < _RUNS))
    before = int(random.integers(1, 3))
    opening = _piece(beats, int(chosen[0]) - before, before)
    hurried = [_hurried(beats, int(place)) for place in chosen[:-1]]
    return [opening, *hurried, _piece(beats, int(chosen[-1]), 2)]


def _piece(beats: NDArray[np.int64], first: int, count: int) -> _Piece:
    """Take some beats, from the quiet before them to that after them; those at the very ends are left out."""
    first = min(max(first, 1), len(beats) - count - 1)
    return first, _quiet_before(beats, first), _quiet_before(beats, first + count)


def _hurried(beats: NDArray[np.int64], place: int) -> _Piece:
    """One early beat whose pause is cut short, as if another of its kind came next."""
    first, start, stop = _piece(beats, place, 1)
    return first, start, min(stop, int(beats[first] + _QUIET * (beats[first] - beats[first - 1])))


def _quiet_before(beats: NDArray[np.int64], place: int) -> int:
    return int(beats[place - 1] + _QUIET * (beats[place] - beats[place - 1]))


def _joined(parts: list[NDArray[np.float64]], fade: int) -> NDArray[np.float64]:
    """One after the other, each begun at the level where the one before it ended and led to its own."""
    joined = [parts[0]]
    for part in parts[1:]:
        step = joined[-1][-1] - part[0]
        ramp = np.maximum(0.0, 1.0 - np.arange(len(part)) / (10 * fade))
        joined.append(part + ramp[:, None] * step)
    return np.concatenate(joined)
