"""What an artefact says of each beat of a recording: at the annotated beats, and end to end."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.beats.examples import AnnotatedPeaks, Peaks, beat_windows
from models.beats.recordings import LABELS, UNSCORED, BeatRecording
from models.interpreter import OUTPUT, run_outputs
from vitals.features.beats import BEAT_INPUTS, BeatWindow
from vitals.features.rpeaks import RPeakDetector

__all__ = ["NO_BEAT", "JudgedRecording", "judge", "judge_streaming"]

NO_BEAT: Final = "-"
"""Stands for the other side of a beat that was missed, or found where there is none."""
_UNJUDGED: Final = LABELS[0]
"""A beat whose shape cannot be seen raises no alarm: it counts as normal."""
_TOLERANCE_S: Final = 0.15
"""ANSI/AAMI EC57:1998, 4.3: how far a beat may lie from its annotation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedRecording:
    """One recording's scored beats, a row each: ``(n, 4)`` probabilities, NaN where not judged."""

    record: str
    patient: str
    truth: NDArray[np.str_]
    judged: NDArray[np.str_]
    probabilities: NDArray[np.float64]
    distance: NDArray[np.float64]


def judge(recording: BeatRecording, artefact: bytes) -> JudgedRecording:
    """Judge every annotated beat of the recording's chosen lead."""
    heard = (AnnotatedPeaks(recording.beats, recording.rate_hz) for _ in range(2))
    told = _told(recording, artefact, adapting=next(heard), peaks=next(heard))
    places = {at: row for row, at in enumerate(told.at)}
    scored = recording.labels != UNSCORED
    rows = np.array([places[at] for at in recording.beats[scored].tolist()], dtype=np.int64)
    return JudgedRecording(
        record=recording.record,
        patient=recording.patient,
        truth=recording.labels[scored],
        judged=told.judged[rows],
        probabilities=told.probabilities[rows],
        distance=told.distance[rows],
    )


def judge_streaming(recording: BeatRecording, artefact: bytes) -> tuple[NDArray[np.str_], NDArray[np.str_]]:
    """Judge end to end, R peaks found by the streaming detector; return (truth, judged) of each beat.

    A beat missed is judged ``-``; one found where none is annotated is truly ``-``. Flutter is left out.
    """
    rate_hz = recording.rate_hz
    told = _told(
        recording,
        artefact,
        adapting=RPeakDetector(rate_hz=rate_hz),
        peaks=RPeakDetector(rate_hz=rate_hz),
    )
    at = np.array(told.at, dtype=np.int64)
    inside = at < len(recording.leads_mv)
    for start, end in recording.flutter:
        inside &= ~((at >= start) & (at <= end))
    pairs = list(_matched(recording, at[inside], told.judged[inside]))
    truth, judged = np.array([pair[0] for pair in pairs]), np.array([pair[1] for pair in pairs])
    scored = truth != UNSCORED
    return truth[scored], judged[scored]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    at: list[int]
    judged: NDArray[np.str_]
    probabilities: NDArray[np.float64]
    distance: NDArray[np.float64]


def _told(recording: BeatRecording, artefact: bytes, *, adapting: Peaks, peaks: Peaks) -> _Told:
    beats = list(beat_windows(recording.lead_mv, recording.rate_hz, adapting=adapting, peaks=peaks))
    whole = np.array([beat.fault is None for beat in beats], dtype=bool)
    probabilities, distance = np.full((len(beats), len(LABELS)), np.nan), np.full(len(beats), np.nan)
    if whole.any():
        outputs = run_outputs(artefact, _stacked([beat for beat in beats if beat.fault is None]))
        probabilities[whole] = outputs[OUTPUT]
        distance[whole] = outputs["distance"][:, 0]
    judged = np.full(len(beats), _UNJUDGED)
    judged[whole] = np.array(LABELS)[probabilities[whole].argmax(axis=1)]
    return _Told(
        at=[beat.at for beat in beats], judged=judged, probabilities=probabilities, distance=distance
    )


def _stacked(beats: list[BeatWindow]) -> dict[str, NDArray[np.float32]]:
    return {name: np.concatenate([beat.inputs[name] for beat in beats]) for name in BEAT_INPUTS}


def _matched(
    recording: BeatRecording, at: NDArray[np.int64], judged: NDArray[np.str_]
) -> Iterator[tuple[str, str]]:
    """Pair each annotation, in order, with the nearest beat not yet taken within 150 ms."""
    tolerance = round(_TOLERANCE_S * recording.rate_hz)
    taken = np.zeros(len(at), dtype=bool)
    for beat, label in zip(recording.beats.tolist(), recording.labels.tolist(), strict=True):
        low, high = np.searchsorted(at, (beat - tolerance, beat + tolerance + 1))
        free = [place for place in range(low, high) if not taken[place]]
        if not free:
            yield label, NO_BEAT
            continue
        nearest = min(free, key=lambda place: abs(int(at[place]) - beat))
        taken[nearest] = True
        yield label, str(judged[nearest])
    yield from ((NO_BEAT, str(label)) for label in judged[~taken])
